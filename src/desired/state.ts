// What a host has, in the form of the files that say what it should have.

import { escapeControls } from "../escape.ts";
import { nameType } from "../kernel/type-names.ts";
import type { Observed, ObservedDevice } from "../observed.ts";
import { isUuid } from "../uuid.ts";
import type { PlannedDevice } from "./step.ts";

/** A file as data. The names are those of its fields. */
export interface State {
  readonly version: 1;
  readonly groups: readonly StateGroup[];
}

export interface StateGroup {
  readonly card?: string | { readonly id: string };
  readonly parent?: string;
  readonly "mixed-sizes"?: boolean;
  readonly devices: readonly StateDevice[];
}

export interface StateDevice {
  readonly type: string;
  /** Of several devices that are alike. */
  readonly count?: number;
  /** Missing for a device that gets its UUID when it is made. */
  readonly uuid?: string;
  readonly vf?: number;
  readonly start?: "manual";
  readonly active?: boolean;
  readonly attrs?: readonly Readonly<Record<string, string>>[];
}

/** A device that is defined, and perhaps active. */
export interface Row {
  readonly device: PlannedDevice;
  readonly isActive: boolean;
}

/** A card or a parent. */
export interface StatePlace {
  readonly kind: "card" | "parent";
  readonly name: string;
  /** The parents that its devices can have. */
  readonly places: readonly string[];
  /** Whether a card takes devices of different sizes, if that is known. */
  readonly mixedSizes?: boolean | undefined;
}

/** Of the cards and parents that a host has. */
export function findPlaces({ cards, parents }: Observed): StatePlace[] {
  return [
    ...cards.map(({ address: name, places }) => ({ kind: "card" as const, name, places })),
    ...parents
      .filter(({ card }) => card === undefined)
      .map(({ name }) => ({ kind: "parent" as const, name, places: [name] })),
  ];
}

export function toRow({ uuid, parent, card, definition, active }: ObservedDevice): Row[] {
  if (definition === undefined) return [];
  const label = definition.typeName;
  return [{ device: { ...definition, uuid, parent, card, label }, isActive: active !== undefined }];
}

/**
 * Whether a manual device is active is only said in an exact state, which is for going back: in a file that is kept, it would start
 * or stop what people and programs stop and start.
 */
export function describeState(
  places: readonly StatePlace[],
  rows: readonly Row[],
  { isExact }: { readonly isExact: boolean },
): State {
  const groups = places.map(({ kind, name, places: own, mixedSizes }): StateGroup => {
    const numbers = new Map(own.map((place, index) => [place, index]));
    const devices = rows
      .filter(({ device }) => numbers.has(device.parent))
      .map((row) => describeDevice(row, kind === "card" ? numbers.get(row.device.parent) : undefined, isExact));
    if (kind === "parent") return { parent: name, devices };
    return { card: name, ...(mixedSizes !== undefined && { "mixed-sizes": mixedSizes }), devices };
  });
  return { version: 1, groups };
}

function describeDevice({ device, isActive }: Row, vf: number | undefined, isExact: boolean): StateDevice {
  const { uuid, type, typeName, start, attributes } = device;
  const isAsUsual = start === "auto" ? isActive : !isExact;
  return {
    type: nameType(type, typeName),
    ...(uuid !== undefined && { uuid }),
    ...(vf !== undefined && { vf }),
    ...(start === "manual" && { start }),
    ...(!isAsUsual && { active: isActive }),
    ...(attributes.length > 0 && { attrs: attributes.map(({ name, value }) => ({ [name]: value })) }),
  };
}

/** As YAML. A comment may stand beside a card or a parent, and below its devices. */
export function formatState({ groups }: State, commentOf: (group: StateGroup) => Comments): string {
  if (groups.length === 0) return "version: 1\ngroups: []\n";
  return `version: 1\ngroups:\n${groups.map((group) => formatGroup(group, commentOf(group))).join("")}`;
}

export interface Comments {
  readonly beside?: string | undefined;
  readonly below?: readonly string[];
}

function formatGroup(group: StateGroup, { beside, below = [] }: Comments): string {
  const { card, parent, devices, "mixed-sizes": mixedSizes } = group;
  const target = card === undefined ? `parent: ${formatText(parent ?? "")}` : `card: ${formatFlow(card)}`;
  const lines = [
    `  - ${target}${beside === undefined ? "" : ` # ${escapeControls(beside)}`}`,
    ...(mixedSizes === undefined ? [] : [`    mixed-sizes: ${mixedSizes}`]),
    devices.length === 0 ? "    devices: []" : "    devices:",
    ...devices.map((device) => `      - ${formatFlow(device)}`),
    ...below.map((comment) => `      # ${escapeControls(comment)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function formatFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatFlow).join(", ")}]`;
  if (typeof value === "string") return formatText(value);
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).map(([name, field]) => `${formatText(name)}: ${formatFlow(field)}`);
  return `{${fields.join(", ")}}`;
}

/**
 * Quoted, if another reader could take it for a number, as it does a PCI address, or for anything else than a text. JSON's strings are
 * YAML's, too, and so are the escape sequences for what a terminal would obey.
 */
function formatText(text: string): string {
  const isWord = /^[a-z_][a-z0-9_./=+-]*$/i.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
  return isWord || isUuid(text) ? text : escapeControls(JSON.stringify(text));
}
