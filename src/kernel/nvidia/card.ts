// A card: an SR-IOV physical function (PF). Its VFs influence each other, so one command at a time changes any of them.

import { refusalError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { type Locked, whileDirectoryLocked } from "../../lock.ts";
import { baseName } from "../../paths.ts";
import { missing, SystemError, unless } from "../../system-error.ts";
import type { UnreadyParent } from "../framework.ts";
import { findNodes } from "../users.ts";
import { driverDirectory, functionDirectory, functionsOf, isPciAddress, sysfsLimit } from "./active.ts";
import { type Claim, claimsFile, formatClaims } from "./claims.ts";

/** The address of the card that a VF is of; undefined if it is none. */
export function cardOf(host: Host, address: string): string | undefined {
  const link = `${functionDirectory(host, address)}/physfn`;
  const target = unless([...missing, "EINVAL"], () => host.system.readLink(link));
  return target === undefined ? undefined : baseName(target);
}

/** Why a VF has not the driver's files. */
export function describeUnready(name: string, driver: string | undefined): Pick<UnreadyParent, "reason" | "hint"> {
  if (driver === undefined) return { reason: `no driver has taken ${name}; is NVIDIA's loaded?` };
  if (driver !== "nvidia") return { reason: `${name} belongs to the driver ${driver}, not to NVIDIA's` };
  return {
    reason: `the driver has not made the vGPU files of ${name} yet`,
    hint: "They are late, or the driver is not set up for vGPUs: see 'systemctl status nvidia-vgpu-mgr'.",
  };
}

/** See `explainAbsence` of a framework. */
export function explainAbsence(host: Host, name: string): string | undefined {
  if (!isPciAddress(name)) return undefined;
  const cards = unless(missing, () => host.system.readDirectory(driverDirectory(host))) ?? [];
  const bare = cards
    .map((entry) => entry.name)
    .filter((card) => isPciAddress(card) && countFunctions(host, card) === 0);
  const [card] = bare.includes(name) ? [name] : bare.filter((each) => isNear(each, name));
  if (card === undefined) return undefined;
  const subject = card === name ? "The card" : `It may be one of ${card}, which`;
  return `${subject} has no virtual functions: '/usr/lib/nvidia/sriov-manage -e ${card}' makes them.`;
}

/** Of a card; undefined if it can have none. */
export function countFunctions(host: Host, card: string): number | undefined {
  const text = unless(missing, () => host.system.readFile(`${functionDirectory(host, card)}/sriov_numvfs`, sysfsLimit));
  return text === undefined ? undefined : Number(text);
}

/** VFs have addresses after that of their card, often on its bus. */
function isNear(card: string, name: string): boolean {
  return card.slice(0, card.lastIndexOf(":")) === name.slice(0, name.lastIndexOf(":"));
}

/** Whether VFs are being made at this moment: their number is told when all are there. */
export function isChanging(host: Host, card: string): boolean {
  return functionsOf(host, card).length > 0 && countFunctions(host, card) === 0;
}

/** The VFIO nodes of a VF. */
export function nodesOf(host: Host, address: string): string[] {
  return findNodes(host, functionDirectory(host, address));
}

/** Throws a UserError when the lock cannot be had. */
export function whileCardLocked<T>(host: Host, card: string, action: (locked: Locked) => Promise<T>): Promise<T> {
  const directory = `${host.paths.claims}/${card}`;
  const hint = "It may be waiting for the driver.";
  return whileDirectoryLocked(host, { directory, hint }, { action, prepare: () => makeCardDirectory(host, directory) });
}

function makeCardDirectory(host: Host, directory: string): void {
  try {
    makeClaimsDirectory(host);
    unless(["EEXIST"], () => host.system.makeDirectory(directory));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw refusalError(host.system, `cannot make the directory ${error.path}`, error);
  }
}

/** Throws a SystemError about the directory that cannot be made. */
export function makeClaimsDirectory({ system, paths }: Host): void {
  for (const path of [`${paths.root}/run`, paths.claims]) unless(["EEXIST"], () => system.makeDirectory(path));
}

/** To be called while the card is locked. Throws a SystemError. */
export function saveClaims(host: Host, card: string, claims: readonly Claim[]): void {
  const { system } = host;
  const path = `${host.paths.claims}/${card}/${claimsFile}`;
  const draft = `${path}.new`;
  // A writer that was killed may have left one.
  unless(missing, () => system.remove(draft));
  system.createFile(draft, formatClaims(claims));
  system.rename(draft, path);
}
