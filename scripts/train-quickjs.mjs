// Records the profile that build-quickjs.sh optimizes the engine with: builds mdevctl with an instrumented engine, and lists the
// devices and types of a generated host.
//   node scripts/run-ts.mjs scripts/train-quickjs.mjs ENGINE DIRECTORY
// build-quickjs.sh calls it. DIRECTORY is for temporary files.

import { execFileSync } from "node:child_process";
import { makeTree } from "../bench/tree.ts";

const [engine, directory] = process.argv.slice(2);
const program = `${directory}/mdevctl`;
const host = `${directory}/host`;

const options = ["-O2", "-static-pie", "-fPIE", "-fprofile-generate"];
execFileSync("node", ["scripts/build-native.mjs", "src/main.quickjs.ts", program, ...options], {
  env: { ...process.env, QUICKJS: engine },
  stdio: ["ignore", "inherit", "inherit"],
});

makeTree(host, { devices: 1000, types: 4 });
for (const line of [
  "list",
  "list --defined",
  "list --dumpjson",
  "list --defined --dumpjson",
  "types",
  "types --dumpjson",
  "start-parent-mdevs none",
  "--version",
]) {
  execFileSync(program, line.split(" "), { env: { MDEVCTL_ENV_ROOT: host }, stdio: "ignore" });
}
