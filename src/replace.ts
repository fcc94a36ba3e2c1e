// Replaces a file in one step, so that nobody ever sees a part of it.

import type { FileAccess, System } from "./system.ts";
import { missing, unless } from "./system-error.ts";

/** Several may do so at once: each has a draft of its own, which only a kill leaves behind. Throws a SystemError. */
export function replaceFile(system: System, path: string, text: string, access?: FileAccess): void {
  const draft = `${path}.${system.randomBytes(8).join("-")}`;
  try {
    system.createFile(draft, text, access);
    system.rename(draft, path);
  } catch (error) {
    unless([...missing, "EACCES", "EIO", "EROFS"], () => system.remove(draft));
    throw error;
  }
}
