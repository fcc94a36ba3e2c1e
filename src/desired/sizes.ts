// Whether a card is made to take devices of different sizes.

import { joinNames } from "../english.ts";
import { describeUse } from "../kernel/users.ts";
import type { ObservedDevice } from "../observed.ts";
import type { CardArea } from "./areas.ts";
import type { Obstacle, Situation } from "./fate.ts";
import type { Blocked, CardStep, Reason } from "./step.ts";

export interface SizesPlan {
  /** Whether the card takes devices of different sizes when they are started. */
  readonly isMixed: boolean;
  readonly steps: readonly CardStep[];
  readonly blocked: readonly Blocked[];
  /** Why all of its devices are stopped and started. */
  readonly restart?: Reason;
}

/** The driver changes that only on a card without devices. */
export function planSizes(
  { pairs, mixedSizes }: Situation,
  { card, group, name }: CardArea,
  kept: readonly ObservedDevice[],
): SizesPlan {
  const wanted = group.mixedSizes;
  // Making virtual functions makes it forget.
  const current = card.functions.length === 0 ? false : (mixedSizes ?? card.mixedSizes);
  if (wanted === undefined || current === wanted) return { isMixed: current ?? false, steps: [], blocked: [] };
  const action = wanted ? "mix-sizes" : "unmix-sizes";
  const why = wanted ? "its devices may have different sizes" : "its devices are to have one size";
  const step: CardStep = { do: action, card: name, code: "mixed-sizes", why };
  const refuse = (obstacle: Obstacle): SizesPlan => ({
    isMixed: current ?? false,
    steps: [],
    blocked: [{ ...step, ...obstacle }],
  });
  // What the driver offers tells what sizes are possible, too, but not whether nvidia-smi is there.
  if (current === undefined || (card.functions.length > 0 && mixedSizes === undefined)) {
    return refuse({ code: "sizes-unknown", why: "nvidia-smi does not tell whether they may now", users: [] });
  }
  const active = pairs.flatMap(({ device }) => (device?.active !== undefined && device.card === name ? [device] : []));
  const obstacles = [
    ...kept.filter((device) => device.active !== undefined),
    ...active.filter(({ usage }) => usage.kind !== "unused"),
  ];
  if (obstacles.length > 0) {
    const users = obstacles.flatMap(({ usage }) => (usage.kind === "used" ? usage.users : []));
    const names = joinNames(obstacles.map(({ uuid }) => uuid));
    const use = users.length === 0 ? "" : `; ${describeUse(users, obstacles.length === 1 ? "it" : "them")}`;
    return refuse({
      code: "card-in-use",
      why: `that can only be changed on a card without devices, and it has ${names}${use}`,
      users,
    });
  }
  return {
    isMixed: wanted,
    steps: [step],
    blocked: [],
    ...(active.length > 0 && { restart: { code: "mixed-sizes", why } }),
  };
}
