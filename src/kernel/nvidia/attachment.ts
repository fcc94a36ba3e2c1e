// How a virtual machine takes a VF. Separate, because hardly any command needs it.

import type { Host } from "../../host.ts";
import { missing, unless } from "../../system-error.ts";
import type { Attachable, PciAttachment } from "../framework.ts";
import { functionDirectory, sysfsLimit } from "./active.ts";
import { findTypeName } from "./types.ts";

/** See `describeAttachment` of a framework. */
export function describeVfAttachment(host: Host, { uuid, parent, type, typeName }: Attachable): PciAttachment {
  const read = (file: string) => readId(host, `${functionDirectory(host, parent)}/${file}`);
  return {
    kind: "pci",
    uuid,
    address: parent,
    vendor: read("vendor"),
    product: read("device"),
    type,
    typeName: typeName ?? findTypeName(host, parent, type),
  };
}

/** In the file, `0x` stands before it. */
function readId({ system }: Host, path: string): string | undefined {
  const text = unless(missing, () => system.readFile(path, sysfsLimit));
  return /^0x([0-9a-f]{4})$/.exec(text?.trim() ?? "")?.[1];
}
