// A full or read-only disk, directories that we may not read or change, output that cannot be written: a clear error,
// and nothing is lost.

import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { basename } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { A, B, C, definition, type Host, makeHost, P, T } from "./host.ts";
import { isOurs, program, run } from "./program.ts";
import { Verdict } from "./verdict.ts";

const isRoot = process.getuid?.() === 0;
const before = { [`${P}/${A}`]: definition(), [`${P}/${B}`]: definition() };

/** A host whose definitions are on a small disk of their own; undefined if nothing can be mounted. */
function hostOnDisk(options: string): Host | undefined {
  const host = makeHost();
  const directory = `${host.root}/etc/mdevctl.d`;
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", options, "none", directory], { encoding: "utf8" });
  if (mounted.status !== 0) {
    console.log(`no disk could be mounted (${mounted.stderr.trim()}): only faults.test.ts has full and read-only ones`);
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", [directory]));
  for (const [path, text] of Object.entries(before)) host.write(`etc/mdevctl.d/${path}`, text);
  return host;
}

/** Writes until the disk is full. */
function fillBlocks(directory: string): void {
  spawnSync("dd", ["if=/dev/zero", `of=${directory}/filling`, "bs=4096"]);
}

/** Creates files until no inode is free. */
function fillInodes(directory: string): void {
  spawnSync("sh", ["-c", 'cd "$1"; at=0; while : > "filling-$at"; do at=$((at + 1)); done', "sh", directory]);
}

function refuseWrites(directory: string): void {
  execFileSync("mount", ["-o", "remount,ro", directory]);
}

interface Disk {
  readonly what: string;
  readonly options: string;
  readonly spoil: (directory: string) => void;
  readonly problem: string;
  /** Whether definitions can still be removed, which needs no space. */
  readonly canRemove: boolean;
}

const noSpace = "no space left on device";

const disks: readonly Disk[] = [
  { what: "a full disk", options: "size=64k", spoil: fillBlocks, problem: noSpace, canRemove: true },
  { what: "a disk without free inodes", options: "nr_inodes=40", spoil: fillInodes, problem: noSpace, canRemove: true },
  {
    what: "a read-only disk",
    options: "size=64k",
    spoil: refuseWrites,
    problem: "read-only file system",
    canRemove: false,
  },
];

test.runIf(isRoot).for(disks)("$what", async ({ what, options, spoil, problem, canRemove }) => {
  const verdict = new Verdict("a command on a full or read-only disk", what);
  const host = hostOnDisk(options);
  if (host === undefined) return;
  const directory = `${host.root}/etc/mdevctl.d`;
  spoil(directory);
  const definitions = () =>
    Object.entries(host.definitions())
      .filter(([path]) => path.includes("/"))
      .sort();
  let old = definitions();
  for (const line of [`define -u ${C} -p ${P} -t ${T}`, `modify -u ${A} --manual`, `define -u ${C} -p new -t ${T}`]) {
    const result = await run(host.root, line.split(" "));
    verdict.tried++;
    if (isOurs) expect(result).toEqual({ end: 1, stdout: "", stderr: expect.stringContaining(problem) });
    const now = definitions();
    const isChanged = JSON.stringify(now) !== JSON.stringify(old);
    if (!now.every(([, text]) => isWhole(text))) verdict.lost("definition broken", line);
    else if (result.end === 0 && !isChanged) verdict.lost("success reported, not done", line);
    else if (result.end !== 0 && isChanged) verdict.lost("failure reported, changed anyway", line);
    old = now;
  }
  const listed = await run(host.root, ["list", "-d"]);
  verdict.tried++;
  const lines = listed.stdout.split("\n").length - 1;
  if (listed.end !== 0 || lines !== old.length) verdict.lost("listing incomplete", listed.stderr);
  const removed = await run(host.root, ["undefine", "-u", B]);
  verdict.tried++;
  if (canRemove !== (removed.end === 0)) verdict.lost("undefine", removed.stderr);
  if (isOurs && !canRemove) expect(removed.stderr).toContain(problem);
  verdict.conclude();
});

function isWhole(text: string): boolean {
  try {
    return typeof JSON.parse(text).mdev_type === "string";
  } catch {
    return false;
  }
}

/** A command that runs the program as the user nobody, from a copy that this user can execute. */
function asNobody(host: Host): readonly string[] {
  fs.chmodSync(host.root, 0o755);
  const copies = program.map((path) => {
    const copy = `${host.root}/${basename(path)}`;
    fs.copyFileSync(path, copy);
    fs.chmodSync(copy, 0o755);
    return copy;
  });
  const command = `exec setpriv --reuid 65534 --regid 65534 --clear-groups -- ${copies.join(" ")} "$@"`;
  // The arguments begin with the original program, which is dropped.
  return ["sh", "-c", `shift ${program.length}; ${command}`, "sh"];
}

describe.runIf(isRoot && isOurs)("someone who is not root", () => {
  const other = { [`other/${C}`]: definition() };
  const othersLine = `${C} other ${T} auto\n`;
  const denied = "permission denied";
  const rootMay = "permission denied\nOnly root may do this.\n";

  interface Attempt {
    readonly path: string;
    readonly mode: number;
    readonly line: string;
    readonly end: number;
    readonly stdout?: string;
    readonly stderr: string;
  }

  test.for<Attempt>([
    { path: "", mode: 0o700, line: "list -d", end: 1, stderr: denied },
    { path: "", mode: 0o700, line: `define -u ${B} -p ${P} -t ${T}`, end: 1, stderr: rootMay },
    { path: P, mode: 0o700, line: "list -d", end: 0, stdout: othersLine, stderr: denied },
    { path: P, mode: 0o700, line: `list -d -p ${P}`, end: 1, stderr: denied },
    { path: P, mode: 0o700, line: `list -d -u ${A}`, end: 1, stderr: denied },
    { path: `${P}/${A}`, mode: 0o600, line: "list -d", end: 0, stdout: othersLine, stderr: denied },
    { path: `${P}/${A}`, mode: 0o600, line: `list -d -u ${A}`, end: 1, stderr: denied },
    { path: "", mode: 0o755, line: `define -u ${B} -p ${P} -t ${T}`, end: 1, stderr: rootMay },
    { path: "", mode: 0o755, line: `define -u ${B} -p new -t ${T}`, end: 1, stderr: rootMay },
    { path: "", mode: 0o755, line: `modify -u ${A} --manual`, end: 1, stderr: rootMay },
    { path: "", mode: 0o755, line: `undefine -u ${A}`, end: 1, stderr: rootMay },
    { path: "", mode: 0o755, line: `start -u ${A}`, end: 1, stderr: rootMay },
  ])("gets $end for '$line' where '$path' has mode $mode", async ({ path, mode, line, end, stdout = "", stderr }) => {
    const host = makeHost({ [`${P}/${A}`]: definition(), ...other });
    fs.chmodSync(`${host.root}/etc/mdevctl.d/${path}`, mode);
    const state = () => JSON.stringify([host.definitions(), host.device()]);
    const old = state();
    const result = await run(host.root, line.split(" "), { under: asNobody(host) });
    expect(result).toEqual({ end, stdout, stderr: expect.stringContaining(stderr) });
    expect(state()).toBe(old);
  });
});

describe("output that cannot be written", () => {
  const into = (redirection: string) => ["sh", "-c", `exec "$@" ${redirection}`, "sh"];

  test("a listing to a full disk fails", async () => {
    const verdict = new Verdict("output that cannot be written", "list > /dev/full");
    const host = makeHost(before);
    const result = await run(host.root, ["list", "-d"], { under: into("> /dev/full") });
    verdict.tried++;
    if (result.end === 0) verdict.lost("success reported, not done", "");
    if (![0, 1].includes(Number(result.end))) verdict.lost("crashes", `${result.end}`);
    if (isOurs) expect(result.stderr).toBe("mdevctl: cannot write to stdout: no space left on device\n");
    verdict.conclude();
  });

  test("a reader that stops early is not a failure", async () => {
    const verdict = new Verdict("output that cannot be written", "list | head -n 1");
    const many = Array.from({ length: 5000 }, (_, at) => [
      `${P}/${String(at).padStart(8, "0")}${A.slice(8)}`,
      definition(),
    ]);
    const host = makeHost(Object.fromEntries(many));
    const under = ["sh", "-c", '{ "$@"; echo "status $?" >&2; } | head -n 1', "sh"];
    const result = await run(host.root, ["list", "-d", "--dumpjson"], { under });
    verdict.tried++;
    if (result.stderr !== "status 0\n") verdict.lost("crashes", result.stderr);
    verdict.conclude();
  });

  test.runIf(isOurs)("a device whose new UUID cannot be printed is neither defined nor started", async () => {
    const host = makeHost();
    const root = `${host.root}/sandbox`;
    await run(host.root, ["sandbox", root]);
    for (const command of ["define", "start"]) {
      const args = [command, "--parent", "mtty", "--type", "mtty-2"];
      const result = await run(root, args, { under: into("> /dev/full") });
      expect(result).toMatchObject({
        end: 1,
        stderr: "mdevctl: cannot write the UUID to stdout: no space left on device\n",
      });
    }
    expect(await run(root, ["list", "-d"])).toMatchObject({ end: 0, stdout: "" });
    expect(await run(root, ["list"])).toMatchObject({ end: 0, stdout: "" });
  });

  test.runIf(isOurs).each(["2> /dev/full", "2>&1 | true"])(
    "warnings that go to '%s' do not stop a command",
    async (redirection) => {
      const host = makeHost();
      const under = ["sh", "-c", `sleep 0.1; "$@" ${redirection}`, "sh"];
      const args = ["define", "-u", A, "-p", P, "-t", T];
      const result = await run(host.root, args, { under, environment: { MDEVCTL_LOG: "nonsense" } });
      expect(result.end).toBe(0);
      expect(Object.keys(host.definitions())).toEqual([`${P}/${A}`]);
    },
  );
});
