// What builds and tests put into the program: the version, and the files that belong to it, so that `doctor` knows them.

import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** Without comments and empty lines. */
function linesOf(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => !/^(#|$)/.test(line));
}

const files = {
  "60-mdevctl.rules": linesOf("udev/60-mdevctl.rules"),
  "mdevctl-card@.service": linesOf("systemd/mdevctl-card@.service"),
  "mdevctl-cards.service": linesOf("systemd/mdevctl-cards.service"),
};

/** For esbuild and vitest. */
export const define = { MDEVCTL_VERSION: JSON.stringify(version), MDEVCTL_FILES: JSON.stringify(files) };
