// The System for temporary directories, where nothing has to survive a power cut. Separate because the benchmark needs
// it without the other helpers of the tests.

import { writeFileSync } from "node:fs";
import { nodeSystem } from "../system/node.ts";
import type { System } from "../system.ts";

export function unflushedSystem(): System {
  const system = nodeSystem();
  return {
    ...system,
    createFile: (path, text, access) => {
      if (access !== undefined) return system.createFile(path, text, access);
      try {
        writeFileSync(path, text, { flag: "wx" });
      } catch {
        // Fails in the same way, and says how.
        system.createFile(path, text);
      }
    },
    syncDirectory: () => {},
  };
}
