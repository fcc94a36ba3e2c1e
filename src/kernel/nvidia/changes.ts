// Makes vGPUs and takes them away, one command at a time on a card. A claim is written before the type and removed after it, so that a
// vGPU of ours is never without one; a claim without a vGPU is void, and removed by whoever locks the card next.

import type { Attribute, Device } from "../../device.ts";
import { joinNames } from "../../english.ts";
import { notActiveError, refusalError, UserError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { missing, SystemError } from "../../system-error.ts";
import { findActiveDevice } from "../active.ts";
import { alreadyActiveError, countTypes, fullError, noSuchParentError, noSuchTypeError } from "../failures.ts";
import {
  type ActiveDevice,
  NotReadyError,
  type Place,
  type Refusal,
  type StaleClaim,
  TakenError,
} from "../framework.ts";
import { driverOf } from "../pci.ts";
import type { NamedType } from "../type-names.ts";
import { describeUse, findUsage } from "../users.ts";
import { currentTypeFile, driverDirectory, findActiveVgpus, findVf, findVfs, functionsOf } from "./active.ts";
import { cardOf, describeUnready, nodesOf, saveClaims, whileCardLocked } from "./card.ts";
import { type Claim, isClaimOf, readClaimFiles, readClaims } from "./claims.ts";
import { readTypes } from "./types.ts";

/** See `create` of a framework. */
export function createVgpu(host: Host, device: Device): Promise<ActiveDevice> {
  return changeCard(host, device.parent, `cannot start ${device.uuid}`, (card) => create(host, card, device));
}

const pausesInMilliseconds = [100, 200, 400, 800, 1600, 1600];

/** See `remove` of a framework. A driver needs some moments to notice that a VM has ended. */
export async function removeVgpu(host: Host, device: ActiveDevice): Promise<void> {
  const { parent, uuid } = device;
  for (const pause of [...pausesInMilliseconds, undefined]) {
    try {
      return await changeCard(host, parent, `cannot stop ${uuid}`, (card) => remove(host, card, device));
    } catch (error) {
      if (!(error instanceof NotReadyError) || pause === undefined) throw error;
      await host.system.sleep(pause);
    }
  }
}

async function changeCard<T>(host: Host, parent: string, failure: string, change: (card: string) => T): Promise<T> {
  const card = cardOf(host, parent);
  if (card === undefined) throw noSuchParentError(failure, parent);
  return whileCardLocked(host, card, ({ ensureCurrent }) =>
    host.system.uninterrupted(() => {
      ensureCurrent();
      return change(card);
    }),
  );
}

function create(host: Host, card: string, device: Device): ActiveDevice {
  const { uuid, parent } = device;
  const vf = findVf(host, parent);
  if (vf === undefined) throw noFilesError(host, device);
  const active = findActiveDevice(host, uuid);
  if (active !== undefined) {
    if (active.parent !== parent || active.type !== device.type) throw alreadyActiveError(device, active);
    // Whoever made it: from now on it is claimed.
    claim(host, card, { ...vf, ...active });
    return active;
  }
  if (vf.type !== undefined) throw takenError(host, device);
  const created = { uuid, parent, type: chooseType(host, card, device) };
  claim(host, card, { ...vf, ...created });
  try {
    writeType(host, card, { ...device, ...created });
    for (const attribute of device.attributes) writeAttribute(host, device, attribute);
  } catch (error) {
    if (error instanceof UserError) takeBack(error, host, card, created);
    throw error;
  }
  return created;
}

/** The claims of the card that still hold, but for those of a VF. */
function keepClaims(host: Host, card: string, but: string): Claim[] {
  const vfs = findVfs(host);
  const functions = functionsOf(host, card);
  return readClaims(host).filter(
    (each) => each.address !== but && functions.includes(each.address) && vfs.some((vf) => isClaimOf(each, vf)),
  );
}

/** See `findStaleClaims` of a framework. */
export function findStaleClaims(host: Host): StaleClaim[] {
  const files = readClaimFiles(host);
  const vfs = files.some(({ claims }) => claims.length > 0) ? findVfs(host) : [];
  return files.flatMap(({ path, claims }) =>
    claims
      .filter((each) => !vfs.some((vf) => isClaimOf(each, vf)))
      .map(({ address, uuid, type }) => ({ path, parent: address, uuid, type })),
  );
}

function claim(host: Host, card: string, { address, uuid, type, inode }: Claim): void {
  try {
    saveClaims(host, card, [...keepClaims(host, card, address), { address, uuid, type, inode }]);
  } catch (error) {
    throw error instanceof SystemError ? refusalError(host.system, `cannot start ${uuid}`, error) : error;
  }
}

/** The type that is wanted; where the driver has given it another number, its name decides. */
function chooseType(host: Host, card: string, device: Device): string {
  const { uuid, parent, type, typeName } = device;
  const types = readTypes(host, parent);
  const offered = types.find((each) => each.type === type);
  if (offered !== undefined && (typeName === undefined || offered.name === typeName)) return type;
  const renumbered = typeName === undefined ? undefined : types.find(({ name }) => name === typeName);
  if (renumbered !== undefined) {
    const reason = offered === undefined ? `there is no ${type}` : `${type} is ${offered.name} now`;
    host.log.warn(`${uuid}: ${reason}; starting ${renumbered.type}, which is ${typeName}`);
    return renumbered.type;
  }
  throw offered === undefined ? noTypeError(host, card, device) : renamedError(device, offered.name);
}

function renamedError({ uuid, parent, type, typeName }: Device, name: string): UserError {
  return new UserError(
    `cannot start ${uuid}: ${type} is ${name} now, not ${typeName}`,
    `If it is meant: mdevctl modify --uuid ${uuid} --parent ${parent} --type ${type}`,
  );
}

function noTypeError(host: Host, card: string, device: Device): UserError {
  const active = findActiveVgpus(host, { parent: card });
  return notOfferedError(device, { types: readTypes(host, device.parent), card: { address: card, active } });
}

interface Offer {
  /** Of the VF. */
  readonly types: readonly NamedType[];
  readonly card: Place["card"];
}

/** Why the VF, which is free, does not offer the type. */
function notOfferedError(device: Device, { types, card: { address: card, active } }: Offer): UserError {
  const { uuid, parent, type } = device;
  const failure = `cannot start ${uuid}`;
  if (active.length === 0 && types.length === 0) return new NotReadyError(`${failure}: ${parent} offers no types`);
  if (active.length === 0) {
    return noSuchTypeError(
      failure,
      device,
      types.map((each) => each.type),
    );
  }
  if (types.length === 0) return fullError(failure, card, active);
  const possible = types.map((each) => `${each.type} (${each.name})`);
  return new UserError(
    `${failure}: ${parent} does not offer ${type} with ${countTypes(active)} active on ${card}`,
    `Unless mixed sizes are on, all vGPUs of a card have the same size. Possible now: ${joinNames(possible)}.`,
  );
}

function writeType(host: Host, card: string, device: Device): void {
  const { uuid, parent, type } = device;
  const failure = `cannot start ${uuid}`;
  try {
    writeNumber(host, parent, type.replace("nvidia-", ""));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw explainRefusal(host, card, { device, error });
  }
  // A driver may refuse in silence.
  const now = findVf(host, parent)?.type;
  if (now !== type) {
    throw new UserError(
      `${failure}: the driver took ${type} without an error, but ${parent} has ${now ?? "no type"}`,
      hintAtDoctor(parent),
    );
  }
}

function writeNumber(host: Host, parent: string, number: string): void {
  host.system.writeFile(`${driverDirectory(host)}/${parent}/${currentTypeFile}`, number);
}

/** Only the driver's logs say why, which doctor reads; it knows no device that is neither active nor defined. */
function hintAtDoctor(parent: string): string {
  return `The logs may say why: mdevctl doctor ${parent}`;
}

/** The code of the error says little, so this looks again. */
function explainRefusal(
  host: Host,
  card: string,
  { device, error }: { readonly device: Device; readonly error: SystemError },
): UserError {
  const { uuid, parent, type } = device;
  const vf = findVf(host, parent);
  if (vf === undefined) return noFilesError(host, device);
  if (vf.type !== undefined) return takenError(host, device);
  if (!readTypes(host, parent).some((each) => each.type === type)) return noTypeError(host, card, device);
  const usage = findUsage(host, nodesOf(host, parent));
  if (usage.kind === "used") return new UserError(`cannot start ${uuid}: ${describeUse(usage.users, parent)}`);
  const refusal = refusalError(host.system, `cannot start ${uuid}: ${parent} refuses ${type}`, error);
  return new UserError(refusal.message, refusal.hint ?? hintAtDoctor(parent));
}

function takenError(host: Host, device: Device): UserError {
  const [other] = findActiveVgpus(host, { parent: device.parent });
  return takenByError(device, other);
}

function takenByError({ uuid, parent }: Device, other: ActiveDevice | undefined): UserError {
  const holder = other === undefined ? "a device" : `${other.uuid} of type ${other.type}`;
  return new TakenError(`cannot start ${uuid}: ${holder} is active on ${parent}`);
}

/** The VF is there, the driver's files are not. */
function noFilesError(host: Host, { uuid, parent }: Device): UserError {
  const driver = driverOf(host, parent);
  const { reason, hint } = describeUnready(parent, driver);
  const message = `cannot start ${uuid}: ${reason}`;
  return driver === undefined || driver === "nvidia" ? new NotReadyError(message, hint) : new UserError(message, hint);
}

/** See `explainRefusal` of a framework. */
export function explainVgpuRefusal(device: Device, { parent, active, card }: Place): Refusal | undefined {
  if (active.length > 0) return { kind: "no-room", error: takenByError(device, active[0]) };
  const types = parent.types.map(({ name, label }) => ({ type: name, name: label }));
  const { type, typeName } = device;
  const offered = types.find((each) => each.type === type);
  if (typeName !== undefined && types.some(({ name }) => name === typeName)) return undefined;
  if (offered === undefined) {
    const isMissing = types.length > 0 && card.active.length === 0;
    return { kind: isMissing ? "type-missing" : "no-room", error: notOfferedError(device, { types, card }) };
  }
  return typeName === undefined ? undefined : { kind: "type-renamed", error: renamedError(device, offered.name) };
}

function writeAttribute(host: Host, { uuid, parent }: Device, { name, value }: Attribute): void {
  try {
    host.system.writeFile(`${driverDirectory(host)}/${parent}/${name}`, value);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const failure = `cannot start ${uuid}`;
    if (missing.includes(error.code)) throw new UserError(`${failure}: the device has no attribute '${name}'`);
    throw refusalError(host.system, `${failure}: attribute '${name}' does not take '${value}'`, error);
  }
}

/** Removes a device whose start failed. When that fails too, the claim stays and the error says so. */
function takeBack(failure: UserError, host: Host, card: string, { parent, type }: ActiveDevice): void {
  try {
    // What another has made in the meantime stays.
    if (findVf(host, parent)?.type === type) writeNumber(host, parent, "0");
    saveClaims(host, card, keepClaims(host, card, parent));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new UserError(`${failure.message}; it is active all the same: ${error.message}`, failure.hint);
  }
}

function remove(host: Host, card: string, { uuid, parent, type }: ActiveDevice): void {
  const failure = `cannot stop ${uuid}`;
  const [now] = findActiveVgpus(host, { parent });
  if (now === undefined) throw notActiveError("stop", uuid);
  if (now.uuid !== uuid || now.type !== type) {
    throw new UserError(`${failure}: ${parent} has another device now, ${now.uuid} of type ${now.type}`);
  }
  try {
    writeNumber(host, parent, "0");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (!["EPERM", "EBUSY"].includes(error.code)) throw refusalError(host.system, failure, error);
    const usage = findUsage(host, nodesOf(host, parent));
    const user = usage.kind === "used" ? `${describeUse(usage.users, parent)}, and ` : "";
    throw new NotReadyError(`${failure}: ${user}its driver refuses: ${error.reason}`);
  }
  const left = findVf(host, parent)?.type;
  if (left !== undefined)
    throw new NotReadyError(`${failure}: the driver has taken it away, but ${parent} has ${left} still`);
  try {
    saveClaims(host, card, keepClaims(host, card, parent));
  } catch (error) {
    // It is void now.
    if (!(error instanceof SystemError)) throw error;
  }
}
