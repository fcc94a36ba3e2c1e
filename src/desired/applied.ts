// What came of a plan. Separate from apply.ts, because document.ts needs no more of it.

import type { UserError } from "../errors.ts";
import type { HeldSignals } from "../system.ts";
import type { SystemError } from "../system-error.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";

export interface Applied {
  /** As it was before the first step, and after the last; where the host cannot be read any more, as it was seen last. */
  readonly before: Plan;
  readonly after: Plan;
  readonly taken: readonly Taken[];
  /** Why the host cannot be read any more. */
  readonly error?: UserError | SystemError;
  /** One that came meanwhile is to end us when all is told. Missing if nothing was done. */
  readonly signals?: HeldSignals;
}

/** A step, and what came of it. */
export interface Taken {
  readonly step: Step;
  readonly result: "done" | "failed" | "not-tried";
  /** Why it failed. */
  readonly error?: string;
  readonly hint?: string | undefined;
}
