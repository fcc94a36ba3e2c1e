// The System for temporary directories, where nothing has to survive a power cut. Separate because the benchmark needs
// it without the other helpers of the tests.

import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { nodeSystem } from "../system/node.ts";
import type { System } from "../system.ts";
import { SystemError } from "../system-error.ts";

export function unflushedSystem(): System {
  const system = nodeSystem();
  return {
    ...system,
    createFile: (path, text, access) => {
      if (access !== undefined || !existsSync(dirname(path))) return system.createFile(path, text, access);
      if (existsSync(path)) throw new SystemError("EEXIST", "create", path);
      writeFileSync(path, text, { flag: "wx" });
    },
    syncDirectory: () => {},
  };
}
