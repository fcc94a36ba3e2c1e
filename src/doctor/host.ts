// What devices need besides their driver: the IOMMU, virtual functions, a libvirt that knows them.

import { countNoun, joinNames } from "../english.ts";
import type { Host } from "../host.ts";
import { countIommuGroups, type IommuGroups } from "../kernel/iommu.ts";
import type { ObservedCard } from "../observed.ts";
import { quoteForShell } from "../quote.ts";
import { missing, unless } from "../system-error.ts";
import { askTool } from "../tools.ts";
import { createThoroughCheck } from "./finding.ts";
import { busOf, findBareCards, frameworkNamed, type Situation } from "./situation.ts";

export const iommuOff = createThoroughCheck({
  code: "iommu-off",
  severity: "error",
  summary: "There are VFs, and the IOMMU is off: the kernel has no IOMMU groups",
  advice:
    "Switch on VT-d or AMD-Vi in the firmware; on Intel, older kernels also need `intel_iommu=on` on their command line.",

  gather: (host, { cards }) => (cards.size === 0 ? undefined : countIommuGroups(host)),
  *find({ path, count }: IommuGroups, { cards, defined }) {
    if (count > 0) return;
    const addresses = [...new Set([...cards.values()].map(({ address }) => address))];
    yield {
      subject: "host",
      message: `the IOMMU is off, which the virtual functions of ${joinNames(addresses)} need`,
      evidence: [{ path, value: "empty" }],
      consequence: "No virtual machine can use a device there.",
      fix: {
        text: "Switch it on in the firmware, and see what the kernel says.",
        commands: ["dmesg | grep -i -e DMAR -e IOMMU"],
      },
      concerns: [
        ...addresses,
        ...defined.filter(({ device }) => cards.has(device.parent)).map(({ device }) => device.uuid),
      ],
    };
  },
});

export const functionsOff = createThoroughCheck({
  code: "vfs-off",
  severity: "warning",
  summary: "A card has no VFs, though the program that makes them is installed",
  advice:
    "Make the VFs, and have that done at each boot. If the card is not meant for virtual machines, skip this check.",

  gather: (host, { observed, defined }) => {
    // Those that devices are defined on are another finding.
    const lost = defined.filter(({ obstacle }) => obstacle?.kind === "functions-missing");
    return findBareCards(observed)
      .filter(({ address }) => !lost.some(({ device }) => busOf(device.parent) === busOf(address)))
      .flatMap((card) => (canMakeFunctions(host, card) ? [card] : []));
  },
  *find(cards: readonly ObservedCard[]) {
    for (const { address, functionLimit, command = [] } of cards) {
      yield {
        subject: address,
        message: `${address} has none of the ${countNoun(functionLimit, "virtual function")} that it can have`,
        evidence: command.slice(0, 1).map((path) => ({ path, value: "installed" })),
        consequence: "Nothing can be started on this card.",
        fix: { text: "Make them. A boot removes them.", commands: [command.map(quoteForShell).join(" ")] },
      };
    }
  },
});

function canMakeFunctions({ system, paths }: Host, { command, functionLimit }: ObservedCard): boolean {
  const [program] = command ?? [];
  if (program === undefined || functionLimit === 0) return false;
  return unless(missing, () => system.stat(`${paths.root}${program}`).kind) === "file";
}

interface Libvirt {
  readonly program: string;
  /** What it says of itself. */
  readonly text: string;
}

export const libvirtOld = createThoroughCheck({
  code: "libvirt-too-old",
  severity: "warning",
  summary: "libvirt is older than what gives devices on VFs to virtual machines",
  advice: "Install a newer libvirt, or start virtual machines without it: see docs/nvidia.md.",

  gather: async (host, situation) => {
    if (findNeeded(situation) === undefined) return undefined;
    for (const program of ["libvirtd", "virtqemud"]) {
      const text = await askTool(host, program, ["--version"]);
      if (text !== undefined) return { program, text: text.trim() };
    }
    return undefined;
  },
  *find({ program, text }: Libvirt, situation) {
    const needed = findNeeded(situation);
    const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? [];
    if (needed === undefined || major === undefined) return;
    const [wantedMajor, wantedMinor] = needed.version;
    if (Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor)) return;
    yield {
      subject: "libvirt",
      message: `libvirt ${major}.${minor} is older than ${wantedMajor}.${wantedMinor}, which ${countNoun(needed.uuids.length, "device")} ${needed.uuids.length === 1 ? "needs" : "need"}`,
      evidence: [{ path: `${program} --version`, value: text }],
      consequence: "Virtual machines that have such a device are not started by libvirt.",
      fix: { text: "Install a newer libvirt.", commands: [] },
      concerns: needed.uuids,
    };
  },
});

/** What the devices of this host need, and which they are. */
function findNeeded({ observed }: Situation) {
  const needs = observed.devices.flatMap(({ uuid, framework }) => {
    const version = framework === undefined ? undefined : frameworkNamed(framework).libvirt;
    return version === undefined ? [] : [{ uuid, version }];
  });
  return needs[0] && { version: needs[0].version, uuids: needs.map(({ uuid }) => uuid) };
}
