// The plan for this host: what was observed, and what only some files ask for.

import type { Callouts } from "../callout/callouts.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { CardSetup } from "../kernel/framework.ts";
import { frameworks } from "../kernel/frameworks.ts";
import { type Observed, observe } from "../observed.ts";
import type { Uuid } from "../uuid.ts";
import { findAreas } from "./areas.ts";
import type { Group } from "./file.ts";
import { type Facts, makePlan, type Plan } from "./plan.ts";

export interface PlanTerms {
  readonly callouts: Callouts;
  /** Devices that were stopped to be changed. */
  readonly stopped: ReadonlySet<Uuid>;
  readonly prune: boolean;
}

/** See `makePlan`. */
export async function planHost(host: Host, groups: readonly Group[], terms: PlanTerms): Promise<Plan> {
  const { callouts, stopped, prune } = terms;
  const observed = await observe(host);
  const mixedSizes = await findMixedSizes(host, observed, groups);
  const facts: Facts = { observed, mixedSizes, isLive: () => false, stopped };
  const plan = makePlan(facts, groups, { prune });
  // Scripts are only asked about devices that would have to be stopped otherwise.
  const live = new Set<string>();
  for (const step of plan.steps) {
    if (step.do !== "stop" || step.code !== "attributes" || step.device.uuid === undefined) continue;
    const { uuid, parent, type } = step.device;
    if (await callouts.canUpdateLive({ ...step.device, uuid })) live.add(keyOf({ parent, type }));
  }
  if (live.size === 0) return plan;
  return makePlan({ ...facts, isLive: (device) => live.has(keyOf(device)) }, groups, { prune });
}

/** Of the cards that groups say it about. */
async function findMixedSizes(host: Host, observed: Observed, groups: readonly Group[]): Promise<Map<string, boolean>> {
  const known = new Map<string, boolean>();
  if (groups.every((group) => group.mixedSizes === undefined)) return known;
  const { areas } = findAreas(observed, groups);
  for (const { name, card, group } of areas) {
    if (card === undefined || card.functions.length === 0 || group.mixedSizes === undefined) continue;
    const mixed = await readMixedSizes(host, name);
    if (mixed !== undefined) known.set(name, mixed);
  }
  return known;
}

/** Undefined where nobody tells. */
export async function readMixedSizes(host: Host, card: string): Promise<boolean | undefined> {
  try {
    return await (await findSetup(host, card)).readMixedSizes(host, card);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    host.log.warn(error.message);
    return undefined;
  }
}

/** That of the framework whose driver has the card. */
export async function findSetup(host: Host, card: string): Promise<CardSetup> {
  for (const framework of frameworks) {
    const cards = framework.loadSetup === undefined ? [] : await framework.findCards(host);
    if (framework.loadSetup !== undefined && cards.some(({ address }) => address === card))
      return framework.loadSetup();
  }
  throw new UserError(`cannot set up ${card}: its driver has no program for that`);
}

function keyOf({ parent, type }: { readonly parent: string; readonly type: string }): string {
  return `${parent}/${type}`;
}
