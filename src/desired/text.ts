// A plan, or what came of it, for people: made of the document alone. A device has one line, below its card or parent, however many
// steps it takes.

import { countNoun } from "../english.ts";
import { columnWidth, type Escapes, type Style, type StyleName } from "../format.ts";
import { groupBy } from "../group.ts";
import { shortenAddress } from "../kernel/pci.ts";
import { nameTypeInTable } from "../kernel/type-names.ts";
import type { BlockedDocument, DeviceDocument, PlanDocument, StepDocument } from "./document.ts";

export interface Look {
  readonly style: Style;
  readonly escapes: Escapes;
}

/** Lines, each with a newline at its end. */
export function* formatPlan(document: PlanDocument, look: Look): Generator<string> {
  const { blocked } = document;
  const rows = [
    ...joinSteps(document.steps).map((own) => describeSteps(own)),
    ...blocked.map(describeBlocked),
    ...findUntouched(document).map(describeUntouched),
  ];
  const sections = groupBy(rows, ({ subject: { card, device } }) => card ?? device?.card ?? device?.parent ?? "");
  // In the order of the files.
  const titles = document.before.groups.map(({ card, parent }) => (typeof card === "string" ? card : (parent ?? "")));
  for (const title of new Set([...titles, ...sections.keys()])) {
    const own = sections.get(title)?.toSorted((a, b) => Number(isOfDevice(a)) - Number(isOfDevice(b)));
    if (own === undefined) continue;
    yield `${look.style("bold", look.escapes.name(title))}\n`;
    yield* formatRows(own, look);
  }
  if (rows.length > 0) yield "\n";
  yield `${formatSummary(document)}\n`;
}

type Subject = Pick<StepDocument, "device" | "card">;

interface Row {
  readonly symbol: keyof typeof colours;
  readonly subject: Subject;
  readonly words: string;
  /** Below it: why something failed, and what to do about it. */
  readonly more?: readonly string[];
}

function isOfDevice({ subject: { device } }: Row): boolean {
  return device !== undefined;
}

const colours = {
  "+": "green",
  "-": "red",
  "~": "yellow",
  "!": "red",
  "?": "faint",
  " ": "faint",
} as const satisfies Record<string, StyleName>;

const symbols: Readonly<Record<StepDocument["do"], "+" | "-" | "~">> = {
  ...{ stop: "-", undefine: "-", define: "+", start: "+", modify: "~", change: "~" },
  ...{ "make-vfs": "+", "mix-sizes": "~", "unmix-sizes": "~" },
};

const verbs: Readonly<Record<StepDocument["do"], string>> = {
  ...{ stop: "stop", undefine: "undefine", "make-vfs": "make VFs" },
  ...{ "mix-sizes": "mix sizes", "unmix-sizes": "unmix sizes" },
  ...{ define: "define", modify: "modify", change: "change", start: "start" },
};

/** Those of a device on one card or parent, in the order of the first ones. */
function joinSteps(steps: readonly StepDocument[]): StepDocument[][] {
  const counts = new Map<string, number>();
  const keyOf = ({ do: action, device, card, code }: StepDocument): string => {
    if (device === undefined) return `${action} ${card}`;
    // A further definition of a device that is elsewhere.
    if (code === "unmanaged") return `${device.uuid} ${device.parent} ${code}`;
    if (device.uuid !== null) return `${device.uuid} ${device.card ?? device.parent}`;
    // Nothing tells new ones that are alike apart: the first to be defined may as well be the first to be started.
    const likeness = JSON.stringify(device);
    const number = counts.get(action + likeness) ?? 0;
    counts.set(action + likeness, number + 1);
    return `${number} ${likeness}`;
  };
  return [...groupBy(steps, keyOf).values()];
}

function describeSteps(steps: readonly StepDocument[]): Row {
  const [first] = steps;
  const subject = steps.at(-1) ?? {};
  const results = new Set(steps.map(({ result }) => result));
  const actions = steps.map((step) => verbs[step.do] + (results.size > 1 ? ` ${formatResult(step)}` : "")).join(", ");
  // That a new device is not there needs no words.
  const why = first === undefined || first.code === "new" ? "" : `: ${first.why}`;
  const failures = steps.flatMap(({ error, hint }) => [error ?? [], hint ?? []].flat());
  if (failures.length > 0) {
    return { symbol: "!", subject, words: results.size > 1 ? actions : `${actions} failed`, more: failures };
  }
  if (results.has("not-tried")) {
    return { symbol: "?", subject, words: results.size > 1 ? actions : `${actions} not tried` };
  }
  const kinds = new Set(steps.map((step) => symbols[step.do]));
  const [kind = "~"] = kinds;
  return { symbol: kinds.size > 1 ? "~" : kind, subject, words: `${actions}${why}` };
}

function formatResult({ result }: StepDocument): string {
  return result === "not-tried" ? "not tried" : (result ?? "");
}

function describeBlocked(step: BlockedDocument): Row {
  return { symbol: "!", subject: step, words: `cannot ${verbs[step.do]}: ${step.why}` };
}

/** Devices that no file names, and of which nothing else is said. */
function findUntouched({ steps, blocked, unmanaged }: PlanDocument): DeviceDocument[] {
  const keyOf = (device: DeviceDocument) => `${device.uuid} ${device.parent}`;
  const told = new Set([...steps, ...blocked].flatMap(({ device }) => (device === undefined ? [] : [keyOf(device)])));
  return unmanaged.filter((device) => !told.has(keyOf(device)));
}

function describeUntouched(device: DeviceDocument): Row {
  return { symbol: " ", subject: { device }, words: "left alone: it is not in the file" };
}

function* formatRows(rows: readonly Row[], { style, escapes }: Look): Generator<string> {
  const cells = rows.map(({ subject: { device } }) =>
    device === undefined
      ? []
      : [
          device.uuid ?? "(new)",
          escapes.name(nameTypeInTable(device.type, device.type_name)),
          escapes.name(shortenPlace(device)),
        ],
  );
  const widths = [0, 1, 2].map((column) => columnWidth(cells.map((row) => row[column] ?? "")));
  for (const [index, { symbol, words, more = [] }] of rows.entries()) {
    const columns = (cells[index] ?? []).map((cell, column) => cell.padEnd(widths[column] ?? 0));
    const line = [...columns.filter((cell) => cell !== ""), escapes.name(words)].join("  ");
    yield `${symbol === " " ? symbol : style(colours[symbol], symbol)} ${line}\n`;
    for (const text of more) yield `    ${escapes.name(text)}\n`;
  }
}

/** Below itself, a parent is clear without anything. */
function shortenPlace({ parent, card }: DeviceDocument): string {
  return card === null ? "" : shortenAddress(parent, card);
}

function formatSummary(document: PlanDocument): string {
  const { steps, blocked, in_sync: isInSync } = document;
  const untouched = findUntouched(document).length;
  const rest =
    untouched === 0 ? "" : ` ${countNoun(untouched, "device")} not in the file; --prune removes such devices.`;
  return `${summarize(steps, blocked, isInSync)}${rest}`;
}

function summarize(steps: readonly StepDocument[], blocked: readonly BlockedDocument[], isInSync: boolean): string {
  if (steps.length === 0) {
    return isInSync
      ? "Nothing to do: the host is as the file says."
      : `Nothing can be done now: ${blocked.length} blocked.`;
  }
  const isPlan = steps.every(({ result }) => result === undefined);
  const countBy = (counted: (step: StepDocument) => boolean) => steps.filter(counted).length;
  const parts = isPlan
    ? Object.entries(verbs).map(([action, verb]) => [countBy((step) => step.do === action), `to ${verb}`] as const)
    : [
        [countBy(({ result }) => result === "failed"), "failed"] as const,
        [countBy(({ result }) => result === "not-tried"), "not tried"] as const,
      ];
  const done = countBy(({ result }) => result === "done");
  const total = countNoun(steps.length, "step");
  const counts = [...parts, [blocked.length, "blocked"] as const].flatMap(([count, what]) =>
    count === 0 ? [] : [`${count} ${what}`],
  );
  return `${(isPlan ? counts : [`${done} of ${total} done`, ...counts]).join(", ")}.`;
}
