// The device that a command is about, also as its one argument without an option; people may type a beginning of its UUID there.

import type { Given, Operand } from "../cli/command.ts";
import { joinNames } from "../english.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActive } from "../kernel/active.ts";
import type { ActiveDevice } from "../kernel/framework.ts";
import { readOrWarn } from "../log.ts";
import { type DefinitionFile, findDefinitions, readDefinitionIfAny } from "../store.ts";
import { isUuid, parseUuid, type Uuid } from "../uuid.ts";
import * as option from "./options.ts";

/** Another way to give --uuid. What was given either way, `findUuid` tells. */
export const deviceOperand = {
  ...option.uuid,
  summary: "The device; a unique beginning of four characters is enough",
  optional: true,
  parse: (text: string): string => {
    const uuid = parseUuid(text);
    if (uuid !== undefined) return uuid;
    if (!isBeginning(text)) return option.uuid.parse(text);
    if (text.length < 4) {
      throw new UserError(`'${text}' is too short, the beginning of a UUID has four characters or more`);
    }
    return text.toLowerCase();
  },
} as const satisfies Operand<string>;

/** Of a UUID, perhaps of no device. */
export function isBeginning(text: string): boolean {
  return "00000000-0000-0000-0000-000000000000".startsWith(text.replace(/[0-9a-f]/gi, "0"));
}

type State = "active" | "defined";

/**
 * The UUID that was given. Of a beginning it is that of the only device in these states that has it, else of the only one at
 * all, about which the command says what is wrong with it. Looks up nothing for a whole UUID.
 */
export function findUuid(host: Host, given: Given<"uuid">, states: readonly State[]): Uuid {
  return findUuidOf(host, given.required(deviceOperand), states);
}

/** Of what is a UUID or may be the beginning of one, as `deviceOperand` reads it. */
export function findUuidOf(host: Host, text: string, states: readonly State[]): Uuid {
  if (isUuid(text)) return text;
  const candidates = findDevices(host, states);
  const fitting = withBeginning(candidates, text);
  const others = allStates.filter((state) => !states.includes(state));
  const found = fitting.length > 0 ? fitting : withBeginning(findDevices(host, others), text);
  const [device, ...more] = found;
  if (device === undefined) throw noSuchDeviceError(host, text, { candidates, states });
  if (more.length > 0) {
    const state = fitting.length > 0 ? "" : `, none of which is ${states.join(" or ")}`;
    throw new UserError(
      `'${text}' is the beginning of ${found.length} devices' UUIDs${state}`,
      `They are ${describeDevices(host, found)}.`,
    );
  }
  return device.uuid;
}

const allStates: readonly State[] = ["active", "defined"];

type Candidate = ActiveDevice | DefinitionFile;

/** One for each UUID. */
function findDevices(host: Host, states: readonly State[]): Candidate[] {
  const finders = { active: findActive, defined: findDefinitions };
  const devices = new Map<Uuid, Candidate>();
  for (const device of states.flatMap((state): Candidate[] => finders[state](host, {}))) {
    if (!devices.has(device.uuid)) devices.set(device.uuid, device);
  }
  return [...devices.values()];
}

function withBeginning(devices: readonly Candidate[], text: string): Candidate[] {
  return devices.filter(({ uuid }) => uuid.startsWith(text));
}

/** So many devices are shown. */
const most = 4;

function noSuchDeviceError(
  host: Host,
  text: string,
  { candidates, states }: { readonly candidates: readonly Candidate[]; readonly states: readonly State[] },
): UserError {
  const hint =
    candidates.length === 0 || candidates.length > most
      ? "'mdevctl list' and 'mdevctl list --defined' show the devices."
      : `The devices that are ${states.join(" or ")}: ${describeDevices(host, candidates)}.`;
  return new UserError(`no device's UUID begins with '${text}'`, hint);
}

function describeDevices(host: Host, devices: readonly Candidate[]): string {
  const shown = devices.slice(0, most).map((device) => describeDevice(host, device));
  const left = devices.length - shown.length;
  return joinNames(left === 0 ? shown : [...shown, `${left} more`]);
}

function describeDevice(host: Host, device: Candidate): string {
  const { uuid, parent } = device;
  const type = "type" in device ? device.type : readOrWarn(host, () => readDefinitionIfAny(host, uuid, parent))?.type;
  return `${uuid} (${type === undefined ? parent : `${parent}, ${type}`})`;
}
