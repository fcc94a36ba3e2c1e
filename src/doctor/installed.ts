// The udev rules and the units that start devices: missing, or not those of this version.

import type { Host } from "../host.ts";
import { quoteForShell } from "../quote.ts";
import { missing, unless } from "../system-error.ts";
import { createThoroughCheck, type Problem } from "./finding.ts";
import type { Situation } from "./situation.ts";

// What belongs to this version; the build puts it in.
declare const MDEVCTL_RULES: string;
declare const MDEVCTL_CARD_UNIT: string;
declare const MDEVCTL_CARDS_UNIT: string;

const rules = "60-mdevctl.rules";
const texts = new Map([
  [rules, MDEVCTL_RULES],
  ["mdevctl-card@.service", MDEVCTL_CARD_UNIT],
  ["mdevctl-cards.service", MDEVCTL_CARDS_UNIT],
]);
const units = [...texts.keys()].filter((name) => name !== rules);

/** By precedence. */
const rulesDirectories = [
  "/etc/udev/rules.d",
  "/run/udev/rules.d",
  "/usr/local/lib/udev/rules.d",
  "/usr/lib/udev/rules.d",
  "/lib/udev/rules.d",
];
const unitDirectories = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

interface Installed {
  readonly name: string;
  /** Where it belongs. */
  readonly place: string;
  /** The one that counts; undefined if there is none. */
  readonly path: string | undefined;
  readonly isOfThisVersion: boolean;
  /** The automatic devices that depend on it. */
  readonly uuids: readonly string[];
}

const reload = { udev: "udevadm control --reload", systemd: "systemctl daemon-reload" };

export const rulesMissing = createThoroughCheck({
  code: "udev-rules-missing",
  severity: "error",
  summary: "The udev rules that start automatic devices are not installed",
  advice: "Install mdevctl from a package or with `make install`; the npm package has no rules.",
  gather: findRules,
  find: describeMissing,
});

export const rulesDiffer = createThoroughCheck({
  code: "udev-rules-differ",
  severity: "warning",
  summary: "The udev rules that start automatic devices are not those of this version of mdevctl",
  advice: "Remove the other file, which is often one in /etc or of an older package, unless it is meant.",
  gather: findRules,
  find: (installed: readonly Installed[]) => describeDifferent(installed, reload.udev),
});

export const unitMissing = createThoroughCheck({
  code: "unit-missing",
  severity: "error",
  summary: "A systemd unit that starts the automatic devices of cards is not installed",
  advice: "Install mdevctl from a package or with `make install`.",
  gather: findUnits,
  find: describeMissing,
});

export const unitDiffers = createThoroughCheck({
  code: "unit-differs",
  severity: "warning",
  summary: "A systemd unit that starts the automatic devices of cards is not that of this version of mdevctl",
  advice: "Remove the other file, unless it is meant; `systemctl edit` adds to a unit without replacing it.",
  gather: findUnits,
  find: (installed: readonly Installed[]) => describeDifferent(installed, reload.systemd),
});

/** Nothing needs them on a host without udev, or without automatic devices. */
function findRules(host: Host, { defined }: Situation): Installed[] | undefined {
  const automatic = defined.filter(({ device }) => device.start === "auto").map(({ device }) => device.uuid);
  const hasUdev = ["/usr/lib/udev", "/lib/udev"].some((directory) => isDirectory(host, directory));
  if (automatic.length === 0 || !hasUdev) return undefined;
  return [findInstalled(host, { name: rules, directories: rulesDirectories, uuids: automatic })];
}

/** Devices on cards need them, where systemd runs. */
function findUnits(host: Host, { defined }: Situation): Installed[] | undefined {
  const automatic = defined.filter(({ device, card }) => device.start === "auto" && card !== undefined);
  if (automatic.length === 0 || !isDirectory(host, "/run/systemd/system")) return undefined;
  const uuids = automatic.map(({ device }) => device.uuid);
  return units.map((name) => findInstalled(host, { name, directories: unitDirectories, uuids }));
}

function isDirectory({ system, paths }: Host, path: string): boolean {
  return unless(missing, () => system.stat(`${paths.root}${path}`).kind) === "directory";
}

interface Wanted extends Pick<Installed, "name" | "uuids"> {
  readonly directories: readonly string[];
}

function findInstalled({ system, paths }: Host, { name, directories, uuids }: Wanted): Installed {
  for (const directory of directories) {
    const path = `${paths.root}${directory}/${name}`;
    const status = unless(missing, () => system.stat(path));
    if (status === undefined) continue;
    // A link to /dev/null masks it.
    if (status.kind !== "file") break;
    const lines = toLines(system.readFile(path, sizeLimit));
    return {
      name,
      place: `${paths.root}${directory}`,
      path,
      uuids,
      isOfThisVersion: lines === toLines(texts.get(name) ?? ""),
    };
  }
  return { name, place: `${paths.root}${directories.at(-2)}`, path: undefined, uuids, isOfThisVersion: false };
}

const sizeLimit = 1024 * 1024;

/** Without what may differ: comments, and where the program is. */
function toLines(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => line.trim().replace(/[^\s"=]*\/mdevctl(?= )/g, "mdevctl"))
    .join("\n");
}

function* describeMissing(installed: readonly Installed[]): Generator<Problem> {
  for (const { name, place, path, uuids } of installed) {
    if (path !== undefined) continue;
    yield {
      subject: name,
      message: `${name} is not installed, or is masked`,
      evidence: [{ path: `${place}/${name}`, value: "missing" }],
      consequence: "Automatic devices are not started with their parents, or not at boot.",
      fix: { text: "Install mdevctl from a package or with 'make install'.", commands: [] },
      concerns: uuids,
    };
  }
}

function* describeDifferent(installed: readonly Installed[], reloadCommand: string): Generator<Problem> {
  for (const { name, path, isOfThisVersion, uuids } of installed) {
    if (path === undefined || isOfThisVersion) continue;
    yield {
      subject: path,
      message: `${path} is not the ${name} of this version of mdevctl`,
      evidence: [{ path, value: "other lines" }],
      consequence: "Automatic devices may be started in another way than described, or not at all.",
      fix: {
        text: "Look whether that is meant. If not, remove it, and install mdevctl again.",
        commands: [`rm ${quoteForShell(path)}`, reloadCommand],
      },
      concerns: uuids,
    };
  }
}
