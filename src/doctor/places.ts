// Definitions that are too many for the place that they are for: a virtual function, a card, a parent.

import type { Device } from "../device.ts";
import { countNoun, joinNames } from "../english.ts";
import { groupBy } from "../group.ts";
import { findCardExcess, findParentExcess } from "../room.ts";
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
    const sizes = new Map(card.types.map(({ type, size }) => [type, size]));
    const problem = findCardExcess(devices, { memory: card.memory, sizes, mixedSizes: undefined });
    return { name: card.address, devices, problem };
  });
  const onParents = [...byParent].map(([name, devices]) => {
    const parent = parents.get(name);
    const active = observed.devices.flatMap((row) => (row.parent === name ? (row.active ?? []) : []));
    const problem =
      parent === undefined || parent.card !== undefined ? undefined : findParentExcess(parent, devices, active);
    return { name, devices, problem };
  });
  return [...onCards, ...onParents].flatMap(({ problem, ...rest }) =>
    problem === undefined ? [] : [{ ...rest, problem }],
  );
}
