// What holds for all plans, tried on very many hosts and files; $MDEVCTL_PLAN_CASES says how many. The plans of chosen ones are in
// plan.test.ts.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Configuration } from "../device.ts";
import { UserError } from "../errors.ts";
import { functionsOf, type Model, type ModelCard, type ModelDevice, observeModel, takeStep } from "../testing/model.ts";
import { type Group, readGroups, type WantedDevice } from "./file.ts";
import { makePlan, type Plan } from "./plan.ts";
import { describeState, findPlaces, formatState, toRow } from "./state.ts";
import type { PlannedDevice, Step } from "./step.ts";

const at = { source: { name: "state.yaml", text: "" }, offset: 0 };
const uuidOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

const cardTypes = [
  { type: "nvidia-1", name: "NVIDIA X-4Q", size: 4 },
  { type: "nvidia-2", name: "NVIDIA X-8Q", size: 8 },
  { type: "nvidia-3", name: "NVIDIA X-8A", size: 8 },
  { type: "nvidia-4", name: "NVIDIA X-24Q", size: 24 },
];
/** One, because nobody can tell from sysfs how types share what a parent has. */
const parentTypes = [{ type: "mtty-1", size: 1 }];

const attributes = fc.constantFrom<Configuration["attributes"]>([], [], [{ name: "nvidia/vgpu_params", value: "a=1" }]);
const start = fc.constantFrom("auto", "auto", "manual");

const card = (number: number): fc.Arbitrary<ModelCard> =>
  fc.record({
    address: fc.constant(`0000:${40 + number}:00.0`),
    limit: fc.integer({ min: 1, max: 6 }),
    hasFunctions: fc.boolean().map((made) => made || number === 0),
    isMixed: fc.boolean(),
    memory: fc.constant(24),
    types: fc.constant(cardTypes),
    tellsSizes: fc.boolean(),
    pciId: fc.constant("10de:26b9"),
  });

interface Draft {
  readonly spot: number;
  readonly type: number;
  readonly isActive: boolean;
  readonly isUsed: boolean;
  readonly definition: Configuration | undefined;
  readonly attributes: Configuration["attributes"];
}

const draft: fc.Arbitrary<Draft> = fc.record({
  spot: fc.nat(30),
  type: fc.nat(30),
  isActive: fc.boolean(),
  isUsed: fc.nat(3).map((number) => number === 0),
  definition: fc.option(fc.record({ type: fc.constant(""), start, attributes }), { nil: undefined }),
  attributes,
});

/** The devices that its drivers allow, of those that are tried. */
function addDevices(model: Model, drafts: readonly Draft[]): Model {
  return drafts.reduce((before, { spot, type, isActive, isUsed, definition, attributes: got }, index) => {
    const spots = [...before.cards.flatMap(functionsOf), ...before.parents.map(({ name }) => name)];
    const parent = spots[spot % spots.length] ?? "";
    const own = before.cards.find((each) => functionsOf(each).includes(parent));
    const types = own?.types ?? parentTypes;
    const name = types[type % types.length]?.type ?? "";
    const device = { uuid: uuidOf(index), parent };
    const step = {
      ...device,
      card: own?.address,
      type: name,
      label: undefined,
      start: "manual",
      attributes: got,
    } as const;
    let started = before;
    try {
      if (isActive) started = takeStep(before, { do: "start", device: step, code: "", why: "" }, () => "");
    } catch {}
    const found = started.devices.find(({ uuid }) => uuid === device.uuid);
    const typeName = own?.types.find((each) => each.type === name)?.name;
    const made: ModelDevice = {
      ...device,
      ...found,
      definition: definition && {
        ...definition,
        type: name,
        typeName,
        attributes: found === undefined ? definition.attributes : got,
      },
      user: found !== undefined && isUsed ? "vm" : undefined,
    };
    if (made.active === undefined && made.definition === undefined) return before;
    return { ...started, devices: [...started.devices.filter(({ uuid }) => uuid !== device.uuid), made] };
  }, model);
}

const host: fc.Arbitrary<Model> = fc
  .record({
    cards: fc.nat(2).chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => card(index)))),
    parents: fc.constant([{ name: "mtty", capacity: 4, types: parentTypes, driver: "mtty" }]),
    drafts: fc.array(draft, { maxLength: 12 }),
  })
  .map(({ cards, parents, drafts }) => addDevices({ cards, parents, devices: [] }, drafts));

/** Some devices are defined under other parents, too. */
const hostWithTwins: fc.Arbitrary<Model> = fc
  .tuple(host, fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 2 }))
  .map(([model, twins]) =>
    twins.reduce((before, [number, spot]): Model => {
      const device = before.devices[number % Math.max(1, before.devices.length)];
      const owners = [
        ...before.cards.map((own) => [functionsOf(own), cardTypes] as const),
        [["mtty"], parentTypes] as const,
      ];
      const spots = owners.flatMap(([parents, types]) => parents.map((parent) => ({ parent, types })));
      const { parent = "", types = parentTypes } = spots[spot % spots.length] ?? {};
      const isThere = before.devices.some((each) => each.uuid === device?.uuid && each.parent === parent);
      if (device === undefined || isThere) return before;
      const definition = { type: types[0]?.type ?? "", typeName: undefined, start: "auto", attributes: [] } as const;
      return { ...model, devices: before.devices.concat({ uuid: device.uuid, parent, definition }) };
    }, model),
  );

interface WantedDraft {
  readonly type: number;
  readonly uuid: number | undefined;
  readonly vf: number | undefined;
  readonly start: "auto" | "manual";
  readonly active: boolean | undefined;
  readonly attributes: Configuration["attributes"];
}

const wantedDraft: fc.Arbitrary<WantedDraft> = fc.record({
  type: fc.nat(30),
  uuid: fc.option(fc.nat(14), { nil: undefined, freq: 1 }),
  vf: fc.option(fc.nat(5), { nil: undefined, freq: 1 }),
  start,
  active: fc.constantFrom(undefined, undefined, undefined, true, false),
  attributes,
});

const file = fc.record({
  devices: fc.array(fc.array(wantedDraft, { maxLength: 5 }), { minLength: 3, maxLength: 3 }),
  vfs: fc.boolean(),
  mixedSizes: fc.constantFrom(undefined, undefined, true, false),
  isLive: fc.boolean(),
  prune: fc.boolean(),
});

function writeGroups(
  model: Model,
  { devices, vfs, mixedSizes }: { devices: WantedDraft[][]; vfs: boolean; mixedSizes: boolean | undefined },
): Group[] {
  const used = new Set<number>();
  const write = (drafts: WantedDraft[], types: readonly { type: string }[], isCard: boolean) =>
    drafts.map((each): WantedDevice => {
      const uuid = each.uuid === undefined || used.has(each.uuid) ? undefined : each.uuid;
      if (uuid !== undefined) used.add(uuid);
      return {
        at,
        type: types[each.type % types.length]?.type ?? "",
        uuid: uuid === undefined ? undefined : uuidOf(uuid),
        vf: isCard ? each.vf : undefined,
        ...{ start: each.start, active: each.active, attributes: each.attributes },
      };
    });
  const when = { host: undefined, labels: new Map<string, string>() };
  return [
    ...model.cards.map(
      ({ address: name }, index): Group => ({
        ...{ at, when, target: { kind: "card", name }, vfs, mixedSizes },
        devices: write(devices[index] ?? [], cardTypes, true),
      }),
    ),
    ...model.parents.map(
      ({ name }): Group => ({
        ...{ at, when, target: { kind: "parent", name }, vfs: false, mixedSizes: undefined },
        devices: write(devices[2] ?? [], parentTypes, false),
      }),
    ),
  ];
}

function factsOf(model: Model, isLive: boolean, stopped: ReadonlySet<string> = new Set()) {
  return {
    observed: observeModel(model),
    mixedSizes: new Map(
      model.cards.flatMap(({ address, hasFunctions, isMixed }) => (hasFunctions ? [[address, isMixed] as const] : [])),
    ),
    isLive: () => isLive,
    stopped,
  };
}

let countOfNew = 1000;

/** What the plan makes of the host. */
function apply(model: Model, plan: Plan): Model {
  const uuids = new Map<PlannedDevice, string>();
  const nameNew = (device: PlannedDevice) => {
    const uuid = uuids.get(device) ?? uuidOf(countOfNew++);
    uuids.set(device, uuid);
    return uuid;
  };
  return untilMade(plan).reduce((before, step) => takeStep(before, step, nameNew), model);
}

/** What cards without virtual functions can have may show only then, so the plan is made again. */
function untilMade({ steps }: Plan): readonly Step[] {
  const last = steps.findLastIndex((step) => step.do === "make-vfs");
  return last < 0 ? steps : steps.slice(0, last + 1);
}

/** Those that are stopped and started. */
function findRestarts({ steps }: Plan): string[] {
  const uuidsOf = (action: Step["do"]) =>
    steps.flatMap((step) => (step.do === action && "device" in step ? (step.device.uuid ?? []) : []));
  return uuidsOf("stop").filter((uuid) => uuidsOf("start").includes(uuid));
}

/** Undefined if the host cannot have what the file says. */
function orRefusal<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

describe("whatever the host has and the file says", () => {
  const runs = { numRuns: Number(process.env.MDEVCTL_PLAN_CASES ?? 1000) };
  const plans = fc.tuple(hostWithTwins, file);

  test("the plan can be done, and the plan made afterwards is empty but for what is blocked", () => {
    fc.assert(
      fc.property(plans, ([model, wanted]) => {
        const groups = writeGroups(model, wanted);
        const stopped = new Set<string>();
        const plan = (state: Model) => makePlan(factsOf(state, wanted.isLive, stopped), groups, wanted);
        const first = orRefusal(() => plan(model));
        if (first === undefined) return;
        const tells = model.cards.every(({ tellsSizes }) => tellsSizes);
        let [state, next] = [model, first];
        for (let round = 0; next.steps.length > 0 && round < (tells ? 2 : 4); round++) {
          for (const uuid of findRestarts(next)) stopped.add(uuid);
          try {
            state = apply(state, next);
          } catch (error) {
            // Without sizes, only the driver knows what there is room for.
            if (!tells && `${error}`.includes("there is no room")) return;
            throw error;
          }
          const again = orRefusal(() => plan(state));
          // What a card without virtual functions can have, its driver may not tell before.
          if (again === undefined && !tells) return;
          next = again ?? next;
        }
        expect(next.steps).toEqual([]);
        if (tells) expect(next.blocked.length).toBeLessThanOrEqual(first.blocked.length);
      }),
      runs,
    );
  });

  test("the file that describes the host asks for nothing", () => {
    fc.assert(
      fc.property(host, ({ cards, parents, devices }) => {
        const model = { cards, parents, devices: devices.filter(({ definition }) => definition !== undefined) };
        const facts = factsOf(model, false);
        const state = describeState(findPlaces(facts.observed), facts.observed.devices.flatMap(toRow), {
          isExact: false,
        });
        const text = formatState(state, () => ({}));
        const { steps, blocked, unmanaged } = makePlan(facts, readGroups({ name: "state.yaml", text }), {
          prune: true,
        });
        expect([steps, blocked, unmanaged]).toEqual([[], [], []]);
      }),
      runs,
    );
  });

  test("no other choice of devices means that fewer are stopped", () => {
    fc.assert(
      fc.property(smallHost, fc.array(wantedDraft, { maxLength: 3 }), (model, drafts) => {
        const anyone = drafts.map((each) => ({ ...each, uuid: undefined, vf: undefined }));
        const devices = model.cards.length > 0 ? [anyone] : [[], [], anyone];
        const [group] = writeGroups(model, { devices, vfs: false, mixedSizes: undefined });
        if (group === undefined) return;
        const facts = factsOf(model, false);
        const plan = orRefusal(() => makePlan(facts, [group], { prune: true }));
        if (plan === undefined) return;
        // Each wanted device may be any of its type that is there, or a new one.
        const typeOf = new Map(model.devices.map(({ uuid, active, definition }) => [uuid, active ?? definition?.type]));
        const names = [...typeOf.keys(), ...anyone.map((_, index) => uuidOf(100 + index))];
        const others = choose(names, anyone.length).flatMap((uuids) => {
          const named = group.devices.map((device, index) => ({ ...device, uuid: uuids[index] }));
          if (named.some(({ uuid = "", type }) => (typeOf.get(uuid) ?? type) !== type)) return [];
          return orRefusal(() => makePlan(facts, [{ ...group, devices: named }], { prune: true })) ?? [];
        });
        const countStops = ({ steps }: Plan) => steps.filter(({ do: action }) => action === "stop").length;
        const possible = others.filter(({ blocked }) => blocked.length <= plan.blocked.length);
        expect(countStops(plan)).toBe(Math.min(countStops(plan), ...possible.map(countStops)));
      }),
      runs,
    );
  });
});

/** A card or a parent with few devices. */
const smallHost: fc.Arbitrary<Model> = fc
  .tuple(fc.option(card(0), { nil: undefined }), fc.array(draft, { maxLength: 3 }))
  .map(([own, drafts]) => {
    const parents = own === undefined ? [{ name: "mtty", capacity: 12, types: parentTypes, driver: "mtty" }] : [];
    const cards = own === undefined ? [] : [{ ...own, hasFunctions: true, tellsSizes: true }];
    return addDevices({ cards, parents, devices: [] }, drafts);
  });

/** All ways to take so many of the items, in any order. */
function choose<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, index) =>
    choose([...items.slice(0, index), ...items.slice(index + 1)], count - 1).map((rest) => [item, ...rest]),
  );
}
