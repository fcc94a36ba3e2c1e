// The result of a torture: how often something was tried, and what was lost. It is printed, fails the test if the
// program is ours, and is added to the file $MDEVCTL_RELIABILITY_REPORT, from which compare.sh makes the table of
// docs/reliability.md.

import { appendFileSync } from "node:fs";
import { expect } from "vitest";
import { isOurs } from "./program.ts";

export class Verdict {
  tried = 0;
  readonly losses: { readonly kind: string; readonly detail: string }[] = [];

  /** All variants of a case share one row of the table. */
  constructor(
    readonly what: string,
    readonly variant = "",
  ) {}

  /** `kind` is for the table; `detail` says where it happened. */
  lost(kind: string, detail: string): void {
    this.losses.push({ kind, detail });
  }

  /** Ends the test. */
  conclude(): void {
    const lost: Record<string, number> = {};
    for (const { kind } of this.losses) lost[kind] = (lost[kind] ?? 0) + 1;
    const counts = Object.entries(lost).map(([kind, count]) => `${kind}: ${count}`);
    const title = [this.what, this.variant].filter((name) => name !== "").join(", ");
    console.log(`${title}: ${this.tried} tried; lost: ${counts.join(", ") || "nothing"}`);
    const report = process.env.MDEVCTL_RELIABILITY_REPORT;
    if (report !== undefined) {
      appendFileSync(report, `${JSON.stringify({ what: this.what, tried: this.tried, lost })}\n`);
    }
    expect(this.tried).toBeGreaterThan(0);
    if (isOurs) expect(this.losses).toEqual([]);
  }
}
