// Parents that are not there, or cannot be used: the driver is not loaded, is not one for vGPUs, or has no virtual functions.

import { countNoun, joinNames } from "../english.ts";
import { quoteForShell } from "../quote.ts";
import { suggestNames } from "../suggest.ts";
import type { CheapCheck, Problem } from "./finding.ts";
import { busOf, type Defined, findBareCards, findUnready, type Obstacle, type Situation } from "./situation.ts";
import { commandOn, consequenceFor, showDefinition } from "./words.ts";

export const driverMissing: CheapCheck = {
  code: "driver-missing",
  severity: "warning",
  summary: "No driver offers devices, and none is defined",
  advice: "Load the driver of the device that is to be shared. `mdevctl types` shows what it offers.",

  *find({ observed: { parents, cards, devices, brokenDefinitions } }) {
    if (parents.length + cards.length + devices.length + brokenDefinitions.length > 0) return;
    yield {
      subject: "host",
      message: "no driver offers mediated devices on this host",
      evidence: [],
      consequence: "There is nothing that mdevctl could start.",
      fix: {
        text: "Load the driver of the device that is to be shared, and see what it offers.",
        commands: ["mdevctl types"],
      },
    };
  },
};

export const parentMissing: CheapCheck = {
  code: "parent-missing",
  severity: "error",
  summary: "The parent of a definition does not exist",
  advice:
    "Load the driver of the parent. If the parent has another name now, define the device under that one and undefine it under the old one.",

  *find(situation) {
    for (const { device, obstacle } of withObstacle(situation, "parent-missing")) {
      yield {
        ...describeDefinition(situation, device, obstacle),
        fix: {
          text: `${obstacle.hint ?? ""} If the parent is gone for good, undefine the device.`.trim(),
          commands: [commandOn(device, "undefine")],
        },
      };
    }
  },
};

export const parentMisspelled: CheapCheck = {
  code: "parent-misspelled",
  severity: "error",
  summary: "The parent of a definition exists only in other letter case",
  advice: "Define the device under the parent as it is spelled, and undefine it under the other name.",

  *find(situation) {
    for (const { device, obstacle } of withObstacle(situation, "parent-misspelled")) {
      const names = [...situation.parents.keys()];
      const meant = names.find((name) => name.toLowerCase() === device.parent.toLowerCase()) ?? "";
      const from = `${situation.paths.definitions}/${device.parent}/${device.uuid}`;
      yield {
        ...describeDefinition(situation, device, obstacle),
        fix: {
          text: suggestNames(device.parent, names) ?? "",
          commands: [
            `mdevctl define --uuid ${device.uuid} --parent ${quoteForShell(meant)} --jsonfile ${quoteForShell(from)}`,
            commandOn(device, "undefine"),
          ],
        },
      };
    }
  },
};

export const functionsMissing: CheapCheck = {
  code: "vfs-missing",
  severity: "error",
  summary: "A card has no virtual functions (VFs), and devices are defined on them",
  advice: "Make the VFs with the driver's own program, and have that done at each boot.",

  *find(situation) {
    const lost = [...withObstacle(situation, "functions-missing")].map(({ device }) => device);
    for (const { address, functionLimit, command } of findBareCards(situation.observed)) {
      const own = lost.filter(({ parent }) => parent === address || busOf(parent) === busOf(address));
      if (own.length === 0) continue;
      yield {
        subject: address,
        message: `${address} has no virtual functions, and ${countNoun(own.length, "device")} ${own.length === 1 ? "is" : "are"} defined on them`,
        evidence: own.map((device) => showDefinition(situation, device)),
        consequence: "None of these devices can be started.",
        fix: {
          text: `Make the virtual functions, of which the card can have ${functionLimit}. A boot removes them.`,
          commands: command === undefined ? [] : [command.map(quoteForShell).join(" ")],
        },
        concerns: own.map(({ uuid }) => uuid),
      };
    }
  },
};

export const vgpuSupportMissing: CheapCheck = {
  code: "vgpu-support-missing",
  severity: "error",
  summary: "A card has VFs, and its driver offers devices on none of them",
  advice:
    "Install the vGPU host driver in place of the driver for graphics or computing, and see whether its services run: `systemctl status nvidia-vgpud nvidia-vgpu-mgr`.",

  *find({ observed: { cards }, parents, defined }) {
    for (const card of cards) {
      const own = card.unready?.filter(({ isOwn }) => isOwn) ?? [];
      if (own.length === 0 || card.functions.some((name) => parents.has(name))) continue;
      const { address, functions } = card;
      yield {
        subject: address,
        message: `the driver of ${address} has made no vGPU files for any of its ${countNoun(functions.length, "virtual function")}`,
        evidence: own.slice(0, 1).map(({ path, driver = "none" }) => ({ path, value: driver })),
        consequence: "No device can be started on this card.",
        fix: {
          text: "The driver that is loaded may be one without support for vGPUs, or its services do not run.",
          commands: ["systemctl status nvidia-vgpud nvidia-vgpu-mgr"],
        },
        concerns: concernedBy(
          own.map(({ name }) => name),
          defined,
        ),
      };
    }
  },
};

export const functionUnready: CheapCheck = {
  code: "vf-not-ready",
  severity: "error",
  summary: "A device is defined on a VF for which the driver has not made its files, unlike for others of the card",
  advice:
    "The driver makes them late, so look again after a minute. If they do not come, make the card's VFs anew, which ends all its devices.",

  *find(situation) {
    const { cards, parents } = situation;
    const found = new Set<string>();
    for (const { device, obstacle } of withObstacle(situation, "parent-unready")) {
      const card = cards.get(device.parent);
      const unready = findUnready(card, device.parent);
      if (!unready?.isOwn || !card?.functions.some((name) => parents.has(name)) || found.has(unready.name)) continue;
      found.add(unready.name);
      yield {
        subject: unready.name,
        message: unready.reason,
        evidence: [{ path: unready.path, value: unready.driver ?? "none" }, showDefinition(situation, device)],
        consequence: consequenceFor(device),
        fix: { text: obstacle.hint ?? "", commands: [commandOn(device, "start")] },
        concerns: concernedBy([unready.name], situation.defined),
      };
    }
  },
};

export const functionOfOther: CheapCheck = {
  code: "vf-of-other-driver",
  severity: "error",
  summary: "VFs of a card are bound to another driver than the card, or to none",
  advice:
    "Give them back to the driver: remove what binds them (`driver_override`, a rule for `vfio-pci`, libvirt's `managed='yes'`), then make them anew.",

  *find({ observed: { cards }, defined }) {
    for (const { address, unready = [], command } of cards) {
      const strange = unready.filter(({ isOwn }) => !isOwn);
      for (const driver of new Set(strange.map((each) => each.driver))) {
        const own = strange.filter((each) => each.driver === driver);
        const names = own.map(({ name }) => name);
        const verb = own.length === 1 ? "belongs" : "belong";
        yield {
          subject: address,
          message: `${joinNames(names)} of ${address} ${verb} to ${driver === undefined ? "no driver" : `the driver ${driver}`}`,
          evidence: own.map(({ path }) => ({ path, value: driver ?? "none" })),
          consequence: "No device can be started there.",
          fix: {
            text: "See what has bound them. Making the virtual functions anew gives them to their driver, and ends all devices of the card.",
            commands: [
              ...(driver === undefined ? [] : [`grep -r ${quoteForShell(driver)} /etc/modprobe.d /etc/udev/rules.d`]),
              ...(command === undefined ? [] : [command.map(quoteForShell).join(" ")]),
            ],
          },
          concerns: [...names, ...concernedBy(names, defined)],
        };
      }
    }
  },
};

/** The devices that are defined on these parents. */
function concernedBy(names: readonly string[], defined: readonly Defined[]): string[] {
  return defined.filter(({ device }) => names.includes(device.parent)).map(({ device }) => device.uuid);
}

/** The defined devices that have this in their way. */
export function* withObstacle(
  { defined }: Situation,
  kind: Obstacle["kind"],
): Generator<Defined & { readonly obstacle: Obstacle }> {
  for (const each of defined) {
    const { obstacle } = each;
    if (obstacle?.kind === kind) yield { ...each, obstacle };
  }
}

export function describeDefinition(
  situation: Situation,
  device: Defined["device"],
  { message }: Obstacle,
): Pick<Problem, "subject" | "message" | "evidence" | "consequence"> {
  return {
    subject: device.uuid,
    message,
    evidence: [showDefinition(situation, device)],
    consequence: consequenceFor(device),
  };
}
