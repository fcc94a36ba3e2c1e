// A host as checks look at it: what was observed, and what follows from that for each defined device. A device that cannot be started
// has one reason, the first that `start` would meet, so that one thing that is wrong is not found twice.

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import { groupBy } from "../group.ts";
import { alreadyActiveError, ensureAttributes, hintAboutParents, noSuchParentError } from "../kernel/failures.ts";
import type { ActiveDevice, Framework, UnreadyParent } from "../kernel/framework.ts";
import { frameworks } from "../kernel/frameworks.ts";
import { ensureNames } from "../names.ts";
import type { Observed, ObservedCard, ObservedParent } from "../observed.ts";
import type { Paths } from "../paths.ts";
import type { Uuid } from "../uuid.ts";

export interface Situation {
  readonly observed: Observed;
  readonly paths: Paths;
  /** The device that somebody asked about. */
  readonly asked: Uuid | undefined;
  /** Of all devices that are defined. */
  readonly defined: readonly Defined[];
  /** By name. */
  readonly parents: ReadonlyMap<string, ObservedParent>;
  /** By the names of their functions. */
  readonly cards: ReadonlyMap<string, ObservedCard>;
}

export interface Defined {
  /** As it is defined. */
  readonly device: Device;
  readonly card: string | undefined;
  /** As it is; undefined if it is not active under its parent. */
  readonly active: ActiveDevice | undefined;
  /** Why it cannot be started; undefined if it is active or nothing is in the way. */
  readonly obstacle: Obstacle | undefined;
}

export interface Obstacle {
  readonly kind:
    | "definition-refused"
    | "parent-missing"
    | "parent-misspelled"
    | "functions-missing"
    | "parent-unready"
    | "active-elsewhere"
    | "type-missing"
    | "type-renamed"
    | "no-room";
  /** As `start` words it. */
  readonly message: string;
  readonly hint: string | undefined;
}

export function assess(observed: Observed, paths: Paths, asked?: Uuid): Situation {
  const parents = new Map(observed.parents.map((parent) => [parent.name, parent]));
  const cards = new Map(observed.cards.flatMap((card) => card.functions.map((name) => [name, card])));
  const explain = createExplainer(observed, { parents, cards, asked });
  const defined: Defined[] = [];
  for (const { definition: device, card, active } of observed.devices) {
    if (device === undefined) continue;
    defined.push({ device, card, active, obstacle: active === undefined ? explain(device) : undefined });
  }
  return { observed, paths, asked, defined, parents, cards };
}

/** Makes the function that tells why a device that is not active cannot be started. */
function createExplainer(
  observed: Observed,
  { parents, cards, asked }: Pick<Situation, "parents" | "cards" | "asked">,
): (device: Device) => Obstacle | undefined {
  // Mostly all devices are active, and nothing has to be explained.
  let known: ReturnType<typeof groupActive> | undefined;
  const activeOn = (name: string) => {
    known ??= groupActive(observed);
    return known.byParent.get(name) ?? [];
  };
  const names = observed.parents.map(({ name }) => name);

  function explain(device: Device): Obstacle | undefined {
    const { uuid } = device;
    const parent = parents.get(device.parent);
    if (parent === undefined) return explainAbsence(device);
    const framework = frameworkNamed(parent.framework);
    const refused = problemOf(() => {
      ensureNames("start", device);
      ensureAttributes(framework, "start", device);
    });
    if (refused !== undefined) return toObstacle("definition-refused", refused);
    known ??= groupActive(observed);
    const elsewhere = known.byUuid.get(uuid);
    if (elsewhere !== undefined) return toObstacle("active-elsewhere", alreadyActiveError(device, elsewhere));
    const card = parent.card === undefined ? undefined : cards.get(parent.name);
    const own = activeOn(parent.name);
    const refusal = framework.explainRefusal(device, {
      parent,
      active: own,
      card: { address: card?.address ?? parent.name, active: card?.functions.flatMap(activeOn) ?? own },
    });
    return refusal && toObstacle(refusal.kind, refusal.error);
  }

  // What is like a name takes long to find, and hardly anyone reads more of them.
  const hints = new Map<string, string>();
  function hintAbout({ uuid, parent }: Device): string | undefined {
    const isWanted = hints.size < 16 || uuid === asked;
    if (isWanted && !hints.has(parent)) hints.set(parent, hintAboutParents(parent, names));
    return hints.get(parent);
  }

  function explainAbsence(device: Device): Obstacle {
    const failure = `cannot start ${device.uuid}`;
    const unready = findUnready(cards.get(device.parent), device.parent);
    if (unready !== undefined) {
      return { kind: "parent-unready", message: `${failure}: ${unready.reason}`, hint: unready.hint };
    }
    const { message } = noSuchParentError(failure, device.parent);
    const card = findBareCard(observed, device.parent);
    if (card !== undefined) return { kind: "functions-missing", message, hint: undefined };
    const isMisspelled = names.some((name) => name.toLowerCase() === device.parent.toLowerCase());
    return {
      kind: isMisspelled ? "parent-misspelled" : "parent-missing",
      message,
      hint: hintAbout(device),
    };
  }

  return explain;
}

function groupActive({ devices }: Observed) {
  const active = devices.flatMap((row) => row.active ?? []);
  return {
    byUuid: new Map(active.map((device) => [device.uuid, device])),
    byParent: groupBy(active, ({ parent }) => parent),
  };
}

export function frameworkNamed(name: Framework["name"]): Framework {
  const found = frameworks.find((framework) => framework.name === name);
  if (found === undefined) throw new Error(`there is no framework ${name}`);
  return found;
}

export function findUnready(card: ObservedCard | undefined, name: string): UnreadyParent | undefined {
  return card?.unready?.find((each) => each.name === name);
}

/** The card without functions that a parent of this name may be one of. */
function findBareCard({ cards, parents }: Observed, name: string): ObservedCard | undefined {
  const bare = cards.filter((card) => isBare(card, parents));
  return bare.find(({ address }) => address === name) ?? bare.find(({ address }) => busOf(address) === busOf(name));
}

export function findBareCards({ cards, parents }: Observed): ObservedCard[] {
  return cards.filter((card) => isBare(card, parents));
}

/** The card may be a parent itself, with another driver. */
function isBare({ address, functions }: ObservedCard, parents: readonly ObservedParent[]): boolean {
  return functions.length === 0 && !parents.some(({ name }) => name === address);
}

/** Functions have addresses after that of their card, often on its bus. */
export function busOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}

function problemOf(ensure: () => void): UserError | undefined {
  try {
    ensure();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function toObstacle(kind: Obstacle["kind"], { message, hint }: UserError): Obstacle {
  return { kind, message, hint };
}
