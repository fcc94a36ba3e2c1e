// Replaces a file in one step, so that nobody ever sees a part of it.

import type { System } from "./system.ts";
import { missing, unless } from "./system-error.ts";

/** For files that have one writer at a time. Throws a SystemError. */
export function replaceFile(system: System, path: string, text: string): void {
  const draft = `${path}.new`;
  // A writer that was killed may have left one.
  unless(missing, () => system.remove(draft));
  system.createFile(draft, text);
  system.rename(draft, path);
}
