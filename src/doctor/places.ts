// Definitions that are too many for the place that they are for: a virtual function, a card, a parent.

import type { Device } from "../device.ts";
import { countNoun, joinNames } from "../english.ts";
import { groupBy } from "../group.ts";
import { countTypes } from "../kernel/failures.ts";
import type { ObservedCard, ObservedParent } from "../observed.ts";
import type { CheapCheck, Problem } from "./finding.ts";
import type { Defined, Situation } from "./situation.ts";
import { chooseSpare, commandOn, showDefinition } from "./words.ts";

export const twoAutomatic: CheapCheck = {
  code: "two-automatic-on-vf",
  severity: "error",
  summary: "Several automatic devices are defined on a VF, which takes one",
  advice: "Undefine all but one, or define them on the card, which chooses a free VF for each.",
  find: (situation) => describeShared(situation, (automatic) => automatic > 1),
};

export const twoDefined: CheapCheck = {
  code: "two-defined-on-vf",
  severity: "warning",
  summary: "Several devices are defined on a VF, which takes one; one of them at most is automatic",
  advice: "Nothing, if they are meant as alternatives. Otherwise undefine all but one.",
  find: (situation) => describeShared(situation, (automatic) => automatic < 2),
};

function* describeShared(situation: Situation, isMeant: (automatic: number) => boolean): Generator<Problem> {
  for (const [parent, defined] of findShared(situation)) {
    const devices = defined.map(({ device }) => device);
    const automatic = devices.filter(({ start }) => start === "auto").length;
    if (!isMeant(automatic)) continue;
    const uuids = devices.map(({ uuid }) => uuid);
    yield {
      subject: parent,
      message: `${parent} takes one device, and ${joinNames(uuids)} are defined on it`,
      evidence: devices.map((device) => showDefinition(situation, device)),
      consequence:
        automatic > 1
          ? "Which one is started is a matter of chance."
          : "While one is active, the others cannot be started.",
      fix: { text: "Keep one of them.", commands: chooseSpare(defined).map((device) => commandOn(device, "undefine")) },
      concerns: uuids,
    };
  }
}

/** The parents that take one device, and have several definitions. */
export function findShared({ defined, parents }: Situation): Map<string, Defined[]> {
  const onParts = defined.filter(({ device }) => parents.get(device.parent)?.card !== undefined);
  const groups = groupBy(onParts, ({ device }) => device.parent);
  return new Map([...groups].filter(([, own]) => own.length > 1));
}

export const tooManyAutomatic: CheapCheck = {
  code: "too-many-automatic",
  severity: "error",
  summary: "More automatic devices are defined on a card or a parent than it has room for",
  advice: "Make some of them manual (`mdevctl modify --manual`), choose smaller types, or move them to another card.",

  *find(situation) {
    for (const { name, devices, problem } of findOverfull(situation)) {
      yield {
        subject: name,
        message: `${name} has no room for the ${countNoun(devices.length, "automatic device")} on it: ${problem}`,
        evidence: devices.map((device) => showDefinition(situation, device)),
        consequence: "Some of them are not started; which ones depends on the order.",
        fix: {
          text: "Make some of them manual.",
          commands: devices.slice(-1).map((device) => commandOn(device, "modify", "--manual")),
        },
        concerns: devices.map(({ uuid }) => uuid),
      };
    }
  },
};

export interface Overfull {
  readonly name: string;
  /** The automatic ones. */
  readonly devices: readonly Device[];
  readonly problem: string;
}

export function findOverfull(situation: Situation): Overfull[] {
  const { observed, defined, parents } = situation;
  const automatic = defined.flatMap(({ device }) => (device.start === "auto" ? [device] : []));
  const byParent = groupBy(automatic, ({ parent }) => parent);
  const onCards = observed.cards.map((card) => {
    // Of several on a VF, one can be started at most.
    const devices = card.functions.flatMap((name) => byParent.get(name)?.slice(0, 1) ?? []);
    return { name: card.address, devices, problem: problemOfCard(card, devices) };
  });
  const onParents = [...byParent].map(([name, devices]) => {
    const parent = parents.get(name);
    const problem =
      parent === undefined || parent.card !== undefined ? undefined : problemOfParent(situation, parent, devices);
    return { name, devices, problem };
  });
  return [...onCards, ...onParents].flatMap(({ problem, ...rest }) =>
    problem === undefined ? [] : [{ ...rest, problem }],
  );
}

const gibibyte = 1024 ** 3;

/** Only what is certain: with unknown types, or slices of the card, nobody can tell. */
function problemOfCard({ memory, types, sizes }: ObservedCard, devices: readonly Device[]): string | undefined {
  const sizeOf = new Map(types.map((type) => [type.type, type.memory]));
  const wanted = devices.map(({ type }) => sizeOf.get(type));
  const sliced = new Set(sizes.filter(({ isOfSlice }) => isOfSlice).map(({ type }) => type));
  if (devices.some(({ type }) => sliced.has(type))) return undefined;
  const sum = wanted.reduce<number | undefined>(
    (total, size) => (total === undefined || size === undefined ? undefined : total + size),
    0,
  );
  const counted = countTypes(devices);
  if (memory !== undefined && sum !== undefined && sum > memory) {
    return `${counted} take ${sum / gibibyte} of ${memory / gibibyte} GiB`;
  }
  const [first] = devices;
  const most = sizes.find(({ type }) => type === first?.type)?.most;
  const isUniform = devices.every(({ type }) => type === first?.type);
  return isUniform && most !== undefined && devices.length > most ? `${counted}, of which it takes ${most}` : undefined;
}

/** Types may share what the parent has, so only what is all of one type is certain. */
function problemOfParent(
  { observed }: Situation,
  parent: ObservedParent,
  devices: readonly Device[],
): string | undefined {
  const active = observed.devices.flatMap((row) => (row.parent === parent.name ? (row.active ?? []) : []));
  for (const { name, availableInstances } of parent.types) {
    const wanted = devices.filter(({ type }) => type === name);
    if (wanted.length === 0 || active.some(({ type }) => type !== name)) continue;
    const room = availableInstances + active.length;
    if (wanted.length > room) return `${countTypes(wanted)}, of which it takes ${room}`;
  }
  return undefined;
}
