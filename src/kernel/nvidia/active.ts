// The vGPUs of NVIDIA's driver on kernels where it has no mdev bus: a file of a virtual function (VF) of a card holds the number of
// its type, or 0. VFs stay bound to the driver, so one directory has all of them; without the driver, that is one call that fails.

import type { Wanted } from "../../device.ts";
import { UserError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { readOrWarn } from "../../log.ts";
import { readDefinitions } from "../../store.ts";
import { missing, SystemError, unless } from "../../system-error.ts";
import type { Uuid } from "../../uuid.ts";
import type { ActiveDevice } from "../framework.ts";
import { isClaimOf, readClaims } from "./claims.ts";

/** A VF that has the driver's files. */
export interface Vf {
  /** As in `0000:82:00.4`. */
  readonly address: string;
  /** Of the driver's link to it, which is made anew whenever the VF or the driver is. */
  readonly inode: number;
  /** None while it is no vGPU. */
  readonly type: string | undefined;
}

export const currentTypeFile = "nvidia/current_vgpu_type";

/** In bytes. */
export const sysfsLimit = 1024 * 1024;

export function driverDirectory(host: Host): string {
  return `${host.paths.root}/sys/bus/pci/drivers/nvidia`;
}

export function functionDirectory(host: Host, address: string): string {
  return `${host.paths.root}/sys/bus/pci/devices/${address}`;
}

export function isPciAddress(name: string): boolean {
  return /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(name);
}

/** Cards and VFs that the driver has, whether or not on the mdev bus. */
export function findFunctions(host: Host): string[] {
  const entries = unless(missing, () => host.system.readDirectory(driverDirectory(host))) ?? [];
  return entries.map(({ name }) => name).filter(isPciAddress);
}

/** Those of a file's read that mean that the VF or its driver is not there, or not any more. */
const gone = [...missing, "ENODEV"];

/** Sorted. What cannot be read is warned about and skipped. */
export function findVfs(host: Host): Vf[] {
  const directory = driverDirectory(host);
  const vfs: Vf[] = [];
  for (const { name, inode, files } of unless(missing, () =>
    host.system.readFilesBelow(directory, [currentTypeFile], sysfsLimit),
  ) ?? []) {
    const text = files[currentTypeFile];
    if (text === undefined || (text instanceof SystemError && gone.includes(text.code))) continue;
    const vf = readOrWarn(host, () => ({ address: name, inode, type: parseType(text, `${directory}/${name}`) }));
    if (vf !== undefined) vfs.push(vf);
  }
  return vfs.sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Undefined if the driver has no such VF, or has not made its files yet. */
export function findVf(host: Host, address: string): Vf | undefined {
  const link = `${driverDirectory(host)}/${address}`;
  return unless(gone, () => {
    const type = parseType(host.system.readFile(`${link}/${currentTypeFile}`, sysfsLimit), link);
    return { address, inode: host.system.lstat(link).inode, type };
  });
}

function parseType(text: string | SystemError, directory: string): string | undefined {
  if (typeof text !== "string") throw text;
  const number = text.trim();
  if (!/^\d+$/.test(number)) {
    throw new UserError(`cannot read ${directory}/${currentTypeFile}: '${number}' is not a number`);
  }
  return number === "0" ? undefined : typeOf(number);
}

export function typeOf(number: string): string {
  return `nvidia-${number}`;
}

/** See `findActive` of a framework. */
export function findActiveVgpus(host: Host, { uuid, parent }: Wanted): ActiveDevice[] {
  if (parent !== undefined && !isPciAddress(parent)) return [];
  const vfs = findVfs(host);
  // Claims and definitions tell nothing about VFs that have no type.
  if (vfs.every(({ type }) => type === undefined)) return [];
  const below = parent === undefined ? undefined : new Set([parent, ...functionsOf(host, parent)]);
  return nameVgpus(host, vfs).filter(
    (device) => (uuid === undefined || device.uuid === uuid) && (below?.has(device.parent) ?? true),
  );
}

/** See `findActiveTypes` of a framework. */
export function findVgpuTypes(host: Host, parent: string, uuids: readonly Uuid[]): ReadonlyMap<Uuid, string> {
  const vf = isPciAddress(parent) ? readOrWarn(host, () => findVf(host, parent)) : undefined;
  const devices = vf === undefined ? [] : nameVgpus(host, [vf]);
  return new Map(devices.filter(({ uuid }) => uuids.includes(uuid)).map(({ uuid, type }) => [uuid, type]));
}

/**
 * The vGPUs among these VFs with their UUIDs: that of the claim of whoever made it; else of the only definition that it can be of;
 * else one derived from the address.
 */
function nameVgpus(host: Host, vfs: readonly Vf[]): ActiveDevice[] {
  // Without them, it is uncertain whose the vGPUs are.
  const claims = readOrWarn(host, () => readClaims(host)) ?? [];
  const owners = new Map(vfs.map((vf) => [vf.address, claims.find((claim) => isClaimOf(claim, vf))?.uuid]));
  const known = new Set(owners.values());
  return vfs.flatMap(({ address, type }) => {
    const claimed = owners.get(address);
    // A claim goes after its vGPU: one that has just been stopped looks like one that nobody has claimed.
    if (type === undefined || (claimed === undefined && findVf(host, address)?.type !== type)) return [];
    const defined = claimed === undefined ? findOnlyDefinition(host, address, type) : undefined;
    const uuid = claimed ?? (defined === undefined || known.has(defined) ? deriveUuid(address) : defined);
    known.add(uuid);
    const owner = claimed !== undefined ? "claim" : uuid === defined ? "definition" : "foreign";
    return [{ uuid, parent: address, type, owner }];
  });
}

function findOnlyDefinition(host: Host, parent: string, type: string): Uuid | undefined {
  const defined = readOrWarn(host, () => [...readDefinitions(host, { parent })]) ?? [];
  const [first, ...more] = defined.filter((device) => device.type === type);
  return more.length === 0 ? first?.uuid : undefined;
}

/** The same for a VF at every look: `mdevct` in ASCII, then the address. */
function deriveUuid(address: string): Uuid {
  const [domain = "", bus = "", device = "", number = ""] = address.split(/[:.]/);
  const place = (Number.parseInt(device, 16) << 3) | Number(number);
  return `6d646576-6374-8000-8000-${domain.padStart(8, "0")}${bus}${place.toString(16).padStart(2, "0")}`;
}

/** The addresses of a card's VFs, sorted; none if it is no card. */
export function functionsOf(host: Host, card: string): string[] {
  const directory = functionDirectory(host, card);
  const isCard =
    isPciAddress(card) && unless(missing, () => host.system.readLink(`${directory}/virtfn0`)) !== undefined;
  const entries = isCard ? host.system.readDirectory(directory) : [];
  const links = entries.map(({ name }) => name).filter((name) => /^virtfn\d+$/.test(name));
  const targets = links.length === 0 ? [] : host.system.readLinks(directory, links);
  return targets
    .flatMap((target) => (typeof target === "string" ? [target.slice(target.lastIndexOf("/") + 1)] : []))
    .sort();
}
