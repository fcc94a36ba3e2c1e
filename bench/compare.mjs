// Times mdevctl 1.4.0, the native executable and the Node program side by side, on generated trees, and prints a table:
//   node bench/compare.mjs [CASE...]        CASE is the beginning of a case's name; without it all are run
// Medians by hyperfine, peak memory by time(1). Machines differ and are noisy, so only the ratios mean something. Nothing is
// written outside a temporary directory and the cache.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { deviceUuid, installScript, makeTree, parentName } from "./tree.mjs";

execFileSync("scripts/install-packages.sh", ["hyperfine", "time"], { stdio: ["ignore", 2, 2] });
const reference = join(execFileSync("scripts/fetch-reference.sh", { encoding: "utf8" }).trim(), "root");

// mdevctl 1.4.0 wants a newer C library than Debian 12 has, so its own loader is named, as the kernel would do.
const [library] = readdirSync(join(reference, "usr/lib"), { withFileTypes: true })
  .filter((entry) => entry.name.endsWith("-linux-gnu"))
  .map((entry) => join(reference, "usr/lib", entry.name));
const [loader] = readdirSync(library).filter((name) => name.startsWith("ld-linux"));
const programs = {
  rust: `${join(library, loader)} --argv0 mdevctl --library-path ${library} ${join(reference, "usr/bin/mdevctl")}`,
  native: resolve("build/mdevctl"),
  node: `${process.execPath} ${resolve("dist/mdevctl.js")}`,
};

const scratch = mkdtempSync(join(tmpdir(), "mdevctl-bench-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

function tree(name, options, finish = () => {}) {
  const root = join(scratch, name);
  makeTree(root, options);
  finish(root);
  return root;
}

/** Two scripts: one for other types, and one that takes care of ours. */
function installScripts(root) {
  installScript(root, "10-other.sh", "#!/bin/sh\nexit 2\n");
  const supports = {
    version: 2,
    actions: ["start", "stop", "define", "undefine", "modify", "attributes", "capabilities"],
    events: ["pre", "post", "notify", "get"],
  };
  installScript(
    root,
    "20-vendor.sh",
    `#!/bin/sh
case "$4 $6" in
"get capabilities") echo '${JSON.stringify({ supports })}' ;;
"get attributes") echo '[{"frame_rate_limiter":"1"},{"scheduler":"fixed_share"}]' ;;
esac
`,
  );
}

/** Definitions that can be started again and again: no device gets active by writing to a plain file. */
function defineOnly(root) {
  rmSync(join(root, "sys/bus/mdev/devices"), { recursive: true });
  mkdirSync(join(root, "sys/bus/mdev/devices"));
  const directory = join(root, "etc/mdevctl.d", parentName(0));
  mkdirSync(directory, { recursive: true });
  const text = JSON.stringify({ mdev_type: "nvidia-222", start: "auto", attrs: [] }, null, 2);
  for (let index = 0; index < 64; index++) writeFileSync(join(directory, deviceUuid(index)), text);
}

const empty = tree("empty", {});
const thousand = tree("1000", { devices: 1000 });
const tenThousand = tree("10000", { devices: 10_000 });
const manyTypes = tree("types", { parents: 640, types: 4 });
const withScripts = tree("scripts", { devices: 64 }, installScripts);
const autostart = tree("autostart", { parents: 1 }, (root) => {
  installScripts(root);
  defineOnly(root);
});

const fresh = "aaaaaaaa-0d1e-4a5b-8c6d-aaaaaaaaaaaa";
const definition = join(tenThousand, "etc/mdevctl.d", parentName(0), fresh);
const kept = join(scratch, "definition");
copyFileSync(join(tenThousand, "etc/mdevctl.d", parentName(0), deviceUuid(0)), kept);

/** The ratios are those to reach, native to Rust. */
const cases = [
  { name: "--version", root: empty, args: "--version", ratio: 0.8 },
  { name: "list, no devices", root: empty, args: "list", ratio: 0.8 },
  { name: "start-parent-mdevs, nothing defined", root: empty, args: "start-parent-mdevs none", ratio: 0.8 },
  { name: "list, 1,000 devices", root: thousand, args: "list", ratio: 0.3 },
  { name: "list, 10,000", root: tenThousand, args: "list", ratio: 0.3 },
  { name: "list -d, 10,000", root: tenThousand, args: "list -d", ratio: 0.3 },
  { name: "list --dumpjson, 10,000", root: tenThousand, args: "list --dumpjson", ratio: 0.3 },
  { name: "list -d --dumpjson, 10,000", root: tenThousand, args: "list -d --dumpjson", ratio: 0.3 },
  { name: "types, 640 parents with 4", root: manyTypes, args: "types", ratio: 0.6 },
  { name: "types --dumpjson, 640 with 4", root: manyTypes, args: "types --dumpjson", ratio: 0.6 },
  { name: "list, 64 with scripts", root: withScripts, args: "list", ratio: 0.45 },
  { name: "list -v, 64 with scripts", root: withScripts, args: "list -v", ratio: 0.45 },
  {
    name: "start-parent-mdevs, 64 with scripts",
    root: autostart,
    args: `start-parent-mdevs ${parentName(0)}`,
    ratio: 0.8,
  },
  {
    name: "define, 10,000 devices",
    root: tenThousand,
    args: `define -u ${fresh} -p ${parentName(0)} -t nvidia-222`,
    prepare: `rm -f ${definition}`,
    ratio: 0.5,
  },
  {
    name: "modify, 10,000",
    root: tenThousand,
    args: `modify -u ${fresh} --auto`,
    prepare: `cp ${kept} ${definition}`,
    ratio: 0.5,
  },
  {
    name: "undefine, 10,000",
    root: tenThousand,
    args: `undefine -u ${fresh}`,
    prepare: `cp ${kept} ${definition}`,
    ratio: 0.5,
  },
];

/** Milliseconds by program. */
function timesOf({ root, args, prepare }) {
  const file = join(scratch, "times.json");
  const prepared = prepare === undefined ? [] : ["--prepare", prepare];
  const commands = Object.values(programs).map((program) => `${program} ${args}`);
  execFileSync(
    "hyperfine",
    ["-N", "--warmup", "3", "--min-runs", "15", ...prepared, "--export-json", file, ...commands],
    {
      env: { ...process.env, MDEVCTL_ENV_ROOT: root },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const { results } = JSON.parse(readFileSync(file, "utf8"));
  return Object.fromEntries(Object.keys(programs).map((name, index) => [name, results[index].median * 1000]));
}

/** Peak of the resident memory in KiB, the least of three runs. */
function memoryOf(program, { root, args, prepare }) {
  const peaks = [1, 2, 3].map(() => {
    if (prepare !== undefined) execFileSync("sh", ["-c", prepare]);
    const file = join(scratch, "memory");
    execFileSync("time", ["-o", file, "-f", "%M", ...program.split(" "), ...args.split(" ")], {
      env: { ...process.env, MDEVCTL_ENV_ROOT: root },
      stdio: "ignore",
    });
    return Number(readFileSync(file, "utf8"));
  });
  return Math.min(...peaks);
}

const chosen = cases.filter(
  ({ name }) => process.argv.length < 3 || process.argv.slice(2).some((start) => name.startsWith(start)),
);
const row = (...cells) =>
  console.log(
    cells.map((cell, index) => String(cell)[index === 0 ? "padEnd" : "padStart"](index === 0 ? 37 : 11)).join(""),
  );
row("", "Rust", "native", "Node", "native/Rust", "wanted", "memory", "native/Rust");
const medians = {};
for (const each of chosen) {
  const times = timesOf(each);
  medians[each.name] = times;
  const [rust, native] = [memoryOf(programs.rust, each), memoryOf(programs.native, each)];
  const milliseconds = Object.values(times).map((time) => `${time.toFixed(2)} ms`);
  const [ratio, memory] = [times.native / times.rust, native / rust];
  const wanted = `${ratio <= each.ratio ? "" : "! "}${each.ratio.toFixed(2)}`;
  row(
    each.name,
    ...milliseconds,
    ratio.toFixed(2),
    wanted,
    `${native} KiB`,
    `${memory <= 1 ? "" : "! "}${memory.toFixed(2)}`,
  );
}
const [few, many] = [medians["list, 1,000 devices"], medians["list, 10,000"]];
if (few !== undefined && many !== undefined) {
  row(
    "growth, 10,000 to 1,000 devices",
    ...Object.keys(programs).map((name) => (many[name] / few[name]).toFixed(1)),
    "",
    "11.0",
  );
}
