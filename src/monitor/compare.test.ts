import fc from "fast-check";
import { expect, test } from "vitest";
import type { DeviceReport } from "../kernel/signs.ts";
import type { DeviceStatus } from "../status/document.ts";
import { A, B } from "../testing/machine.ts";
import { addTold, compareSeen, dropTold, listSeen, type Seen, type Told } from "./compare.ts";

interface Facts {
  readonly type?: string;
  readonly active?: boolean;
  /** Its start mode; undefined if it is not defined. */
  readonly start?: "auto" | "manual";
}

function describeRow(uuid: string, { type = "mtty-1", active = false, start }: Facts): DeviceStatus {
  return {
    ...{ uuid, parent: "mtty", card: null, framework: "mdev", type, type_name: null },
    ...{ start: start ?? null, defined: start !== undefined, active, owner: null, attrs: [], in_use: false, users: [] },
  };
}

function look(devices: Readonly<Record<string, Facts>>, parents: readonly string[] = ["mtty"]): Seen {
  const there = Object.entries(devices).filter(([, { active, start }]) => active || start !== undefined);
  return {
    parents: new Map(parents.map((parent) => [parent, { framework: "mdev", parent, card: null }])),
    devices: new Map(
      there.map(([uuid, facts]) => {
        const definition = facts.start === undefined ? undefined : JSON.stringify([facts.type, facts.start]);
        return [`mtty/${uuid}`, { row: describeRow(uuid, facts), definition }];
      }),
    ),
  };
}

const report = (what: DeviceReport["what"], uuid = A): DeviceReport => {
  return { what, framework: "mdev", parent: "mtty", uuid };
};

const defined: Facts = { start: "manual" };
const active: Facts = { active: true };
const both: Facts = { active: true, start: "manual" };

test.each<[string, Facts, Facts, DeviceReport[], string[]]>([
  ["nothing has changed", both, both, [], []],
  ["what was noticed late has been told", both, both, [report("started")], []],
  ["a definition", {}, defined, [], ["defined"]],
  ["a definition and a start", {}, both, [report("started")], ["defined", "started"]],
  ["a start", defined, both, [report("started")], ["started"]],
  ["a stop", both, defined, [report("stopped")], ["stopped"]],
  ["a stop that is found by looking", active, {}, [], ["stopped"]],
  ["the end of both", both, {}, [report("stopped")], ["stopped", "undefined"]],
  ["another start mode", both, { ...both, start: "auto" }, [], ["modified"]],
  ["another type", { ...active, type: "mtty-2" }, active, [], ["stopped", "started"]],
  ["a restart", active, active, [report("stopped"), report("started")], ["stopped", "started"]],
  [
    "a restart with another definition",
    both,
    { ...both, start: "auto" },
    [report("stopped"), report("started")],
    ["stopped", "modified", "started"],
  ],
  ["a short life", {}, {}, [report("started"), report("stopped")], ["started", "stopped"]],
  ["a short life of a defined device", defined, defined, [report("started")], ["started", "stopped"]],
  [
    "a stop with a short life after it",
    both,
    defined,
    [report("stopped"), report("started"), report("stopped")],
    ["stopped"],
  ],
  ["the end of a short life that has been told", {}, {}, [report("stopped")], []],
])("%s", (_, before, after, reports, events) => {
  const changes = compareSeen(look({ [A]: before }), look({ [A]: after }), reports);
  expect(changes.map(({ event }) => event)).toEqual(events);
});

test("a report that comes after the look has shown it is no news, but the next one is", () => {
  const told: Told = new Map();
  const looks: [Facts, DeviceReport[], string[]][] = [
    [active, [], ["started"]],
    [{}, [], ["stopped"]],
    [{}, [report("started"), report("stopped")], []],
    [{}, [report("started"), report("stopped")], ["started", "stopped"]],
    [active, [report("started")], ["started"]],
    [active, [report("stopped"), report("started")], ["stopped", "started"]],
  ];
  let before = look({});
  for (const [facts, reports, events] of looks) {
    const now = look({ [A]: facts });
    const news = dropTold(reports, told);
    const changes = compareSeen(before, now, news);
    addTold(changes, news, told);
    expect(changes.map(({ event }) => event)).toEqual(events);
    before = now;
  }
  expect(told.size).toBe(0);
});

test("devices end before their parent, and begin after it", () => {
  const [with_, without] = [look({ [A]: both }, ["mtty", "other"]), look({}, ["other"])];
  const events = (changes: ReturnType<typeof compareSeen>) => changes.map(({ event, parent }) => `${event} ${parent}`);
  expect(events(compareSeen(with_, without, []))).toEqual(["stopped mtty", "undefined mtty", "parent-removed mtty"]);
  expect(events(compareSeen(without, with_, []))).toEqual(["parent-added mtty", "defined mtty", "started mtty"]);
  expect(events(listSeen(with_))).toEqual(["parent-present mtty", "parent-present other", "present mtty"]);
});

test("a device that has gone is told of as it was, without what it has no more", () => {
  const [stopped, gone] = compareSeen(look({ [A]: { ...both, type: "mtty-2" } }), look({}), []);
  expect(stopped).toMatchObject({ uuid: A, type: "mtty-2", active: false });
  expect(gone).toMatchObject({ uuid: A, type: "mtty-2", active: false, defined: false, start: null });
});

const someFacts = fc.record({
  type: fc.constantFrom("mtty-1", "mtty-2"),
  active: fc.boolean(),
  start: fc.constantFrom(undefined, "auto" as const, "manual" as const),
});
const someLook = fc.record({ [A]: someFacts, [B]: someFacts }).map((devices) => {
  return look(
    Object.fromEntries(
      Object.entries(devices).map(([uuid, { start, ...rest }]) => [
        uuid,
        start === undefined ? rest : { ...rest, start },
      ]),
    ),
  );
});
const someReports = fc.array(fc.record({ what: fc.constantFrom("started", "stopped"), uuid: fc.constantFrom(A, B) }), {
  maxLength: 4,
});

test("whoever keeps the row of each device has what was seen last, whatever was seen before and reported", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(someLook, someReports), { minLength: 1, maxLength: 6 }), (looks) => {
      const rows = new Map<string, unknown>();
      let before: Seen | undefined;
      for (const [now, reported] of looks) {
        const reports = reported.map(({ what, uuid }) => report(what, uuid));
        for (const change of before === undefined ? listSeen(now) : compareSeen(before, now, reports)) {
          if (change.uuid === null) continue;
          const { event, ...row } = change;
          const isThere = row.defined || row.active;
          if (isThere) rows.set(row.uuid, row);
          else rows.delete(row.uuid);
        }
        before = now;
        const seen = Array.from(now.devices.values(), ({ row }): [string, unknown] => [row.uuid, row]);
        expect(new Map([...rows].sort())).toEqual(new Map(seen.sort()));
      }
    }),
  );
});
