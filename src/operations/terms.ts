// What the changes of a device have in common.

import type { Callouts } from "../callout/callouts.ts";

export interface Terms {
  readonly callouts: Callouts;
  /** Continue even if a callout script refuses. */
  readonly force: boolean;
  /** Tells somebody the UUID of a new device; if that fails, the change is undone. */
  readonly announce?: (() => void) | undefined;
}

export async function announceOrUndo({ announce }: Terms, undo: () => Promise<void>): Promise<void> {
  try {
    announce?.();
  } catch (error) {
    await undo();
    throw error;
  }
}
