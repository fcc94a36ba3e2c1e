import { expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { importState } from "./import.ts";
import { formatState } from "./state.ts";

const host = {
  cards: new Map([
    ["0", "0000:82:00.0"],
    ["1", "0000:c1:00.0"],
  ]),
  ids: ["10de:26b9", "10de:2235"],
};
const fileWith = (entries: string) => `version: v1\nvgpu-configs:\n  c: ${entries}`;
const importText = (text: string, name = "c", about = host) =>
  formatState(importState({ name: "f", text }, { name, ...about }), () => ({}));

test("a configuration of vgpu-device-manager becomes a file of ours", () => {
  const text = `version: v1
vgpu-configs:
  default:
    - devices: all
      vgpu-devices: {A40-48Q: 1}
  A40-mixed:
    - device-filter: ["0x223510DE"]
      devices: all
      vgpu-devices:
        "A40-8Q": 4
        "A40-4Q": 2
    - devices: [0, 1]
      vgpu-devices: {L40S-8Q: 2, L40S-8A: 1}
`;
  expect(importText(text, "A40-mixed")).toBe(`version: 1
groups:
  - card: {id: "10de:2235"}
    mixed-sizes: true
    devices:
      - {type: A40-8Q, count: 4}
      - {type: A40-4Q, count: 2}
  - card: "0000:82:00.0"
    devices:
      - {type: L40S-8Q, count: 2}
      - {type: L40S-8A, count: 1}
  - card: "0000:c1:00.0"
    devices:
      - {type: L40S-8Q, count: 2}
      - {type: L40S-8A, count: 1}
`);
});

test.each<[what: string, entries: string, groups: string[]]>([
  [
    "all cards of the host by their ids",
    "[{devices: all, vgpu-devices: {}}]",
    ['{id: "10de:26b9"}', '{id: "10de:2235"}'],
  ],
  ["one id that is no list", "[{devices: all, device-filter: '0x26B910de', vgpu-devices: {}}]", ['{id: "10de:26b9"}']],
  ["no card at all", "[]", []],
  ["an id of none", "[{devices: all, device-filter: [], vgpu-devices: {}}]", []],
  ["no number", "[{devices: [], vgpu-devices: {}}]", []],
])("an entry may be about %s", (_, entries, groups) => {
  expect(importText(fileWith(entries)).match(/(?<=card: ).*/g) ?? []).toEqual(groups);
});

test.each<[types: string, isMixed: boolean]>([
  ["{A40-8Q: 1}", false],
  ["{A40-8Q: 1, A40-8A: 1}", false],
  ["{A40-8Q: 1, A40-4Q: 1}", true],
  ["{A40-8Q: 1, unknown: 1}", false],
  ["{A100-1-5C: 1, A100-2-10C: 1}", false],
])("the card of %s is to mix sizes: %j", (types, isMixed) => {
  const text = importText(fileWith(`[{devices: [0], vgpu-devices: ${types}}]`));
  expect(text.includes("mixed-sizes: true")).toBe(isMixed);
});

test.each<[text: string, message: string, hint?: string]>([
  ["[]", "f:1:1: the file is not a map of version, vgpu-configs"],
  ["vgpu-configs: {}", "f:1:1: the file has no 'version'"],
  ["version: v1", "f:1:1: the file has no 'vgpu-configs'"],
  ["version: v2\nvgpu-configs: {}", "f:1:10: the only version is v1"],
  ["version: 1\ngroups: []", "f:2:1: there is no field 'groups'", "The fields of the file are version, vgpu-configs."],
  ["version: v1\nvgpu-configs: []", "f:2:15: a map of configurations is expected"],
  ["version: v1\nvgpu-configs: {}", "f: there is no configuration 'c'", "It has none at all."],
  [
    "version: v1\nvgpu-configs: {first: [], second: []}",
    "f: there is no configuration 'c'",
    "It has first and second.",
  ],
  [fileWith("{}"), "f:3:6: a list of entries is expected"],
  [fileWith(""), "f:3:4: a list of entries is expected", "A list that is empty is written as []."],
])("the file %j is refused", (text, message, hint) => {
  expect(() => importText(text)).toThrow(new UsageError(message, hint));
});

test("a configuration that is nearly called so is suggested", () => {
  const text = "version: v1\nvgpu-configs: {A40-8Q: [], A40-4Q: [], L40S-8Q: []}";
  expect(() => importText(text, "a40-8q")).toThrow(
    new UsageError("f: there is no configuration 'a40-8q'", "Did you mean 'A40-8Q'? Letter case counts."),
  );
});

test.each<[entry: string, message: string, hint?: string]>([
  ["all", "f:3:7: an entry is not a map of device-filter, devices, vgpu-devices"],
  ["{}", "f:3:7: an entry has no 'vgpu-devices'"],
  ["{vgpu-devices: {}}", "f:3:7: an entry has no 'devices'"],
  [
    "{devices: all, vgpu-devices: {}, gpus: 1}",
    "f:3:40: there is no field 'gpus'",
    "The fields of an entry are device-filter, devices, vgpu-devices.",
  ],
  ["{devices: none, vgpu-devices: {}}", "f:3:17: 'all' or a list of numbers is expected"],
  ["{devices: {}, vgpu-devices: {}}", "f:3:17: 'all' or a list of numbers is expected"],
  ["{devices: [x], vgpu-devices: {}}", "f:3:18: 'x' is not the number of a card"],
  ["{devices: [[0]], vgpu-devices: {}}", "f:3:18: the number of a card is expected"],
  [
    "{devices: [2], vgpu-devices: {}}",
    "f:3:18: which card is number 2?",
    "Numbers change; say its address: --gpu 2=0000:82:00.0",
  ],
  ["{devices: [0, 0], vgpu-devices: {}}", "f:3:7: 0000:82:00.0 has an entry already"],
  [
    "{devices: [0], device-filter: [], vgpu-devices: {}}",
    "f:3:37: a filter for cards that are numbered cannot be carried over",
  ],
  [
    "{devices: all, device-filter: [10de:2235], vgpu-devices: {}}",
    "f:3:38: '10de:2235' is not a PCI id as in 0x223510DE",
  ],
  ["{devices: all, device-filter: [[a]], vgpu-devices: {}}", "f:3:38: a PCI id is expected"],
  ["{devices: all, vgpu-devices: []}", "f:3:36: a map of types and numbers of devices is expected"],
  ["{devices: all, vgpu-devices: {A40-8Q: 0}}", "f:3:45: '0' is not a number from 1 to 999999"],
  ["{devices: all, vgpu-devices: {A40-8Q: all}}", "f:3:45: 'all' is not a number from 1 to 999999"],
  ["{devices: all, vgpu-devices: {A40-8Q: [1]}}", "f:3:45: a number is expected"],
  [
    "{devices: all, vgpu-devices: {A100-1-5CME: 1}}",
    "f:3:50: 'A100-1-5CME' asks for a property of a GPU instance, which cannot be carried over",
  ],
  [
    "{devices: all, vgpu-devices: {A100-1-5C.NOME: 1}}",
    "f:3:53: 'A100-1-5C.NOME' asks for a property of a GPU instance, which cannot be carried over",
  ],
])("the entry %s is refused", (entry, message, hint) => {
  expect(() => importText(fileWith(`[${entry}]`))).toThrow(new UsageError(message, hint));
});

test("an entry about all cards is refused on a host without cards", () => {
  const entry = fileWith("[{devices: all, vgpu-devices: {}}]");
  expect(() => importText(entry, "c", { ...host, ids: [] })).toThrow(
    new UsageError("f:3:17: this host has no cards, and the entry does not say which it is about"),
  );
});
