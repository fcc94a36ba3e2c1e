// Turns a configuration of NVIDIA's vgpu-device-manager into the form of our files. What that form cannot say is an error.

import { joinNames } from "../english.ts";
import { UsageError } from "../errors.ts";
import { guessSize } from "../kernel/capacity.ts";
import { suggestNames } from "../suggest.ts";
import type { State, StateGroup } from "./state.ts";
import { entriesOf, type Fields, fieldsOf, listOf, numberOf, textOf } from "./values.ts";
import { type Node, parseYaml, positionError, type Source } from "./yaml.ts";

export interface ImportOptions {
  /** Which of the file's configurations. */
  readonly name: string;
  /** The addresses of cards by the numbers that the file has for them. */
  readonly cards: ReadonlyMap<string, string>;
  /** The PCI ids of the host's cards, for entries about all cards. */
  readonly ids: readonly string[];
}

/** Throws a UsageError that names line and column. */
export function importState(source: Source, { name, ...host }: ImportOptions): State {
  const file = fieldsOf(parseYaml(source), "the file", ["version", "vgpu-configs"]);
  const version = file.required("version");
  if (textOf(version, "a version") !== "v1") throw positionError(version.at, "the only version is v1");
  const configurations = entriesOf(file.required("vgpu-configs"), "a map of configurations");
  const chosen = configurations.get(name);
  if (chosen === undefined) throw noConfigurationError(source, name, [...configurations.keys()]);
  const groups = new Map<string, StateGroup>();
  for (const node of listOf(chosen, "a list of entries")) {
    const entry = fieldsOf(node, "an entry", ["device-filter", "devices", "vgpu-devices"]);
    const devices = readDevices(entry.required("vgpu-devices"));
    for (const card of findCards(entry, host)) {
      const key = typeof card === "string" ? card : card.id;
      if (groups.has(key)) throw positionError(node.at, `${key} has an entry already`);
      groups.set(key, { card, ...devices });
    }
  }
  return { version: 1, groups: [...groups.values()] };
}

function noConfigurationError(source: Source, name: string, names: readonly string[]): UsageError {
  const hint = names.length === 0 ? "It has none at all." : `It has ${joinNames(names)}.`;
  return new UsageError(`${source.name}: there is no configuration '${name}'`, suggestNames(name, names) ?? hint);
}

type Card = NonNullable<StateGroup["card"]>;

/** Those that an entry is about: numbered, or all with certain PCI ids. */
function findCards(entry: Fields, { cards, ids }: Omit<ImportOptions, "name">): Card[] {
  const devices = entry.required("devices");
  const filter = entry.get("device-filter");
  if (devices.kind === "list") {
    if (filter === undefined) return devices.items.map((item) => findNumbered(item, cards));
    throw positionError(filter.at, "a filter for cards that are numbered cannot be carried over");
  }
  if (textOf(devices, "'all' or a list of numbers") !== "all") {
    throw positionError(devices.at, "'all' or a list of numbers is expected");
  }
  if (filter === undefined && ids.length === 0) {
    throw positionError(devices.at, "this host has no cards, and the entry does not say which it is about");
  }
  const wanted = filter === undefined ? ids : (filter.kind === "list" ? filter.items : [filter]).map(readId);
  return wanted.map((id) => ({ id }));
}

function findNumbered(item: Node, cards: ImportOptions["cards"]): string {
  const number = textOf(item, "the number of a card");
  if (!/^\d+$/.test(number)) throw positionError(item.at, `'${number}' is not the number of a card`);
  const card = cards.get(number);
  if (card !== undefined) return card;
  const hint = `Numbers change; say its address: --gpu ${number}=0000:82:00.0`;
  throw positionError(item.at, `which card is number ${number}?`, hint);
}

/** As in `0x223510DE`: the device, then the vendor. */
function readId(node: Node): string {
  const text = textOf(node, "a PCI id");
  const [, device, vendor] = /^0x([0-9a-f]{4})([0-9a-f]{4})$/i.exec(text) ?? [];
  if (device !== undefined && vendor !== undefined) return `${vendor}:${device}`.toLowerCase();
  throw positionError(node.at, `'${text}' is not a PCI id as in 0x223510DE`);
}

function readDevices(node: Node): Pick<StateGroup, "devices" | "mixed-sizes"> {
  const types = entriesOf(node, "a map of types and numbers of devices");
  const devices = Array.from(types, ([type, count]) => {
    // With such an ending it is no type: the ending is about the GPU instance below.
    if (!/-\d+C?ME|NOME|MEALL|GFX/i.test(type)) return { type, count: numberOf(count, 1) };
    throw positionError(count.at, `'${type}' asks for a property of a GPU instance, which cannot be carried over`);
  });
  // GPU instances have sizes of their own.
  const sizes = new Set(
    devices.flatMap(({ type }) => {
      const size = guessSize({ name: type, label: type, description: "" });
      return size === undefined || size.isOfSlice ? [] : [size.memory];
    }),
  );
  return { ...(sizes.size > 1 && { "mixed-sizes": true }), devices };
}
