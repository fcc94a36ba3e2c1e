// What a PCI function is.

import type { Host } from "../host.ts";
import { baseName } from "../paths.ts";
import { missing, unless } from "../system-error.ts";
import { functionDirectory, sysfsLimit } from "./nvidia/active.ts";

/** As in `10de`; undefined if the kernel does not tell. */
export interface PciId {
  readonly vendor: string | undefined;
  readonly product: string | undefined;
}

/** Below its card, a function is clear without what both have in common. */
export function shortenAddress(address: string, card: string): string {
  const domain = card.slice(0, card.indexOf(":") + 1);
  return address.startsWith(domain) ? address.slice(domain.length) : address;
}

export function readPciId(host: Host, address: string): PciId {
  const read = (file: string) => {
    const path = `${functionDirectory(host, address)}/${file}`;
    const text = unless(missing, () => host.system.readFile(path, sysfsLimit));
    // Before the digits stands `0x`.
    return /^0x([0-9a-f]{4})$/.exec(text?.trim() ?? "")?.[1];
  };
  return { vendor: read("vendor"), product: read("device") };
}

/** The name of the driver that a function is bound to. */
export function driverOf(host: Host, address: string): string | undefined {
  const link = `${functionDirectory(host, address)}/driver`;
  const target = unless([...missing, "EINVAL"], () => host.system.readLink(link));
  return target === undefined ? undefined : baseName(target);
}
