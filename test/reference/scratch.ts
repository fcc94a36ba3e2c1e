// Where the machines' trees are written: in memory if scripts can run there, because thousands of small trees are
// created and removed.

import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";

export const scratchDirectory: string = canRunScripts("/dev/shm") ? "/dev/shm" : tmpdir();

function canRunScripts(directory: string): boolean {
  const probe = `${directory}/mdevctl-probe-${process.pid}`;
  try {
    writeFileSync(probe, "#!/bin/sh\n", { mode: 0o755 });
    return spawnSync(probe).status === 0;
  } catch {
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
}
