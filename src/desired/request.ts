// Applies what was asked for, and keeps what came of it.

import type { Host } from "../host.ts";
import type { Applied } from "./applied.ts";
import { type ApplyTerms, applyGroups } from "./apply.ts";
import { describeApplied, type PlanDocument } from "./document.ts";
import type { Group } from "./file.ts";
import { countLeft, keepRecord, type Left, type Request } from "./record.ts";

export interface RequestTerms extends Pick<ApplyTerms, "begin"> {
  /** Throws a UserError, which is kept as a failure. */
  readonly readGroups: () => Group[];
}

export interface Carried extends Pick<Applied, "signals" | "error"> {
  readonly document: PlanDocument;
}

/** See `applyGroups`. */
export async function applyRequest(
  host: Host,
  request: Request,
  { readGroups, begin }: RequestTerms,
): Promise<Carried> {
  let left: Left | undefined;
  try {
    const { prune } = request;
    const applied = await applyGroups(host, readGroups(), { prune, begin });
    const document = describeApplied(applied);
    // Otherwise, the host could not be read any more.
    if (applied.error === undefined) left = countLeft(document);
    return { ...applied, document };
  } finally {
    keepRecord(host, { request, left });
  }
}
