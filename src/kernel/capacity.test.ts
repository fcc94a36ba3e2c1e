import { describe, expect, test } from "vitest";
import { type CardState, findCapacity } from "./capacity.ts";
import type { TypeSize } from "./framework.ts";

const gibibyte = 1024 ** 3;

/** A parent of a card, with the types that it offers now: `8Q` for one whose name tells that it takes 8 GiB. */
function parent(name: string, ...labels: string[]) {
  const types = labels.map((label) => ({
    ...{ name: label, availableInstances: 1, deviceApi: "vfio-pci" },
    ...{ label: label === "unknown" ? "" : `NVIDIA X-${label}`, description: "" },
  }));
  return { name, card: "card", types };
}

function size(type: string, memory: number, most: number | undefined, isOfSlice = false): TypeSize {
  return { type, name: `NVIDIA X-${type}`, memory: memory * gibibyte, most, isOfSlice };
}

const sizes = [size("1B", 1, 16), size("8Q", 8, 6), size("8A", 8, 6), size("24Q", 24, 2), size("48Q", 48, 1)];
const all = sizes.map(({ type }) => type);
const of = (state: Partial<CardState>) => findCapacity({ parents: [], active: [], sizes: [], ...state });
const free = (state: Partial<CardState>) =>
  Object.fromEntries(of(state).types.map(({ type, free }) => [type, free ?? null]));

/** So many parents, each of which offers these types. */
const parents = (count: number, ...labels: string[]) =>
  Array.from({ length: count }, (_, index) => parent(`free${index}`, ...labels));
/** So many active devices of the type, with the parents that they have. */
const active = (count: number, type: string) =>
  Array.from({ length: count }, (_, index) => ({ parent: `${type}${index}`, type }));

describe("where the driver tells the sizes", () => {
  test.each<[string, Partial<CardState>, Record<string, number | null>]>([
    ["nothing is active", { parents: parents(32, ...all) }, { "1B": 16, "8Q": 6, "8A": 6, "24Q": 2, "48Q": 1 }],
    ["there are few parents", { parents: parents(4, ...all) }, { "1B": 4, "8Q": 4, "8A": 4, "24Q": 2, "48Q": 1 }],
    [
      "all have one size",
      { parents: parents(30, "8Q", "8A"), active: [...active(2, "8Q"), ...active(1, "8A")] },
      { "1B": 0, "8Q": 3, "8A": 3, "24Q": 0, "48Q": 0 },
    ],
    [
      "sizes are mixed",
      { parents: parents(20, "1B", "8Q", "8A"), active: [...active(1, "24Q"), ...active(1, "8Q")] },
      { "1B": 16, "8Q": 2, "8A": 2, "24Q": 0, "48Q": 0 },
    ],
    [
      "the card is full",
      { parents: parents(30), active: active(6, "8Q") },
      { "1B": 0, "8Q": 0, "8A": 0, "24Q": 0, "48Q": 0 },
    ],
    [
      "the last parent offers one, whatever the arithmetic says",
      { parents: parents(1, "8Q"), active: active(6, "8Q") },
      { "1B": 0, "8Q": 1, "8A": 0, "24Q": 0, "48Q": 0 },
    ],
  ])("and %s, what is free is true", (_what, state, expected) => {
    expect(free({ ...state, sizes })).toEqual(expected);
  });

  test("what is active counts for the type, and in no parent twice", () => {
    const state = { parents: [parent("8Q0", "8Q"), ...parents(3, "8Q")], active: active(1, "8Q"), sizes };
    expect(of(state).types.find(({ type }) => type === "8Q")).toEqual({
      ...{ type: "8Q", name: "NVIDIA X-8Q", size: size("8Q", 8, 6) },
      ...{ active: 1, offers: 3, free: 3 },
    });
  });

  test.each([
    [parents(9, ...all), [], undefined],
    [parents(9, "8Q", "8A"), active(1, "8A"), false],
    [parents(9, "1B", "8Q"), active(1, "8A"), true],
    [parents(0), [...active(1, "8A"), ...active(1, "24Q")], true],
  ] as const)(
    "the memory of the card is known, and whether sizes are mixed as far as something tells",
    (parents, active, mixedSizes) => {
      expect(of({ parents, active, sizes })).toMatchObject({ memory: 48 * gibibyte, mixedSizes });
    },
  );
});

describe("where only names tell sizes", () => {
  test.each<[string, Partial<CardState>, Record<string, number | null>]>([
    [
      "an empty card tells its memory",
      { parents: parents(32, ...all) },
      { "1B": 32, "8Q": 6, "8A": 6, "24Q": 2, "48Q": 1 },
    ],
    [
      "nobody knows how much is left, but whether there is any",
      { parents: parents(5, "8Q"), active: active(1, "8Q") },
      { "8Q": null },
    ],
    ["one parent has room for one", { parents: parents(1, "8Q"), active: active(1, "8Q") }, { "8Q": 1 }],
    ["a full card is full", { parents: parents(5), active: active(1, "8Q") }, { "8Q": 0 }],
    ["a name may tell nothing", { parents: parents(2, "unknown") }, { unknown: null }],
    [
      "a slice of a card says nothing of the card",
      { parents: parents(3, "1-24Q", "48Q") },
      { "1-24Q": null, "48Q": 1 },
    ],
    ["the smallest size has a 0 in its name", { parents: parents(9, "0B", "2Q") }, { "0B": 4, "2Q": 1 }],
  ])("%s", (_what, state, expected) => {
    expect(free(state)).toEqual(expected);
  });

  test("on the mdev bus, the driver's text tells how many there can be", () => {
    const type = {
      ...{ name: "nvidia-563", availableInstances: 1, deviceApi: "vfio-pci", label: "NVIDIA A40-8Q" },
      description: "num_heads=4, frl_config=60, framebuffer=8192M, max_resolution=5120x2880, max_instance=6",
    };
    const card = Array.from({ length: 16 }, (_, index) => ({ name: `vf${index}`, types: [type] }));
    expect(of({ parents: card }).types).toMatchObject([{ size: { memory: 8 * gibibyte }, free: 6, offers: 16 }]);
    const used = [{ parent: "vf0", type: "nvidia-563" }];
    expect(of({ parents: card, active: used }).types).toMatchObject([{ active: 1, free: 5, offers: 15 }]);
  });
});

test("types are sorted by size", () => {
  const reversed = [...sizes].reverse();
  expect(of({ sizes: reversed }).types.map(({ type }) => type)).toEqual(["1B", "8A", "8Q", "24Q", "48Q"]);
});
