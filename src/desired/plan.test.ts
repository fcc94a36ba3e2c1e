// The plans of test/plans: each folder there has a host, a file for it, and the plan for people. A new case needs no code.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { createEscapes } from "../format.ts";
import { type Model, type ModelCard, observeModel } from "../testing/model.ts";
import { describePlan } from "./document.ts";
import { readGroups } from "./file.ts";
import { makePlan } from "./plan.ts";
import { formatPlan } from "./text.ts";

/** What a host.json says; most of it may be missing. */
interface Case extends Partial<Omit<Model, "cards">> {
  readonly cards?: readonly (Pick<ModelCard, "address" | "limit" | "memory" | "types"> & Partial<ModelCard>)[];
  /** Whether a callout script changes attributes of running devices. */
  readonly live?: boolean;
  /** The UUIDs of devices that have been stopped to be changed. */
  readonly stopped?: readonly string[];
}

const folder = new URL("../../test/plans", import.meta.url).pathname;

test.each(readdirSync(folder))("%s", async (name) => {
  const { cards = [], parents = [], devices = [], live = false, stopped = [] } = readCase(name);
  const model: Model = {
    cards: cards.map((card) => ({ hasFunctions: true, isMixed: false, tellsSizes: true, ...card })),
    parents,
    devices,
  };
  const facts = {
    observed: observeModel(model),
    mixedSizes: new Map(model.cards.map(({ address, isMixed }) => [address, isMixed])),
    isLive: () => live,
    stopped: new Set(stopped),
  };
  const text = readFileSync(join(folder, name, "state.yaml"), "utf8");
  const describe = (prune: boolean) => {
    try {
      const document = describePlan(makePlan(facts, readGroups({ name: "state.yaml", text }), { prune }));
      const warnings = document.warnings.map((warning) => `warning: ${warning}\n`);
      const look = { style: (_: string, words: string) => words, escapes: createEscapes({ isTerminal: true }) };
      return [...warnings, ...formatPlan(document, look)].join("");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [error.message, error.hint ?? []].flat().join("\n").concat("\n");
    }
  };
  const [kept, pruned] = [describe(false), describe(true)];
  const all = `$ mdevctl plan state.yaml\n${kept}`;
  await expect(kept === pruned ? all : `${all}$ mdevctl plan --prune state.yaml\n${pruned}`).toMatchFileSnapshot(
    join(folder, name, "plan.txt"),
  );
});

function readCase(name: string): Case {
  return JSON.parse(readFileSync(join(folder, name, "host.json"), "utf8"));
}
