// What `plan --json` and `apply --json` print is as docs/plan.schema.json has it, and what both print for people.

import { expect, test } from "vitest";
import { createEscapes } from "../format.ts";
import { type Model, type ModelCard, type ModelDevice, observeModel, takeStep } from "../testing/model.ts";
import { parsePlan } from "../testing/plan.ts";
import type { Applied, Taken } from "./applied.ts";
import { describeApplied, describePlan, type PlanDocument } from "./document.ts";
import { readGroups } from "./file.ts";
import { makePlan, type Plan } from "./plan.ts";
import { formatPlan } from "./text.ts";

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const card: ModelCard = {
  ...{ address: "0000:40:00.0", limit: 4, hasFunctions: true, isMixed: false, memory: 24, tellsSizes: true },
  types: [
    { type: "nvidia-2", name: "NVIDIA X-8Q", size: 8 },
    { type: "nvidia-3", name: "NVIDIA X-4Q", size: 4 },
  ],
};
const [first, second] = ["0000:40:01.0", "0000:40:01.1"];
const parent = { name: "mtty", capacity: 4, types: [{ type: "mtty-1", size: 1 }], driver: "mtty" };
const host = (...devices: ModelDevice[]): Model => ({ cards: [card], parents: [parent], devices });
const definition = { type: "nvidia-2", typeName: "NVIDIA X-8Q", start: "auto", attributes: [] } as const;
const serial = {
  type: "mtty-1",
  typeName: undefined,
  start: "manual",
  attributes: [{ name: "a", value: "b\n" }],
} as const;

const fileWith = (...groups: string[]) => `version: 1\ngroups:\n${groups.map((group) => `  - ${group}\n`).join("")}`;
const onCard = (...devices: string[]) => fileWith(`{card: ${card.address}, devices: [${devices.join(", ")}]}`);

function planFor(model: Model, text: string, { prune = false } = {}): Plan {
  const mixedSizes = new Map([[card.address, false]]);
  const facts = { observed: observeModel(model), mixedSizes, isLive: () => false, stopped: new Set<string>() };
  return makePlan(facts, readGroups({ name: "f", text }), { prune });
}

/** As far as it went; the steps after that have failed or have not been tried. */
function applyTo(model: Model, text: string, results: readonly Omit<Taken, "step">[]): Applied {
  const before = planFor(model, text);
  const taken = before.steps.map((step, index): Taken => {
    const named = "card" in step ? step : { ...step, device: { ...step.device, uuid: step.device.uuid ?? uuid(900) } };
    return { step: named, ...(results[index] ?? { result: "done" }) };
  });
  const done = taken.filter(({ result }) => result === "done");
  const after = done.reduce((state, { step }) => takeStep(state, step, () => uuid(900)), model);
  return { before, after: planFor(after, text), taken };
}

/** As it comes out of the program. */
const print = (document: PlanDocument) => parsePlan(JSON.stringify(document));

const running = { uuid: uuid(1), parent: first, active: "nvidia-2", definition };
const wantsOther = onCard(`{type: X-4Q, uuid: ${uuid(1)}}`);
const unfinished: readonly Omit<Taken, "step">[] = [
  { result: "done" },
  { result: "failed", error: "cannot modify it: \x1b", hint: "Look at it." },
  { result: "not-tried" },
];

const documents: Readonly<Record<string, () => PlanDocument>> = {
  "nothing to do": () => describePlan(planFor(host(running), onCard("{type: X-8Q}"))),
  "an empty file": () => describePlan(planFor(host(running), "version: 1\ngroups: []")),
  "new devices": () =>
    describePlan(planFor(host(), onCard("{type: X-8Q, count: 2}", `{type: X-8Q, uuid: ${uuid(5)}, vf: 3}`))),
  "another type": () => describePlan(planFor(host(running), wantsOther)),
  "a device in use": () => describePlan(planFor(host({ ...running, user: "vm\x1b" }), wantsOther)),
  "unmanaged devices": () => {
    const others = [
      { uuid: uuid(2), parent: second, active: "nvidia-2" },
      { ...running, parent: second, uuid: uuid(3), active: undefined },
    ];
    return describePlan(planFor(host(running, ...others), onCard("{type: X-8Q}")));
  },
  "an unmanaged device": () => describePlan(planFor(host(running), onCard())),
  "an unmanaged device that goes": () => describePlan(planFor(host(running), onCard(), { prune: true })),
  "virtual functions and mixed sizes": () => {
    const model = { ...host(), cards: [{ ...card, hasFunctions: false }] };
    const group = `{card: ${card.address}, vfs: true, mixed-sizes: true, devices: [{type: X-8Q}, {type: X-4Q, start: manual}]}`;
    return describePlan(planFor(model, fileWith(group)));
  },
  "a parent": () => {
    const devices = '[{type: mtty-1, start: manual, attrs: [{a: "c\\n"}]}, {type: mtty-1, active: false}]';
    const model = host({ uuid: uuid(4), parent: "mtty", active: "mtty-1", definition: serial });
    return describePlan(
      planFor(
        model,
        fileWith(`{parent: {driver: mtty}, devices: ${devices}}`, "{parent: {driver: none}, devices: []}"),
      ),
    );
  },
  "a device that moves, and another one like it": () => {
    const model = host({ uuid: uuid(1), parent: "mtty", active: "mtty-1" });
    const text = `${onCard(`{type: X-8Q, uuid: ${uuid(1)}}`)}  - {parent: mtty, devices: [{type: mtty-1}]}\n`;
    return describePlan(planFor(model, text));
  },
  "all done": () => describeApplied(applyTo(host(running), wantsOther, [])),
  "not all done": () => describeApplied(applyTo(host(running), wantsOther, unfinished)),
  "done, but for a device in use": () => {
    const model = host(
      { ...running, user: "vm" },
      { uuid: uuid(4), parent: "mtty", definition: { ...serial, attributes: [] } },
    );
    const text = `${wantsOther}  - {parent: mtty, devices: [{type: mtty-1, start: auto}]}\n`;
    return describeApplied(applyTo(model, text, []));
  },
};

test.each(Object.entries(documents))("the JSON is as its schema has it: %s", (_, make) => {
  const document = make();
  expect(print(document)).toEqual(document);
});

test("people see it like this, with control characters escaped on a terminal", async () => {
  const escapes = createEscapes({ isTerminal: true });
  const texts = Object.entries(documents).map(([name, make]) => {
    const text = [...formatPlan(make(), { style: (_, piece) => piece, escapes })].join("");
    return `# ${name}\n\n${text}`;
  });
  await expect(texts.join("\n")).toMatchFileSnapshot("document.test.txt");
});

test("a document that is not as the schema has it is refused", () => {
  const [step] = describePlan(planFor(host(), onCard("{type: X-8Q}"))).steps;
  const good = describePlan(planFor(host(), onCard()));
  const wrong: readonly unknown[] = [
    { ...good, version: 2 },
    { ...good, more: 1 },
    { ...good, before: { version: 1, groups: [{ card: "a" }] } },
    { ...good, in_sync: true, blocked: [{ ...step, users: [] }] },
    ...[
      { do: "reboot" },
      { card: "a" },
      { device: undefined },
      { do: "make-vfs" },
      { code: "No code" },
      { why: "" },
      { result: "failed" },
      { result: "done", error: "no" },
      { hint: "no" },
    ].map((change) => ({ ...good, in_sync: false, steps: [{ ...step, ...change }] })),
  ];
  for (const each of wrong) expect(() => parsePlan(JSON.stringify(each))).toThrow("not as in docs/plan.schema.json");
  expect(parsePlan(JSON.stringify({ ...good, in_sync: false, steps: [step] }))).toBeDefined();
});
