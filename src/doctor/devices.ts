// Devices that are not as they are defined: not active though they should be, or active as something else.

import type { CheapCheck, Problem } from "./finding.ts";
import { describeDefinition, withObstacle } from "./parents.ts";
import { findOverfull, findShared } from "./places.ts";
import { findRenumbered } from "./renumbered.ts";
import type { Defined, Situation } from "./situation.ts";
import { commandOn, showDefinition } from "./words.ts";

export const notStarted: CheapCheck = {
  code: "not-started",
  severity: "warning",
  summary: "An automatic device is not active, and nothing is in its way",
  advice:
    "Start it. If nobody has stopped it, the system log says what happened when its parent appeared: `journalctl --grep=mdevctl`.",

  *find(situation) {
    const explained = new Set(findExplained(situation));
    for (const { device, active, obstacle } of situation.defined) {
      const isIdle = active === undefined && obstacle === undefined;
      if (device.start !== "auto" || !isIdle || explained.has(device.uuid)) continue;
      // Once, even if several parents have it defined.
      explained.add(device.uuid);
      yield {
        subject: device.uuid,
        message: `${device.uuid} is to start automatically and is not active`,
        evidence: [showDefinition(situation, device)],
        consequence: "It is not there for virtual machines until it is started.",
        fix: { text: "Nothing is in the way of starting it.", commands: [commandOn(device, "start")] },
      };
    }
  },
};

export const cannotStart: CheapCheck = {
  code: "cannot-start",
  severity: "error",
  summary:
    "An automatic device is not active, because its place is taken, its card is full, or there is no free instance",
  advice: "Stop what is in the way, or define the device elsewhere.",

  *find(situation) {
    const explained = findExplained(situation);
    for (const { device, obstacle } of withObstacle(situation, "no-room")) {
      const isMeant = device.start === "auto" && !explained.has(device.uuid);
      if (!isMeant && device.uuid !== situation.asked) continue;
      yield {
        ...describeDefinition(situation, device, obstacle),
        fix: {
          text: `${obstacle.hint ?? ""} See what is active, and stop it or define the device elsewhere.`.trim(),
          commands: ["mdevctl list"],
        },
      };
    }
  },
};

/** The devices for which something else than themselves is found to be wrong. */
function findExplained(situation: Situation): ReadonlySet<string> {
  const { observed } = situation;
  const overfull = findOverfull(situation).flatMap(({ devices }) => devices);
  const shared = [...findShared(situation)].flatMap(([parent, defined]) => {
    const devices = defined.map(({ device }) => device);
    const active = observed.devices.find((row) => row.parent === parent && row.active !== undefined)?.uuid;
    const automatic = devices.filter(({ start }) => start === "auto").length;
    const isOneOfThem = active !== undefined && devices.some(({ uuid }) => uuid === active);
    return isOneOfThem || automatic > 1 ? devices : [];
  });
  return new Set([...overfull, ...shared].map(({ uuid }) => uuid));
}

export const activeElsewhere: CheapCheck = {
  code: "active-elsewhere",
  severity: "warning",
  summary: "A device is active under another parent than it is defined under",
  advice: "Stop it and start it as it is defined, or define it where it is.",

  *find(situation) {
    for (const { device, obstacle } of withObstacle(situation, "active-elsewhere")) {
      // There it may be defined too.
      if (situation.defined.some((other) => other.active?.uuid === device.uuid)) continue;
      yield {
        ...describeDefinition(situation, device, obstacle),
        fix: {
          text: "Stop it, and start it as it is defined.",
          commands: [`mdevctl stop --uuid ${device.uuid}`, commandOn(device, "start")],
        },
      };
    }
  },
};

function uuidOf({ device }: Pick<Defined, "device">): string {
  return device.uuid;
}

export const otherTypeActive: CheapCheck = {
  code: "other-type-active",
  severity: "warning",
  summary: "A device is active with another type than it is defined with",
  advice: "Stop it and start it as it is defined, or change the definition to what it is.",

  *find(situation): Generator<Problem> {
    const renumbered = new Set([...findRenumbered(situation)].map(uuidOf));
    for (const row of situation.observed.devices) {
      const { uuid, active, definition, typeName } = row;
      if (active === undefined || definition === undefined || active.type === definition.type) continue;
      // The driver has renumbered its types.
      if (definition.typeName !== undefined && definition.typeName === typeName) continue;
      if (renumbered.has(uuid)) continue;
      yield {
        subject: uuid,
        message: `${uuid} is active with another type, ${active.type}, than it is defined with, ${definition.type}`,
        evidence: [showDefinition(situation, definition)],
        consequence: "After it is stopped, it is started with the type that is defined.",
        fix: {
          text: "Stop it, and start it as it is defined; or keep what is active.",
          commands: [`mdevctl stop --uuid ${uuid}`, commandOn(definition, "start")],
        },
      };
    }
  },
};
