// What all changes of a device have in common.

import type { Callouts } from "../callout/callouts.ts";

export interface Terms {
  readonly callouts: Callouts;
  /** Continue even if a callout script refuses. */
  readonly force: boolean;
}

/** Of a change that makes a device known by a UUID that somebody has to learn. */
export interface AnnouncedTerms extends Terms {
  /** Tells who has to know; when that fails, the change is undone. */
  readonly announce?: (() => void) | undefined;
}

export async function announceOrUndo(announce: (() => void) | undefined, undo: () => Promise<void>): Promise<void> {
  try {
    announce?.();
  } catch (error) {
    await undo();
    throw error;
  }
}
