import { describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { readGroups } from "./file.ts";
import { describePlace } from "./yaml.ts";

const read = (text: string) => readGroups({ name: "f", text });
const cardWith = (fields: string) => `version: 1\ngroups:\n  - {card: c, ${fields}}`;
const deviceWith = (fields: string) => `version: 1\ngroups:\n  - {card: c, devices: [{type: t, ${fields}}]}`;
const withoutPlaces = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, each) => (name === "at" ? undefined : each instanceof Map ? [...each] : each)),
  );

const uuid = "8500d1a2-6d5c-4a3c-8f0e-2f6b1c9d0e47";
const device = { type: "t", start: "auto", attributes: [] };
const group = { when: { labels: [] }, target: { kind: "card", name: "c" }, vfs: false, devices: [] };

test("a file has groups of cards and parents, with all that they can say", () => {
  const groups = read(`
version: 1
groups:
  - card: 0000:82:00.0
    vfs: true
    mixed-sizes: false
    devices:
      - {type: L40S-8Q, count: 2}
      - {type: NVIDIA L40S-24Q, uuid: ${uuid.toUpperCase()}, vf: 3, attrs: [{nvidia/vgpu_params: a=0}]}
  - card: {id: "10DE:26b9"}
    devices: []
  - parent: matrix
    devices:
      - type: vfio_ap-passthrough
        start: manual
        active: true
        attrs: [{assign_adapter: "5"}, {assign_domain: 0xab}, {assign_domain: 6}]
  - {when: {host: "gpu-*", label: {pool: inference, zone: }}, parent: {driver: i915}, devices: []}
`);
  const card = { ...device, type: "L40S-8Q" };
  expect(withoutPlaces(groups)).toEqual([
    {
      ...{ ...group, target: { kind: "card", name: "0000:82:00.0" }, vfs: true, mixedSizes: false },
      devices: [
        card,
        card,
        { ...device, type: "NVIDIA L40S-24Q", uuid, vf: 3, attributes: [{ name: "nvidia/vgpu_params", value: "a=0" }] },
      ],
    },
    { ...group, target: { kind: "cards", id: "10de:26b9" } },
    {
      ...{ ...group, target: { kind: "parent", name: "matrix" } },
      devices: [
        {
          ...{ type: "vfio_ap-passthrough", start: "manual", active: true },
          attributes: [
            { name: "assign_adapter", value: "5" },
            { name: "assign_domain", value: "0xab" },
            { name: "assign_domain", value: "6" },
          ],
        },
      ],
    },
    {
      ...{ ...group, target: { kind: "parents", driver: "i915" } },
      when: {
        host: "gpu-*",
        labels: [
          ["pool", "inference"],
          ["zone", ""],
        ],
      },
    },
  ]);
  expect(groups.map(({ at }) => describePlace(at))).toEqual(["f:4:5", "f:10:5", "f:12:5", "f:18:5"]);
  expect(groups[0]?.devices.map(({ at }) => describePlace(at))).toEqual(["f:8:9", "f:8:9", "f:9:9"]);
});

test("a file may be JSON, where numbers and truth values are texts, too", () => {
  const json = { version: 1, groups: [{ card: "c", vfs: true, devices: [{ type: "t", vf: 0, active: false }] }] };
  const texts = {
    version: "1",
    groups: [{ card: "c", vfs: "true", devices: [{ type: "t", vf: "0", active: "false" }] }],
  };
  const wanted = [{ ...group, vfs: true, devices: [{ ...device, vf: 0, active: false }] }];
  for (const each of [json, texts]) expect(withoutPlaces(read(JSON.stringify(each, null, 2)))).toEqual(wanted);
});

test.each(["0xab", "1e3", "on", "null", "~", "007", "1.0", "", "true", '"# x"', "'a: b'"])(
  "the value of an attribute or a label is what was written: %s",
  (written) => {
    const value = written.replace(/^["']|["']$/g, "");
    const [first] = read(deviceWith(`attrs: [{a: ${written}}]`));
    expect(first?.devices[0]?.attributes).toEqual([{ name: "a", value }]);
    const [second] = read(cardWith(`when: {label: {a: ${written}}}, devices: []`));
    expect(second?.when.labels).toEqual(new Map([["a", value]]));
  },
);

test.each(["{}", "{label: {}}"])("a group with the condition %s is for every host", (when) => {
  expect(read(cardWith(`when: ${when}, devices: []`))[0]?.when).toEqual({ host: undefined, labels: new Map() });
});

test.each([
  "vf: 0",
  `uuid: ${uuid}`,
  `uuid: "{${uuid}}"`,
  `uuid: urn:uuid:${uuid}`,
  "vf: 1, uuid: 8500d1a26d5c4a3c8f0e2f6b1c9d0e47",
])("a single device may have %s and its count", (fields) => {
  expect(read(deviceWith(`${fields}, count: 1`))[0]?.devices).toHaveLength(1);
});

describe("what is wrong is refused with its place", () => {
  const fileFields = "version, groups";
  const groupFields = "when, card, parent, vfs, mixed-sizes, devices";
  const deviceFields = "type, count, uuid, vf, start, active, attrs";

  test.each<[text: string, message: string, hint?: string]>([
    ["groups", `f:1:1: the file is not a map of ${fileFields}`],
    ["[]", `f:1:1: the file is not a map of ${fileFields}`],
    ["{}", "f:1:1: the file has no 'version'"],
    ["version: 1", "f:1:1: the file has no 'groups'"],
    ["version: 2\ngroups: []", "f:1:10: the only version is 1"],
    ["version: 1.0\ngroups: []", "f:1:10: the only version is 1"],
    ["version:\ngroups: []", "f:1:8: the only version is 1"],
    ["version: [1]\ngroups: []", "f:1:10: a number is expected"],
    ["version: 1\ngroup: []", "f:2:1: there is no field 'group'", "Did you mean 'groups'?"],
    ["version: 1\nfoo: []", "f:2:1: there is no field 'foo'", `The fields of the file are ${fileFields}.`],
    ["version: 1\ngroups:", "f:2:7: a list of groups is expected", "A list that is empty is written as []."],
    ["version: 1\ngroups: {}", "f:2:9: a list of groups is expected"],
    ["version: 1\ngroups: none", "f:2:9: a list of groups is expected"],
    ["version: 1\ngroups: [mtty]", `f:2:10: a group is not a map of ${groupFields}`],
    ["version: 1\ngroups:\n  -", `f:2:7: a group is not a map of ${groupFields}`],
  ])("in a file: %j", (text, message, hint) => {
    expect(() => read(text)).toThrow(new UsageError(message, hint));
  });

  test.each<[group: string, message: string, hint?: string]>([
    ["{card: c}", "f:3:5: a group has no 'devices'"],
    ["{card: c, devices: }", "f:3:22: a list of devices is expected", "A list that is empty is written as []."],
    ["{card: c, devices: {}}", "f:3:24: a list of devices is expected"],
    ["{card: c, devices: t}", "f:3:24: a list of devices is expected"],
    ["{card: c, devices: [t]}", `f:3:25: a device is not a map of ${deviceFields}`],
    ["{card: c, device: []}", "f:3:15: there is no field 'device'", "Did you mean 'devices'?"],
    [
      "{card: c, mixed_sizes: true, devices: []}",
      "f:3:15: there is no field 'mixed_sizes'",
      "Did you mean 'mixed-sizes'?",
    ],
    ["{card: c, x: 1, devices: []}", "f:3:15: there is no field 'x'", `The fields of a group are ${groupFields}.`],
    ["{devices: []}", "f:3:5: a group has either 'card' or 'parent'"],
    ["{card: c, parent: p, devices: []}", "f:3:5: a group has either 'card' or 'parent'"],
    ["{card: , devices: []}", "f:3:10: '' cannot be a name, because it is empty"],
    ["{card: a/b, devices: []}", "f:3:12: 'a/b' cannot be a name, because it has a '/'"],
    ["{card: [c], devices: []}", "f:3:12: the address of a card, or its id is expected"],
    ["{card: {}, devices: []}", "f:3:12: 'card' has no 'id'"],
    ["{card: {driver: d}, devices: []}", "f:3:13: there is no field 'driver'", "The fields of 'card' are id."],
    [
      "{card: {id: 10de26b9}, devices: []}",
      "f:3:17: '10de26b9' is not a PCI id",
      "A PCI id is that of the vendor and of the device: 10de:26b9.",
    ],
    ["{card: {id: [x]}, devices: []}", "f:3:17: a PCI id is expected"],
    ["{parent: .., devices: []}", "f:3:14: '..' cannot be a name, because it is '..'"],
    [
      "{parent: scripts.d, devices: []}",
      "f:3:14: 'scripts.d' cannot be a parent's name, because it is the scripts' directory",
    ],
    ["{parent: [p], devices: []}", "f:3:14: the name of a parent device, or its driver is expected"],
    ["{parent: {}, devices: []}", "f:3:14: 'parent' has no 'driver'"],
    ["{parent: {id: a}, devices: []}", "f:3:15: there is no field 'id'", "The fields of 'parent' are driver."],
    ["{parent: {driver: a/b}, devices: []}", "f:3:23: 'a/b' cannot be a name, because it has a '/'"],
    ["{parent: p, vfs: true, devices: []}", "f:3:22: only cards have 'vfs'"],
    ["{parent: {driver: d}, vfs: false, devices: []}", "f:3:32: only cards have 'vfs'"],
    ["{parent: p, mixed-sizes: true, devices: []}", "f:3:30: only cards have 'mixed-sizes'"],
    ["{parent: p, devices: [{type: t, vf: 0}]}", "f:3:41: only devices of cards have 'vf'"],
    ["{card: c, vfs: yes, devices: []}", "f:3:20: 'yes' is neither true nor false"],
    ["{card: c, vfs: [], devices: []}", "f:3:20: true or false is expected"],
    ["{card: c, mixed-sizes: True, devices: []}", "f:3:28: 'True' is neither true nor false"],
    ["{card: c, when: , devices: []}", "f:3:19: 'when' is not a map of host, label"],
    ["{card: c, when: gpu, devices: []}", "f:3:21: 'when' is not a map of host, label"],
    ["{card: c, when: {hots: a}, devices: []}", "f:3:22: there is no field 'hots'", "Did you mean 'host'?"],
    ["{card: c, when: {labels: {}}, devices: []}", "f:3:22: there is no field 'labels'", "Did you mean 'label'?"],
    ["{card: c, when: {host: }, devices: []}", "f:3:26: the name of the host is empty"],
    ["{card: c, when: {host: [a]}, devices: []}", "f:3:28: the name of a host is expected"],
    ["{card: c, when: {label: pool=a}, devices: []}", "f:3:29: a map of labels, as in {pool: inference}, is expected"],
    ["{card: c, when: {label: {pool: [a]}}, devices: []}", "f:3:36: the value of a label is expected"],
  ])("in a group: %s", (text, message, hint) => {
    const whole = `version: 1\ngroups:\n  - ${text}`;
    expect(() => read(whole)).toThrow(new UsageError(message, hint));
  });

  test.each<[device: string, message: string, hint?: string]>([
    ["{}", "f:3:5: a device has no 'type'"],
    ["{type: }", "f:3:10: '' cannot be a name, because it is empty"],
    ["{type: a/b}", "f:3:12: 'a/b' cannot be a name, because it has a '/'"],
    ["{type: [t]}", "f:3:12: the name of a type is expected"],
    ["{type: t, cuont: 1}", "f:3:15: there is no field 'cuont'", "Did you mean 'count'?"],
    ["{type: t, x: 1}", "f:3:15: there is no field 'x'", `The fields of a device are ${deviceFields}.`],
    ["{type: t, count: 0}", "f:3:22: '0' is not a number from 1 to 999999"],
    ["{type: t, count: -1}", "f:3:22: '-1' is not a number from 1 to 999999"],
    ["{type: t, count: 4.0}", "f:3:22: '4.0' is not a number from 1 to 999999"],
    ["{type: t, count: 0x4}", "f:3:22: '0x4' is not a number from 1 to 999999"],
    ["{type: t, count: 1000000}", "f:3:22: '1000000' is not a number from 1 to 999999"],
    ["{type: t, count: 65537}", "f:3:5: there are more than 65536 devices"],
    ["{type: t, count: [1]}", "f:3:22: a number is expected"],
    [`{type: t, count: 4, uuid: ${uuid}}`, "f:3:31: 'uuid' is of one device, and 'count' is 4"],
    ["{type: t, vf: 1, count: 2}", "f:3:19: 'vf' is of one device, and 'count' is 2"],
    ["{type: t, vf: -1}", "f:3:19: '-1' is not a number from 0 to 999999"],
    ["{type: t, vf: 01}", "f:3:19: '01' is not a number from 0 to 999999"],
    ["{type: t, vf: }", "f:3:17: '' is not a number from 0 to 999999"],
    ["{type: t, uuid: 8500d1a2}", "f:3:21: '8500d1a2' is not a UUID"],
    ["{type: t, uuid: }", "f:3:19: '' is not a UUID"],
    ["{type: t, uuid: ~}", "f:3:21: '~' is not a UUID"],
    ["{type: t, uuid: {}}", "f:3:21: a UUID is expected"],
    ["{type: t, start: Auto}", "f:3:22: 'Auto' is neither auto nor manual"],
    ["{type: t, start: []}", "f:3:22: auto or manual is expected"],
    ["{type: t, active: no}", "f:3:23: 'no' is neither true nor false"],
    ["{type: t, active: {}}", "f:3:23: true or false is expected"],
    [
      "{type: t, attrs: }",
      "f:3:20: a list of attributes, as in [{name: value}], is expected",
      "A list that is empty is written as [].",
    ],
    ["{type: t, attrs: {a: 1}}", "f:3:22: a list of attributes, as in [{name: value}], is expected"],
    ["{type: t, attrs: [a]}", "f:3:23: one attribute is expected, as in {name: value}"],
    ["{type: t, attrs: [{}]}", "f:3:23: one attribute is expected, as in {name: value}"],
    ["{type: t, attrs: [{a: 1, b: 2}]}", "f:3:23: one attribute is expected, as in {name: value}"],
    ["{type: t, attrs: [{a: [1]}]}", "f:3:27: the value of 'a' is expected"],
    [
      "{type: t, attrs: [{../a: 1}]}",
      "f:3:24: '../a' cannot be an attribute's name, because it has a part that is '..'",
    ],
    ["{type: t, attrs: [{/a: 1}]}", "f:3:24: '/a' cannot be an attribute's name, because it is absolute"],
  ])("in a device: %s", (text, message, hint) => {
    const whole = `version: 1\ngroups: [{card: c, devices: [\n    ${text}]}]`;
    expect(() => read(whole)).toThrow(new UsageError(message, hint));
  });
});

test("65536 devices are not too many, in one group or in several", () => {
  const large = deviceWith("count: 65536");
  expect(read(large)[0]?.devices).toHaveLength(65536);
  const groups = `  - {card: c, devices: [{type: t, count: 32768}]}\n`.repeat(2);
  expect(read(`version: 1\ngroups:\n${groups}`)).toHaveLength(2);
  expect(() => read(`version: 1\ngroups:\n${groups}  - {card: c, devices: [{type: t}]}`)).toThrow(
    "f:5:5: there are more than 65536 devices",
  );
});

test("aliases save writing, and do not make a file too large to be read", () => {
  const groups = read(`version: 1\ngroups:\n  - {card: c, devices: &d [{type: t}]}\n  - {card: e, devices: *d}`);
  expect(groups.map(({ devices }) => devices.length)).toEqual([1, 1]);
  const attributes = `&a [${"{a: b},".repeat(50_000)}]`;
  const others = "{type: t, attrs: *a},".repeat(20_000);
  expect(() => read(deviceWith(`attrs: ${attributes}}, ${others} {type: t`))).toThrow("more than 1000000 values");
});

test("names in messages are as they are, because whoever prints them escapes what a terminal would obey", () => {
  expect(() => read('version: 1\n"\\e[2J": 1')).toThrow("f:2:1: there is no field '\x1b[2J'");
});
