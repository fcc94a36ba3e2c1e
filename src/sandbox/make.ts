// Makes the sandbox that users get.

import { UserError } from "../errors.ts";
import type { System } from "../system.ts";
import { SystemError, unless } from "../system-error.ts";
import { isSandbox } from "./marker.ts";
import { sandboxCards, sandboxParents } from "./parents.ts";
import { writeSandbox } from "./simulate.ts";

export const parentCount = sandboxCards.reduce(
  (count, { functions }) => count + functions.length,
  sandboxParents.length,
);

/** In a directory that is empty or not there yet; false if it is one already. The root is absolute. Throws a UserError. */
export function makeSandbox(system: System, root: string): boolean {
  try {
    unless(["EEXIST"], () => system.makeDirectory(root));
    if (isSandbox(system, root)) return false;
    if (system.readDirectory(root).length > 0) {
      throw new UserError(`cannot make a sandbox in ${root}: the directory is not empty`);
    }
    writeSandbox(system, root, { parents: sandboxParents, cards: sandboxCards });
    return true;
  } catch (error) {
    throw error instanceof SystemError ? new UserError(`cannot make a sandbox in ${root}: ${error.message}`) : error;
  }
}
