// What the changes of a device have in common.

import type { Callouts } from "../callout/callouts.ts";
import type { Host } from "../host.ts";
import { type Locked, whileLocked } from "../lock.ts";

export interface Terms {
  readonly callouts: Callouts;
  /** Continue even if a callout script refuses. */
  readonly force: boolean;
  /** Tells somebody the UUID of a new device; if that fails, the change is undone. */
  readonly announce?: (() => void) | undefined;
  /** Of whoever has locked the definitions already, for several changes. */
  readonly locked?: Locked;
}

/** Locks the definitions, unless they are locked already. */
export function whileDefinitionsLocked<T>(
  host: Host,
  { locked }: Terms,
  action: (locked: Locked) => Promise<T>,
  prepare?: () => void,
): Promise<T> {
  if (locked === undefined) return whileLocked(host, action, prepare);
  prepare?.();
  return action({ ensureCurrent: locked.ensureCurrent, unlock: () => {} });
}

export async function announceOrUndo({ announce }: Terms, undo: () => Promise<void>): Promise<void> {
  try {
    announce?.();
  } catch (error) {
    await undo();
    throw error;
  }
}
