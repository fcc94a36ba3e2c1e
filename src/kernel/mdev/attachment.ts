// How a virtual machine takes a device of the mdev bus. Separate, because hardly any command needs it.

import type { Host } from "../../host.ts";
import { missing, unless } from "../../system-error.ts";
import type { Attachable, MdevAttachment } from "../framework.ts";
import { sysfsLimit, typesDirectory } from "./types.ts";

/** See `describeAttachment` of a framework. */
export function describeMdevAttachment(host: Host, { uuid, parent, type }: Attachable): MdevAttachment {
  const read = (file: string) => readTypeFile(host, `${typesDirectory(host, parent)}/${type}/${file}`);
  return { kind: "mdev", uuid, parent, type, typeName: read("name"), deviceApi: read("device_api") };
}

function readTypeFile({ system }: Host, path: string): string | undefined {
  return unless(missing, () => system.readFile(path, sysfsLimit))?.trim() || undefined;
}
