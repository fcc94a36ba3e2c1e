// What drivers and their programs have logged about devices since the boot. Lines stay there when what they tell is mended, so they are
// worth knowing and no errors.

import type { Logs } from "../kernel/framework.ts";
import { frameworks } from "../kernel/frameworks.ts";
import { askTool } from "../tools.ts";
import { createThoroughCheck, type Problem } from "./finding.ts";
import type { Situation } from "./situation.ts";

/** A line, and how often it is there. */
interface Line {
  readonly text: string;
  readonly count: number;
}

interface LoggedBy {
  readonly logs: Logs;
  /** In the order in which each was last written. */
  readonly lines: readonly Line[];
}

/** So many are shown of what one subject has. */
const most = 5;

const bad = /fail|error|timeout|timed out|unable|cannot|could not|refus|denied|invalid|not supported|\bxid\b/i;

export const kernelLog = createThoroughCheck({
  code: "kernel-log",
  severity: "info",
  summary: "The driver has written errors about devices to the kernel's log",
  advice: "See what they say; docs/nvidia.md explains some. They stay in the log until the next boot.",

  gather: (host, situation) =>
    gatherLines(situation, async ({ kernel }) => {
      const text = await askTool(host, "dmesg", []);
      return text?.split("\n").flatMap((line) => (kernel.test(line) ? [line.replace(/^\[[^\]]*\]\s*/, "")] : []));
    }),
  find: (logged: readonly LoggedBy[], situation) =>
    findErrors(logged, situation, ({ devices }) => {
      return { path: "dmesg", message: "the kernel's log has errors about", general: devices };
    }),
});

export const managerLog = createThoroughCheck({
  code: "service-log",
  severity: "info",
  summary: "The driver's service has logged errors about VFs",
  advice: "See what they say, and whether the service runs.",

  gather: (host, situation) =>
    gatherLines(situation, async ({ unit }) => {
      const args = ["-u", unit, "-b", "-o", "cat", "-n", "200", "--no-pager"];
      return (await askTool(host, "journalctl", args))?.split("\n");
    }),
  find: (logged: readonly LoggedBy[], situation) =>
    findErrors(logged, situation, ({ unit }) => {
      return { path: `journalctl -u ${unit}`, message: `${unit} has logged errors about` };
    }),
});

/** Only where there are cards: nothing else is known to log anything about its devices. */
async function gatherLines(
  { observed }: Situation,
  read: (logs: Logs) => Promise<readonly string[] | undefined>,
): Promise<LoggedBy[]> {
  const logged: LoggedBy[] = [];
  for (const { logs } of observed.cards.length === 0 ? [] : frameworks) {
    const lines = logs === undefined ? undefined : await read(logs);
    if (logs !== undefined && lines !== undefined) logged.push({ logs, lines: foldLines(lines) });
  }
  return logged;
}

function foldLines(lines: readonly string[]): Line[] {
  const counts = new Map<string, number>();
  for (const text of lines.map((line) => line.trim()).filter((line) => bad.test(line))) {
    const count = counts.get(text) ?? 0;
    // The place of the last one counts.
    counts.delete(text);
    counts.set(text, count + 1);
  }
  return Array.from(counts, ([text, count]) => ({ text, count }));
}

interface LogSource {
  /** Where the lines are. */
  readonly path: string;
  /** Up to what they are about. */
  readonly message: string;
  /** What a line has that counts although it names no card. */
  readonly general?: RegExp;
}

function* findErrors(
  logged: readonly LoggedBy[],
  situation: Situation,
  sourceOf: (logs: Logs) => LogSource,
): Generator<Problem> {
  for (const { logs, lines } of logged) {
    const { path, message, general } = sourceOf(logs);
    for (const group of groupLines(situation, lines, general)) {
      yield { ...describeLines(group, logs, path), message: `${message} ${group.about}` };
    }
  }
}

interface Group {
  readonly subject: string;
  readonly about: string;
  readonly own: readonly Line[];
  readonly concerns: readonly string[];
}

/** By the card that lines name. Those that name none count if they have this. */
function groupLines({ observed }: Situation, lines: readonly Line[], general?: RegExp): Group[] {
  const left = new Set(lines);
  const groups: Group[] = [];
  const devicesOn = (names: readonly string[]) =>
    observed.devices.filter(({ parent }) => names.includes(parent)).map(({ uuid }) => uuid);
  for (const { address, functions } of observed.cards) {
    const names = [address, ...functions];
    const own = [...left].filter(({ text }) => names.some((name) => text.includes(name)) || namesCard(text, address));
    for (const line of own) left.delete(line);
    const named = functions.filter((name) => own.some(({ text }) => text.includes(name)));
    const concerns = [...named, ...devicesOn(named.length === 0 ? names : named)];
    if (own.length > 0) groups.push({ subject: address, about: address, own, concerns });
  }
  const rest = general === undefined ? [] : [...left].filter(({ text }) => general.test(text));
  if (rest.length > 0) {
    const addresses = observed.cards.map(({ address }) => address);
    const concerns = [...addresses, ...devicesOn(observed.cards.flatMap(({ functions }) => functions))];
    groups.push({ subject: "host", about: "devices", own: rest, concerns });
  }
  return groups;
}

/** Some lines leave the function out, as in `Xid (PCI:0000:82:00)`. */
function namesCard(text: string, address: string): boolean {
  return address.endsWith(".0") && new RegExp(`${address.slice(0, -2)}(?![.0-9a-f])`).test(text);
}

function describeLines({ subject, own, concerns }: Group, logs: Logs, path: string): Omit<Problem, "message"> {
  const meanings = logs.meanings.filter(([line]) => own.some(({ text }) => line.test(text)));
  const times = (count: number) => (count === 1 ? "" : ` (${count} times)`);
  return {
    subject,
    evidence: own.slice(-most).map(({ text, count }) => ({ path, value: `${text}${times(count)}` })),
    consequence:
      meanings.length === 0 ? "Devices may not be started, or not work." : meanings.map(([, text]) => text).join(" "),
    fix: { text: "See what else was logged at that time.", commands: ["dmesg", `journalctl -b -u ${logs.unit}`] },
    concerns,
  };
}
