// What builds and tests put into the program: the version, and the files that belong to it, so that `doctor` knows them.

import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** Without comments and empty lines. */
function textOf(path) {
  return readFileSync(path, "utf8").replace(/^(#.*)?\n/gm, "");
}

const values = {
  MDEVCTL_VERSION: version,
  MDEVCTL_RULES: textOf("udev/60-mdevctl.rules"),
  MDEVCTL_CARD_UNIT: textOf("systemd/mdevctl-card@.service"),
  MDEVCTL_CARDS_UNIT: textOf("systemd/mdevctl-cards.service"),
};

/** For esbuild and vitest. Strings alone: esbuild makes a module of anything else, which every run would load. */
export const define = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
