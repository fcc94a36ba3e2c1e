// Measures mdevctl 1.4.0, the packages' native executable and the Node program side by side, and prints a table:
//   node scripts/run-ts.mjs bench/run.mjs [WORD...]
// With words, only the cases whose tree or command contains one of them. It installs what it needs, and writes only to a
// temporary directory; `make bench` builds the programs first. docs/performance.md explains the results.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cases, trees } from "./cases.mjs";

const words = process.argv.slice(2);
const chosen = cases.filter(
  ({ tree, command }) => words.length === 0 || words.some((word) => `${tree} ${command}`.includes(word)),
);
execFileSync("scripts/install-packages.sh", ["hyperfine", "time", "patchelf"], { stdio: ["ignore", 2, 2] });
const directory = mkdtempSync(join(tmpdir(), "mdevctl-bench."));
process.on("exit", () => rmSync(directory, { recursive: true }));

/** Debian 13's executable, with that release's loader and libraries patched in so that it needs no wrapper and no search. */
function reference() {
  const root = join(execFileSync("scripts/fetch-reference.sh", { encoding: "utf8" }).trim(), "root");
  const [loader] = execFileSync("find", [`${root}/usr/lib`, "-name", "ld-linux*.so.*"], { encoding: "utf8" }).split(
    "\n",
  );
  const libraries = loader.slice(0, loader.lastIndexOf("/"));
  const program = join(directory, "mdevctl-1.4.0");
  copyFileSync(`${root}/usr/bin/mdevctl`, program);
  const needed = execFileSync("patchelf", ["--print-needed", program], { encoding: "utf8" }).trim().split("\n");
  const replaced = needed.flatMap((name) => ["--replace-needed", name, `${libraries}/${name}`]);
  execFileSync("patchelf", ["--set-interpreter", loader, ...replaced, program]);
  return program;
}

const programs = [reference(), resolve("build/release/mdevctl"), resolve("dist/mdevctl.js")];

const made = new Map();
function treeNamed(name) {
  const root = made.get(name) ?? join(directory, name);
  if (!made.has(name)) trees[name](root);
  made.set(name, root);
  return root;
}

/** The command that restores the tree's state before each run. */
function preparation(root, { before }) {
  if (before === undefined) return undefined;
  const file = join(root, before.file);
  if (before.text === undefined) return ["rm", "-f", file];
  const text = join(directory, "definition");
  writeFileSync(text, before.text);
  return ["cp", text, file];
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** The times, in seconds, of the runs of each line. */
function timesOf(lines, runs, prepare, env) {
  const file = join(directory, "times.json");
  const prepared = prepare === undefined ? [] : ["--prepare", prepare.join(" ")];
  const options = ["--shell=none", "--warmup=1", `--runs=${runs}`, ...prepared, `--export-json=${file}`];
  execFileSync("hyperfine", [...options, ...lines], { env, stdio: "ignore" });
  return JSON.parse(readFileSync(file, "utf8")).results.map(({ times }) => times);
}

const ROUNDS = 10;

/** Medians in milliseconds. The programs take turns, because the load of the machine changes. */
function medians({ command, instead = [command] }, prepare, env) {
  const [reference, native, node] = programs;
  const old = instead.map((words) => `${reference} ${words}`);
  const first = timesOf([...old, `${native} ${command}`, `${node} ${command}`], 2, prepare, env).map(median);
  // About two seconds for each program, and at least ten runs; Node is only for information.
  const runs = Math.ceil(Math.min(100, Math.max(1, 2 / ROUNDS / first[0])));
  const all = [...old, native].map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    timesOf([...old, `${native} ${command}`], runs, prepare, env).forEach((times, index) => {
      all[index].push(...times);
    });
  }
  const found = all.map(median);
  const sum = found.slice(0, -1).reduce((total, time) => total + time, 0);
  return [sum, found.at(-1), first.at(-1)].map((seconds) => seconds * 1000);
}

/** Peak memory in KiB, the minimum of five runs. */
function memory(program, command, prepare, env) {
  const output = join(directory, "memory");
  const values = Array.from({ length: 5 }, () => {
    if (prepare !== undefined) execFileSync(prepare[0], prepare.slice(1));
    const args = ["--format=%M", `--output=${output}`, program, ...command.split(" ")];
    execFileSync("time", args, { env, maxBuffer: 2 ** 30, stdio: ["ignore", "pipe", "inherit"] });
    return Number(readFileSync(output, "utf8"));
  });
  return Math.min(...values);
}

function measure(which) {
  const root = treeNamed(which.tree);
  const env = { ...process.env, MDEVCTL_ENV_ROOT: root };
  const prepare = preparation(root, which);
  const command = which.command.replace("@root", root);
  const { instead = [command] } = which;
  const [old, native, node] = medians({ command, instead }, prepare, env);
  const oldMemory = instead.reduce((sum, words) => sum + memory(programs[0], words, prepare, env), 0);
  const nativeMemory = memory(programs[1], command, prepare, env);
  return { ...which, old, native, node, oldMemory, nativeMemory };
}

const number = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const verdict = (value, most) => `${value.toFixed(2)}${value <= most ? "" : " !"}`;

function row({ tree, command, most, mostMemory = 1, old, native, node, oldMemory, nativeMemory }) {
  const short = command.replace("@root/", "").replace(/-\S{4}-\S{4}-\S{4}-\S{12}/, "…");
  return [
    `${tree}: ${short}`,
    number(old),
    number(native),
    verdict(native / old, most),
    `≤ ${most}`,
    `${oldMemory} → ${nativeMemory}`,
    verdict(nativeMemory / oldMemory, mostMemory),
    number(node),
  ];
}

const headings = ["case", "1.4.0 ms", "native ms", "ratio", "goal", "peak KiB", "ratio", "Node ms"];
const results = chosen.map((which) => {
  process.stderr.write(`${which.tree}: ${which.command}\n`);
  return measure(which);
});
const table = [headings, ...results.map(row)];
const widths = headings.map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
for (const cells of table)
  console.log(
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );

/** The ratio of the times of `list` with 10,000 and with 1,000 devices, measured in turns as well. */
function growth() {
  const times = ["1000", "10000"].map((name) => {
    const env = { ...process.env, MDEVCTL_ENV_ROOT: treeNamed(name) };
    return { env, all: [] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { env, all } of times) all.push(...timesOf([`${programs[1]} list`], 3, undefined, env)[0]);
  }
  const [small, large] = times.map(({ all }) => median(all));
  return large / small;
}

if (["1000", "10000"].every((name) => results.some(({ tree }) => tree === name))) {
  console.log(`growth: 10,000 devices take ${verdict(growth(), 11)} times as long as 1,000 (goal: ≤ 11)`);
}
const size = statSync(programs[1]).size / 1e6;
console.log(`size of the executable: ${verdict(size, 2.2)} MB (goal: ≤ 2.2)`);
