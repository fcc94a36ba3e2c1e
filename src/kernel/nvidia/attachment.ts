// How a virtual machine takes a VF. Separate, because hardly any command needs it.

import type { Host } from "../../host.ts";
import type { Attachable, PciAttachment } from "../framework.ts";
import { readPciId } from "../pci.ts";
import { findTypeName } from "./types.ts";

/** See `describeAttachment` of a framework. */
export function describeVfAttachment(host: Host, { uuid, parent, type, typeName }: Attachable): PciAttachment {
  return {
    kind: "pci",
    uuid,
    address: parent,
    ...readPciId(host, parent),
    type,
    typeName: typeName ?? findTypeName(host, parent, type),
  };
}
