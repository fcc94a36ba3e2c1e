// What a torture came to: how often something was tried, and what was lost. It is printed, it fails the test if the program is
// ours, and it goes into the file $MDEVCTL_RELIABILITY_REPORT, from which table.sh makes the table of docs/reliability.md.

import { appendFileSync } from "node:fs";
import { expect } from "vitest";
import { isOurs } from "./program.ts";

export class Verdict {
  tried = 0;
  readonly losses: { readonly kind: string; readonly detail: string }[] = [];

  constructor(readonly what: string) {}

  /** `kind` is for the table; `detail` says where it happened. */
  lost(kind: string, detail: string): void {
    this.losses.push({ kind, detail });
  }

  /** Ends the test. */
  conclude(): void {
    const kinds = new Map<string, number>();
    for (const { kind } of this.losses) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const lost = [...kinds].map(([kind, count]) => `${kind}: ${count}`).join(", ") || "nothing";
    console.log(`${this.what}: ${this.tried} tried; lost: ${lost}`);
    const report = process.env.MDEVCTL_RELIABILITY_REPORT;
    if (report !== undefined)
      appendFileSync(report, `${JSON.stringify({ what: this.what, tried: this.tried, lost })}\n`);
    expect(this.tried).toBeGreaterThan(0);
    if (isOurs) expect(this.losses).toEqual([]);
  }
}
