// Definitions that are wrong in themselves, or do not fit what their parent offers.

import { quoteForShell } from "../quote.ts";
import type { CheapCheck } from "./finding.ts";
import { describeDefinition, withObstacle } from "./parents.ts";
import { findRenumbered } from "./renumbered.ts";
import { chooseSpare, commandOn, showDefinition } from "./words.ts";

export const definitionBroken: CheapCheck = {
  code: "definition-broken",
  severity: "error",
  summary: "A definition cannot be read",
  advice: "Mend the file, or remove it with `mdevctl undefine`.",

  *find({ observed: { brokenDefinitions } }) {
    for (const { uuid, parent, path, message } of brokenDefinitions) {
      yield {
        subject: uuid,
        message,
        evidence: [{ path, value: "unreadable" }],
        consequence: "The device cannot be started.",
        fix: { text: "Mend the file, or undefine the device.", commands: [commandOn({ uuid, parent }, "undefine")] },
      };
    }
  },
};

export const definitionRefused: CheapCheck = {
  code: "definition-refused",
  severity: "error",
  summary: "A definition has an attribute that devices of its parent cannot have, or a name that cannot be one",
  advice: "Change the definition with `mdevctl modify`, or remove it with `mdevctl undefine`.",

  *find(situation) {
    for (const { device, obstacle } of withObstacle(situation, "definition-refused")) {
      yield {
        ...describeDefinition(situation, device, obstacle),
        fix: {
          text: `${obstacle.hint ?? ""} See what is defined, and change it.`.trim(),
          commands: [`mdevctl list --defined --verbose --uuid ${device.uuid}`],
        },
      };
    }
  },
};

export const definedTwice: CheapCheck = {
  code: "defined-twice",
  severity: "warning",
  summary: "A UUID is defined under several parents",
  advice: "Undefine it under all parents but one.",

  *find(situation) {
    const uuids = situation.defined.map(({ device }) => device.uuid).sort();
    const repeated = new Set(uuids.filter((uuid, index) => uuid === uuids[index + 1]));
    for (const uuid of repeated) {
      const defined = situation.defined.filter(({ device }) => device.uuid === uuid);
      const devices = defined.map(({ device }) => device);
      const parents = devices.map(({ parent }) => parent);
      yield {
        subject: uuid,
        message: `${uuid} is defined under several parents: ${parents.join(", ")}`,
        evidence: devices.map((device) => showDefinition(situation, device)),
        consequence: "Only one of them can be active, and commands have to name the parent.",
        fix: {
          text: "Undefine all but one.",
          commands: chooseSpare(defined).map((device) => commandOn(device, "undefine")),
        },
        concerns: parents,
      };
    }
  },
};

export const typeMissing: CheapCheck = {
  code: "type-missing",
  severity: "error",
  summary: "The parent of a definition has no such type",
  advice:
    "`mdevctl types` shows what the parent offers; `mdevctl modify --auto --type` (or `--manual`) changes the definition.",

  *find(situation) {
    for (const { device, obstacle } of withObstacle(situation, "type-missing")) {
      yield {
        ...describeDefinition(situation, device, obstacle),
        fix: {
          text: `${obstacle.hint ?? ""} The driver may be another version than before.`.trim(),
          commands: [`mdevctl types --parent ${quoteForShell(device.parent)}`],
        },
      };
    }
  },
};

export const typeRenamed: CheapCheck = {
  code: "type-renamed",
  severity: "error",
  summary: "The number of a type stands for another type than when the device was defined, and none has the old name",
  advice: "Choose a type that the parent has: `mdevctl modify --auto --type` (or `--manual`).",

  *find(situation) {
    for (const { device, obstacle } of withObstacle(situation, "type-renamed")) {
      yield {
        ...describeDefinition(situation, device, obstacle),
        fix: {
          text: "Choose the type anew. If it is meant, this does it.",
          commands: [commandOn(device, "modify", `--${device.start}`, "--type", device.type)],
        },
      };
    }
  },
};

export const typeRenumbered: CheapCheck = {
  code: "type-renumbered",
  severity: "warning",
  summary: "The driver has given a type another number than the definition has",
  advice:
    "`mdevctl start` finds the type by its name. `mdevctl modify --auto --type` (or `--manual`) with the new number keeps it.",

  *find(situation) {
    for (const { device, now } of findRenumbered(situation)) {
      const { uuid, type, typeName = "", start } = device;
      yield {
        subject: uuid,
        message: `${uuid} is defined with ${type}, but ${typeName} is ${now} now`,
        evidence: [showDefinition(situation, device)],
        consequence: "The type is found by its name at each start, with a warning.",
        fix: {
          text: "Keep the new number.",
          commands: [commandOn(device, "modify", `--${start}`, "--type", now)],
        },
      };
    }
  },
};
