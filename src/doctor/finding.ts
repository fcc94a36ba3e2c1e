// What a finding is, and what a check that makes findings is.

import type { Host } from "../host.ts";
import type { Situation } from "./situation.ts";

/** The worst first. */
export const severities = ["error", "warning", "info"] as const;

export type Severity = (typeof severities)[number];

/** Something that is wrong, or will go wrong. */
export interface Finding extends Problem {
  /** That of the check; never used for anything else. */
  readonly code: string;
  readonly severity: Severity;
}

/** A finding without what its check says of all of them. */
export interface Problem {
  /** What it is about: a UUID, a parent, a card, a path. */
  readonly subject: string;
  /** On one line, as an error. */
  readonly message: string;
  /** What was seen, and where. */
  readonly evidence: readonly Evidence[];
  /** What follows from it: a sentence. */
  readonly consequence: string;
  readonly fix: Fix;
  /** The UUIDs of devices and the names of parents that suffer from it too. */
  readonly concerns?: readonly string[];
}

export interface Evidence {
  readonly path: string;
  readonly value: string;
}

export interface Fix {
  /** Sentences. */
  readonly text: string;
  /** For a shell, to be run in this order. */
  readonly commands: readonly string[];
}

export interface Check {
  /** As in `parent-missing`. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong: a sentence without a full stop. */
  readonly summary: string;
  /** What to do about it: sentences. */
  readonly advice: string;
}

/** A check that needs no more than what is observed anyhow. */
export interface CheapCheck extends Check {
  find(situation: Situation): Iterable<Problem>;
}

/** A check that reads more of the host. */
export interface ThoroughCheck extends Check {
  /** Throws a UserError or a SystemError if what it needs cannot be read. */
  examine(host: Host, situation: Situation): Promise<readonly Problem[]>;
}

/** `gather` reads what `find` judges; undefined means that the host has nothing of the kind. */
export function createThoroughCheck<E>({
  gather,
  find,
  ...check
}: Check & {
  gather(host: Host, situation: Situation): Promise<E | undefined> | E | undefined;
  find(evidence: E, situation: Situation): Iterable<Problem>;
}): ThoroughCheck {
  return {
    ...check,
    examine: async (host, situation) => {
      const evidence = await gather(host, situation);
      return evidence === undefined ? [] : [...find(evidence, situation)];
    },
  };
}
