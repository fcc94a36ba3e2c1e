import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAttributeName, parseName, parseParent } from "../names.ts";
import { readGroups, type Target, type WantedDevice } from "./file.ts";
import { formatState, type State, type StateDevice, type StateGroup } from "./state.ts";

const uuid = "8500d1a2-6d5c-4a3c-8f0e-2f6b1c9d0e47";

test("a file of what a host has", () => {
  const state: State = {
    version: 1,
    groups: [
      {
        card: "0000:82:00.0",
        "mixed-sizes": true,
        devices: [
          { type: "L40S-8Q", uuid, vf: 0 },
          { type: "RTX Pro 6000 Blackwell DC-3Q", count: 2, start: "manual", active: true },
        ],
      },
      { card: { id: "10de:26b9" }, devices: [] },
      {
        parent: "matrix",
        devices: [
          {
            type: "vfio_ap-passthrough",
            attrs: [{ assign_adapter: "0xab" }, { "a: b": "# \x1b\u2028'\"" }, { c: "" }],
          },
        ],
      },
      { parent: "it's", devices: [] },
    ],
  };
  const comments = ({ parent }: StateGroup) =>
    parent === "matrix" ? { beside: "crypto\n\x1b", below: ["active: x", "y\nz"] } : {};
  expect(formatState(state, comments)).toBe(String.raw`version: 1
groups:
  - card: "0000:82:00.0"
    mixed-sizes: true
    devices:
      - {type: L40S-8Q, uuid: ${uuid}, vf: 0}
      - {type: "RTX Pro 6000 Blackwell DC-3Q", count: 2, start: manual, active: true}
  - card: {id: "10de:26b9"}
    devices: []
  - parent: matrix # crypto\n\x1b
    devices:
      - {type: vfio_ap-passthrough, attrs: [{assign_adapter: "0xab"}, {"a: b": "# \u001b\u2028'\""}, {c: ""}]}
      # active: x
      # y\nz
  - parent: "it's"
    devices: []
`);
});

test("a host without cards and parents has an empty file", () => {
  const text = formatState({ version: 1, groups: [] }, () => ({}));
  expect(text).toBe("version: 1\ngroups: []\n");
  expect(readGroups({ name: "f", text })).toEqual([]);
});

/** Texts with what YAML gives a meaning to, at the beginning, inside and at the end. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ..."\u0000\t\n\r\u001b\u007f\u0085\u009b\u00a0\u2028\u2029\u202e\ufeff\ufffd\ufffe\uffff\ud800\udc00",
        ),
        fc.constantFrom(..." -?:,[]{}#&*!|>'\"%@`~=<.0e_\\/a"),
        fc.constantFrom(": ", " #", "---", "...", "null", "true", "0x1", "<<", "\\n", "\r\n"),
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join("")),
);
const accepted = (parse: (text: string) => string) =>
  text.filter((each) => {
    try {
      return parse(each) === each;
    } catch {
      return false;
    }
  });

const device = (isOfCard: boolean): fc.Arbitrary<StateDevice> =>
  fc.record(
    {
      type: accepted(parseName),
      uuid: fc.uuid(),
      ...(isOfCard && { vf: fc.nat(999_999) }),
      start: fc.constant("manual" as const),
      active: fc.boolean(),
      attrs: fc.array(
        fc.tuple(accepted(parseAttributeName), text).map(([name, value]) => ({ [name]: value })),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: ["type"] },
  );
const group: fc.Arbitrary<StateGroup> = fc.oneof(
  fc.record(
    {
      card: fc.oneof(accepted(parseParent), fc.constant({ id: "10de:26b9" })),
      "mixed-sizes": fc.boolean(),
      devices: fc.array(device(true), { maxLength: 3 }),
    },
    { requiredKeys: ["card", "devices"] },
  ),
  fc.record({ parent: accepted(parseParent), devices: fc.array(device(false), { maxLength: 3 }) }),
);

test("what is written is read as the same, whatever the texts, and no terminal obeys it", () => {
  fc.assert(
    fc.property(fc.array(group, { maxLength: 3 }), text, (groups, comment) => {
      const written = formatState({ version: 1, groups }, () => ({ beside: comment, below: [comment] }));
      expect(written).toMatch(/^[\t\n -~\u00a0-\uffff]*$/);
      expect(written).not.toMatch(/[\u2028\u2029\u202e]/);
      const read = readGroups({ name: "f", text: written });
      expect(read.map(({ target }) => describeTarget(target))).toEqual(
        groups.map(({ card, parent }) => card ?? parent),
      );
      expect(read.map(({ mixedSizes }) => mixedSizes)).toEqual(groups.map((each) => each["mixed-sizes"]));
      expect(read.map(({ devices }) => devices.map(describeWanted))).toEqual(groups.map(({ devices }) => devices));
    }),
    { numRuns: 3000 },
  );
});

function describeTarget(target: Target): unknown {
  return target.kind === "cards" ? { id: target.id } : target.kind === "parents" ? undefined : target.name;
}

function describeWanted({ type, uuid, vf, start, active, attributes }: WantedDevice): StateDevice {
  return {
    type,
    ...(uuid !== undefined && { uuid }),
    ...(vf !== undefined && { vf }),
    ...(start === "manual" && { start }),
    ...(active !== undefined && { active }),
    ...(attributes.length > 0 && { attrs: attributes.map(({ name, value }) => ({ [name]: value })) }),
  };
}
