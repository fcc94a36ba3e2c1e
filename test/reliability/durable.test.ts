// What a command reports as done survives a power cut: its system calls are replayed on a model of a disk that keeps
// only what was flushed. The leftovers of an earlier power cut do no harm.

import * as fs from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { A, B, C, definition, makeHost, P, T } from "./host.ts";
import { isOurs, run } from "./program.ts";
import { trace } from "./strace.ts";
import { Verdict } from "./verdict.ts";

/** What a disk would lose now: contents of files, and entries of directories. */
class Unflushed {
  readonly files = new Set<string>();
  readonly directories: Set<string>;
  readonly mistakes: string[] = [];

  constructor(directories: readonly string[]) {
    this.directories = new Set(directories);
  }

  replay(line: string): void {
    const [, name = "", args = "", result = ""] = /^\d+ +(\w+)\((.*)\) += (.+)$/.exec(line) ?? [];
    if (result.startsWith("-1")) return;
    const [first = "", second = ""] = [...args.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? "");
    const file = /^\d+<([^>]*)>/.exec(args)?.[1] ?? "";
    if (/^open(at)?$/.test(name) && args.includes("O_CREAT")) {
      if (args.includes("O_TRUNC")) this.mistakes.push(`${first} is emptied before it is written`);
      this.directories.add(dirname(first));
    } else if (name === "write") {
      this.files.add(file);
    } else if (name === "fsync" || name === "fdatasync") {
      this.files.delete(file);
      this.directories.delete(file);
    } else if (name.startsWith("rename")) {
      if (this.files.has(first)) this.mistakes.push(`${first} is renamed before it is flushed`);
      this.directories.add(dirname(first)).add(dirname(second));
    } else if (/^(mkdir|unlink|rmdir)(at)?$/.test(name)) {
      this.directories.add(dirname(first));
    }
  }
}

interface Scenario {
  readonly title: string;
  readonly args: readonly string[];
  readonly before: Readonly<Record<string, string>>;
  /** A directory that an earlier command did not flush, because it was killed. */
  readonly unflushed?: string;
}

const both = { [`${P}/${A}`]: definition(), [`${P}/${B}`]: definition() };
const define = ["define", "-u", A, "-p", P, "-t", T];

const scenarios: readonly Scenario[] = [
  { title: "define", args: define, before: { [`${P}/${B}`]: definition() } },
  { title: "define under a new parent", args: define, before: {} },
  {
    title: "define after a define that was killed",
    args: define,
    before: { [`${P}/.mdevctl.new`]: "{" },
    unflushed: "etc/mdevctl.d",
  },
  { title: "define after the first define, which was killed", args: define, before: {}, unflushed: "etc" },
  { title: "modify", args: ["modify", "-u", A, "--auto"], before: both },
  { title: "undefine", args: ["undefine", "-u", A], before: both },
];

test("everything that was done survives a power cut", async () => {
  const verdict = new Verdict("a power cut after a command");
  for (const { title, args, before, unflushed } of scenarios) {
    const host = makeHost(before);
    const { lines, ...ended } = await trace(host, args, "all");
    expect(ended).toEqual({ end: 0, stdout: "", stderr: "" });
    const disk = new Unflushed(unflushed === undefined ? [] : [`${host.root}/${unflushed}`]);
    for (const line of lines) disk.replay(line);
    const below = (paths: Iterable<string>) => [...paths].filter((path) => path.startsWith(host.root));
    for (const mistake of disk.mistakes.filter((text) => text.startsWith(host.root))) {
      verdict.lost("definition incomplete", `${title}: ${mistake}`);
    }
    for (const path of [...below(disk.files), ...below(disk.directories)]) {
      verdict.lost("not flushed to disk", `${title}: ${path}`);
    }
    verdict.tried++;
  }
  verdict.conclude();
});

test.runIf(isOurs)("the directories that define creates are flushed too", async () => {
  const host = makeHost();
  fs.rmSync(`${host.root}/etc`, { recursive: true });
  const { lines } = await trace(host, define, "all");
  const disk = new Unflushed([]);
  for (const line of lines) disk.replay(line);
  expect([...disk.directories].filter((path) => path.startsWith(host.root))).toEqual([]);
  expect(host.read(`etc/mdevctl.d/${P}/${A}`)).toContain(T);
});

test.runIf(isOurs)(
  "the leftover of a writer that was killed is not a definition, and the next write removes it",
  async () => {
    const host = makeHost({ ...both, [`${P}/.mdevctl.new`]: '{"mdev_type":' });
    const listed = await run(host.root, ["list", "-d"]);
    expect(listed).toMatchObject({ end: 0, stderr: "" });
    expect(listed.stdout.split("\n")).toHaveLength(3);
    expect(await run(host.root, ["define", "-u", C, "-p", P, "-t", T])).toMatchObject({ end: 0 });
    expect(Object.keys(host.definitions()).sort()).toEqual([A, B, C].map((uuid) => `${P}/${uuid}`));
  },
);

test.runIf(isOurs && process.getuid?.() === 0)("a definition keeps its owner and its mode", async () => {
  const host = makeHost(both);
  const path = `${host.root}/etc/mdevctl.d/${P}/${A}`;
  fs.chownSync(path, 12, 34);
  fs.chmodSync(path, 0o640);
  const before = fs.statSync(path);
  expect(await run(host.root, ["modify", "-u", A, "--manual"])).toMatchObject({ end: 0, stderr: "" });
  const after = fs.statSync(path);
  expect([after.uid, after.gid, after.mode]).toEqual([12, 34, before.mode]);
  expect(after.ino).not.toBe(before.ino);
});
