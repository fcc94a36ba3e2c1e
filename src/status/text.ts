// The text of `mdevctl status` for people, made of the document alone. First the verdict and what is wrong; then, for each card and
// each parent, what is free, and the devices with who uses them. What is normal stays short.

import { countNoun, joinNames } from "../english.ts";
import { columnWidth, type Escapes, fillLines, type Style, type StyleName } from "../format.ts";
import { groupBy } from "../group.ts";
import { shortenAddress } from "../kernel/pci.ts";
import { nameTypeInTable, withoutVendor } from "../kernel/type-names.ts";
import type { CardStatus, DeviceStatus, ParentStatus, ProblemStatus, StatusDocument, UserStatus } from "./document.ts";

export interface Look {
  /** Of a terminal, in columns: what does not fit is cut, and UUIDs are short where they have to be. */
  readonly width: number | undefined;
  readonly style: Style;
  readonly escapes: Escapes;
}

/** Lines, each with a newline at its end. */
export function* formatStatus(document: StatusDocument, look: Look): Generator<string> {
  yield formatLine(look, formatVerdict(document));
  yield* formatProblems(document.problems, look);
  const shorten = createShortener(document.devices, look);
  for (const { title, about, room, devices } of sections(document)) {
    yield "\n";
    const head = look.escapes.name(title);
    const line = about === "" ? head : `${head}  ${look.escapes.name(about)}`;
    yield formatLine(look, line, { length: head.length, style: "bold" });
    for (const line of room) yield* hang(look, line);
    yield* formatTable(devices, { ...look, shorten });
  }
}

/** The answer in one line. */
export function formatVerdict({ cards, parents, devices, problems }: StatusDocument): string {
  const active = devices.filter((device) => device.active);
  const used = active.filter((device) => device.in_use === true).length;
  const use = used === 0 ? "" : used === active.length ? " and in use" : `, ${used} of them in use`;
  const state =
    active.length > 0
      ? `${countNoun(active.length, "device")} ${active.length === 1 ? "is" : "are"} active${use}`
      : cards.length + parents.length > 0
        ? "No device is active"
        : "No driver offers devices on this host";
  const faults = (["error", "warning"] as const).flatMap((severity) => {
    const count = problems.filter((problem) => problem.severity === severity).length;
    return count === 0 ? [] : [countNoun(count, severity)];
  });
  return faults.length === 0 ? `${state}.` : `${state}; ${joinNames(faults)}, see 'mdevctl doctor'.`;
}

/** More are for `doctor`. */
const mostProblems = 5;

export function* formatProblems(problems: readonly ProblemStatus[], look: Look): Generator<string> {
  const shown = problems.filter(({ severity }) => severity !== "info");
  for (const { severity, code, message } of shown.slice(0, mostProblems)) {
    const line = `${severity} ${code}: ${look.escapes.name(message)}`;
    yield formatLine(look, line, { length: severity.length, style: severity === "error" ? "red" : "yellow" });
  }
  if (shown.length > mostProblems) yield `and ${shown.length - mostProblems} more\n`;
}

/** A card, or parents that are alike. */
interface Section {
  readonly title: string;
  readonly about: string;
  /** What is free. */
  readonly room: readonly Room[];
  readonly devices: readonly Row[];
}

interface Room {
  readonly count: string;
  readonly types: readonly string[];
}

interface Row {
  readonly device: DeviceStatus;
  /** Where it is, if the title does not say it. */
  readonly place: string;
}

/** By their place. */
type Devices = ReadonlyMap<string, readonly DeviceStatus[]>;

function sections(document: StatusDocument): Section[] {
  const { cards, parents } = document;
  const loose = parents.filter(({ card }) => card === null);
  const present = new Set([...loose.map(({ name }) => name), ...cards.map(({ address }) => address)]);
  const devices = groupBy(document.devices, placeOf);
  const absent = [...devices].filter(([place]) => !present.has(place));
  return [
    ...[...groupBy(cards, cardKey).values()].map((group) => describeCards(group, devices)),
    ...[...groupBy(loose, parentKey).values()].map((group) => describeParents(group, devices)),
    ...absent.map(([title, own]) => ({
      title,
      about: "is not there",
      room: [],
      devices: own.map((device) => ({ device, place: "" })),
    })),
  ];
}

function placeOf({ card, parent }: DeviceStatus): string {
  return card ?? parent;
}

function describeCards(group: readonly CardStatus[], devices: Devices): Section {
  const addresses = group.map(({ address }) => address);
  const { name = null, types = [] } = group[0] ?? {};
  const each = addresses.length > 1 ? " each" : "";
  const state = group[0] === undefined ? "" : describeCardState(group[0]);
  return {
    title: joinFirst(addresses),
    about: name === null ? state : `${name}: ${state}${each}`,
    room: describeRoom(
      types.map(({ type, name, active, free, offers }) => ({
        name: nameType(type, name),
        active,
        free: free === null ? `up to ${offers} free${each}` : free === 0 ? undefined : `${free} free${each}`,
      })),
    ),
    devices: addresses
      .flatMap((address) => devices.get(address) ?? [])
      .map((device) => ({ device, place: shortenAddress(device.parent, device.card ?? "") })),
  };
}

/** As in `24 of 48 GiB, 29 of 32 VFs free`. */
function describeCardState({ vfs, memory_bytes: memory, memory_used_bytes: used, types }: CardStatus): string {
  if (vfs.made === 0) return "no VFs";
  const count = countNoun(vfs.made, "VF");
  if (types.every(({ free }) => free === 0))
    return vfs.used === 0 ? `${count}, no types` : `full, ${vfs.used} of ${count} used`;
  const left = memory === null || used === null ? "" : `${describeLeft(memory, used)}, `;
  return `${left}${vfs.made - vfs.used} of ${count} free`;
}

function describeLeft(memory: number, used: number): string {
  return used === 0
    ? formatMemory(memory)
    : `${formatMemory(memory - used).replace(" GiB", "")} of ${formatMemory(memory)}`;
}

function formatMemory(bytes: number): string {
  const gibibytes = bytes / 1024 ** 3;
  return Number.isInteger(gibibytes) ? `${gibibytes} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}

/** Those of the same state and room are shown together: idle cards. */
function cardKey({ address, vfs, ...same }: CardStatus): string {
  return JSON.stringify(vfs.used === 0 ? { vfs, ...same } : address);
}

/** The functions of a card on the mdev bus, for instance. */
function parentKey({ types }: ParentStatus): string {
  return JSON.stringify(types);
}

function joinFirst(names: readonly string[]): string {
  return joinNames(names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names);
}

function describeParents(group: readonly ParentStatus[], devices: Devices): Section {
  const names = group.map(({ name }) => name);
  const types = group[0]?.types ?? [];
  const free = types.every((type) => type.available_instances === 0) ? "full" : "";
  const each = group.length > 1 ? " each" : "";
  return {
    title: joinFirst(names),
    about: types.length === 0 ? "offers no types" : free,
    room: describeRoom(
      types.map(({ type, name, active, available_instances: instances }) => ({
        name: nameType(type, name),
        active,
        free: instances === 0 ? undefined : `${instances} free${each}`,
      })),
    ),
    devices: names
      .flatMap((name) => devices.get(name) ?? [])
      .map((device) => ({ device, place: names.length > 1 ? device.parent : "" })),
  };
}

/** As in `nvidia-1155 L40S-8Q`; a name that only repeats the type is left out. */
function nameType(type: string, name: string | null): string {
  const short = withoutVendor(name ?? "");
  return short === "" || type.includes(short) ? type : `${type} ${short}`;
}

interface TypeRoom {
  readonly name: string;
  readonly active: number;
  /** As in `2 free`; undefined for none. */
  readonly free: string | undefined;
}

/** Types of which as many are free and active share a line; those of which nothing is or can be are left out. */
function describeRoom(types: readonly TypeRoom[]): Room[] {
  const countOf = ({ active, free }: TypeRoom) =>
    [...(free === undefined ? [] : [free]), ...(active === 0 ? [] : [`${active} active`])].join(", ");
  return Array.from(groupBy(types, countOf), ([count, alike]) => ({
    count,
    types: alike.map(({ name }) => name),
  })).filter(({ count }) => count !== "");
}

/** Over as many lines as the types need. */
function* hang(look: Look, { count, types }: Room): Generator<string> {
  const lead = `  ${count}: `;
  const names = types.map(look.escapes.name);
  const words = names.map((name, index) => (index < names.length - 1 ? `${name},` : name));
  const [first = "", ...rest] = fillLines(words, { width: (look.width ?? 80) - lead.length, gap: " " });
  yield formatLine(look, lead + first);
  for (const line of rest) yield formatLine(look, " ".repeat(lead.length) + line);
}

function* formatTable(
  rows: readonly Row[],
  look: Look & { readonly shorten: (uuid: string) => string },
): Generator<string> {
  const cells = rows.map(({ device, place }) => [
    look.shorten(device.uuid),
    look.escapes.name(nameTypeInTable(device.type, device.type_name)),
    look.escapes.name(place),
    formatStart(device),
    look.escapes.name(formatUse(device)),
  ]);
  const widths = [0, 1, 2, 3].map((column) => columnWidth(cells.map((row) => row[column] ?? "")));
  for (const row of cells) {
    const padded = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).filter((cell) => cell !== "");
    yield formatLine(look, `  ${padded.join("  ").trimEnd()}`);
  }
}

function formatStart({ defined, start }: DeviceStatus): string {
  return defined ? (start ?? "broken") : "transient";
}

/** What a device does, to follow its type. */
export function formatUse({ active, in_use: inUse, users }: DeviceStatus): string {
  if (!active) return "not active";
  if (inUse === null) return "active, use unknown";
  if (!inUse) return "active";
  return users.length === 0 ? "in use" : `in use: ${joinNames(users.map(formatUser))}`;
}

function formatUser({ pid, program, vm_name: name, vm_uuid: uuid }: UserStatus): string {
  const vm = name ?? uuid;
  return vm === null ? `${program ?? "process"} ${pid}` : `VM ${vm} (${pid})`;
}

/** Makes the function that shortens UUIDs where a terminal is too narrow for them: to a beginning that no other device has. */
function createShortener(devices: readonly DeviceStatus[], { width }: Look): (uuid: string) => string {
  if (width === undefined || width >= 80) return (uuid) => uuid;
  const uuids = [...new Set(devices.map(({ uuid }) => uuid))];
  const isClear = (length: number) => new Set(uuids.map((uuid) => uuid.slice(0, length))).size === uuids.length;
  const length = [8, 13, 18, 23].find(isClear) ?? 36;
  return (uuid) => uuid.slice(0, length);
}

interface Head {
  readonly length: number;
  readonly style: StyleName;
}

/** A line that ends where the terminal does, and whose beginning may have a style. */
export function formatLine({ width, style }: Look, line: string, head?: Head): string {
  const shown = width === undefined || line.length <= width ? line : `${line.slice(0, width - 1)}…`;
  if (head === undefined) return `${shown}\n`;
  return `${style(head.style, shown.slice(0, head.length))}${shown.slice(head.length)}\n`;
}
