// What files say that hosts should have: read, and refused with line and column where they are wrong.

import type { Attribute, StartMode } from "../device.ts";
import { UserError } from "../errors.ts";
import { parseAttributeName, parseName, parseParent } from "../names.ts";
import { parseUuid, type Uuid } from "../uuid.ts";
import { booleanOf, entriesOf, type Fields, fieldsOf, listOf, nameOf, numberOf, textOf } from "./values.ts";
import { type Node, type Place, parseYaml, positionError, type Source } from "./yaml.ts";

/** The devices that a card or a parent should have, and no others. */
export interface Group {
  readonly at: Place;
  readonly when: Condition;
  readonly target: Target;
  /** Whether the virtual functions of the card are made if it has none. */
  readonly vfs: boolean;
  /** Whether the card takes devices of different sizes; undefined: as it is. */
  readonly mixedSizes: boolean | undefined;
  readonly devices: readonly WantedDevice[];
}

/** Without a host name and labels, every host. */
export interface Condition {
  /** May have `*` and `?` in it. */
  readonly host: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
}

/** One card or parent, or all cards with a PCI id, or all parents of a driver. */
export type Target =
  | { readonly kind: "card"; readonly name: string }
  | { readonly kind: "cards"; readonly id: string }
  | { readonly kind: "parent"; readonly name: string }
  | { readonly kind: "parents"; readonly driver: string };

export interface WantedDevice {
  readonly at: Place;
  /** As written: the name of a type, or what its driver calls it for people. */
  readonly type: string;
  /** Undefined: any. */
  readonly uuid: Uuid | undefined;
  /** The number of the card's virtual function, from 0; undefined: any. */
  readonly vf: number | undefined;
  readonly start: StartMode;
  /** Whether it is to be active; undefined: as it is. */
  readonly active: boolean | undefined;
  readonly attributes: readonly Attribute[];
}

/** More than any host has, and few enough to be looked through soon. */
const deviceLimit = 65536;

/** The groups of a file, also those for other hosts. Throws a UsageError that names line and column. */
export function readGroups(source: Source): Group[] {
  const file = fieldsOf(parseYaml(source), "the file", ["version", "groups"]);
  const version = file.required("version");
  if (textOf(version, "a number") !== "1") throw positionError(version.at, "the only version is 1");
  let count = 0;
  return listOf(file.required("groups"), "a list of groups").map((node) => {
    const group = readGroup(node);
    count += group.devices.length;
    if (count > deviceLimit) throw positionError(node.at, `there are more than ${deviceLimit} devices`);
    return group;
  });
}

function readGroup(node: Node): Group {
  const group = fieldsOf(node, "a group", ["when", "card", "parent", "vfs", "mixed-sizes", "devices"]);
  const target = readTarget(node, group);
  const isOfCard = target.kind.startsWith("card");
  for (const name of isOfCard ? [] : ["vfs", "mixed-sizes"]) {
    const misplaced = group.get(name);
    if (misplaced !== undefined) throw positionError(misplaced.at, `only cards have '${name}'`);
  }
  let room = deviceLimit;
  const devices = listOf(group.required("devices"), "a list of devices").flatMap((each) => {
    const alike = readDevices(each, { isOfCard, room });
    room -= alike.length;
    return alike;
  });
  return {
    at: node.at,
    when: readCondition(group.get("when")),
    target,
    vfs: mapIfAny(group.get("vfs"), booleanOf) ?? false,
    mixedSizes: mapIfAny(group.get("mixed-sizes"), booleanOf),
    devices,
  };
}

function readTarget(node: Node, group: Fields): Target {
  const [card, parent] = [group.get("card"), group.get("parent")];
  if ((card === undefined) === (parent === undefined)) {
    throw positionError(node.at, "a group has either 'card' or 'parent'");
  }
  if (card?.kind === "map") {
    const id = fieldsOf(card, "'card'", ["id"]).required("id");
    const text = textOf(id, "a PCI id").toLowerCase();
    if (/^[0-9a-f]{4}:[0-9a-f]{4}$/.test(text)) return { kind: "cards", id: text };
    throw positionError(
      id.at,
      `'${text}' is not a PCI id`,
      "A PCI id is that of the vendor and of the device: 10de:26b9.",
    );
  }
  if (card !== undefined) return { kind: "card", name: nameOf(card, "the address of a card, or its id", parseParent) };
  if (parent?.kind === "map") {
    const driver = fieldsOf(parent, "'parent'", ["driver"]).required("driver");
    return { kind: "parents", driver: nameOf(driver, "the name of a driver", parseName) };
  }
  return { kind: "parent", name: nameOf(parent ?? node, "the name of a parent device, or its driver", parseParent) };
}

function readCondition(node: Node | undefined): Condition {
  const when = node === undefined ? undefined : fieldsOf(node, "'when'", ["host", "label"]);
  const label = when?.get("label");
  const host = mapIfAny(when?.get("host"), (name) => nameOf(name, "the name of a host", parseHostPattern));
  return { host, labels: label === undefined ? new Map() : readLabels(label) };
}

function parseHostPattern(text: string): string {
  if (text === "") throw new UserError("the name of the host is empty");
  return text;
}

function readLabels(node: Node): Map<string, string> {
  const labels = entriesOf(node, "a map of labels, as in {pool: inference},");
  return new Map(Array.from(labels, ([name, value]) => [name, textOf(value, "the value of a label")]));
}

const deviceFields = ["type", "count", "uuid", "vf", "start", "active", "attrs"];

/** As many as `count` says. */
function readDevices(node: Node, { isOfCard, room }: { isOfCard: boolean; room: number }): WantedDevice[] {
  const device = fieldsOf(node, "a device", deviceFields);
  const count = mapIfAny(device.get("count"), (value) => numberOf(value, 1)) ?? 1;
  const start = mapIfAny(device.get("start"), startModeOf) ?? "auto";
  const vf = mapIfAny(device.get("vf"), (value) => numberOf(value, 0));
  const place = device.get("vf");
  if (place !== undefined && !isOfCard) throw positionError(place.at, "only devices of cards have 'vf'");
  for (const name of count > 1 ? ["uuid", "vf"] : []) {
    const single = device.get(name);
    if (single !== undefined) throw positionError(single.at, `'${name}' is of one device, and 'count' is ${count}`);
  }
  if (count > room) throw positionError(node.at, `there are more than ${deviceLimit} devices`);
  const wanted: WantedDevice = {
    at: node.at,
    type: nameOf(device.required("type"), "the name of a type", parseName),
    uuid: mapIfAny(device.get("uuid"), uuidOf),
    vf,
    start,
    active: mapIfAny(device.get("active"), booleanOf),
    attributes: mapIfAny(device.get("attrs"), attributesOf) ?? [],
  };
  return Array.from({ length: count }, () => wanted);
}

function uuidOf(node: Node): Uuid {
  const text = textOf(node, "a UUID");
  const uuid = parseUuid(text);
  if (uuid === undefined) throw positionError(node.at, `'${text}' is not a UUID`);
  return uuid;
}

function startModeOf(node: Node): StartMode {
  const text = textOf(node, "auto or manual");
  if (text === "auto" || text === "manual") return text;
  throw positionError(node.at, `'${text}' is neither auto nor manual`);
}

/** A list, because their order counts and names may repeat. */
function attributesOf(node: Node): Attribute[] {
  return listOf(node, "a list of attributes, as in [{name: value}],").map((item): Attribute => {
    const [field, ...more] = item.kind === "map" ? item.fields : [];
    if (field === undefined || more.length > 0) {
      throw positionError(item.at, "one attribute is expected, as in {name: value}");
    }
    const value = textOf(field.value, `the value of '${field.name.text}'`);
    return { name: nameOf(field.name, "the name of an attribute", parseAttributeName), value };
  });
}

function mapIfAny<T>(node: Node | undefined, read: (node: Node) => T): T | undefined {
  return node === undefined ? undefined : read(node);
}
