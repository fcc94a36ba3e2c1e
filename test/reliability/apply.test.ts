// `apply` on a host with a card and an mdev parent, in a sandbox: killed or ended at any moment, twice at once, beside other commands,
// and with nothing to do. Whatever happens, the next one brings the host to what the file says, and a device in use is not touched.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { SandboxCard, SandboxParent } from "../../src/sandbox/parents.ts";
import { writeSandbox } from "../../src/sandbox/simulate.ts";
import { type Holder, holdOpen } from "../../src/testing/holder.ts";
import { unflushedSystem } from "../../src/testing/unflushed.ts";
import { A, B, C } from "./host.ts";
import { type Ended, forEach, isNative, launch, run } from "./program.ts";
import { findCalls, findPaths, type Paths, runWith, trace } from "./strace.ts";
import { Verdict } from "./verdict.ts";

const address = "0000:82:00.0";
const functions = Array.from({ length: 8 }, (_, index) => `0000:82:01.${index}`);
const size = 8192;
const card: SandboxCard = {
  path: `pci0000:80/0000:80:02.0/${address}`,
  model: "NVIDIA X",
  functions,
  memory: 6 * size,
  types: [
    { id: 1155, name: "NVIDIA L40S-8Q", memory: size },
    { id: 1163, name: "NVIDIA L40S-8A", memory: size },
  ],
};
const mode = { name: "mode", value: "" };
const parent: SandboxParent = {
  path: "virtual/mtty/mtty",
  capacity: 8,
  types: [
    { name: "mtty-1", deviceApi: "vfio-pci", size: 1, attributes: [mode] },
    { name: "mtty-2", deviceApi: "vfio-pci", size: 2, attributes: [mode] },
  ],
};

/**
 * A device of another type, with other attributes, at another function, to be inactive, and new ones. On the mdev parent none is started:
 * in a sandbox such a device is made of several files by the program itself, which may be killed meanwhile; a kernel may not.
 */
const wanted = `version: 1
groups:
  - card: "${address}"
    devices:
      - {type: L40S-8Q, uuid: ${A}, start: manual, attrs: [{nvidia/vgpu_params: a=1}]}
      - {type: L40S-8A, uuid: ${B}, vf: 5}
      - {type: L40S-8Q, count: 2}
  - parent: mtty
    devices:
      - {type: mtty-2, uuid: ${C}, active: false}
      - {type: mtty-1, active: false}
      - {type: mtty-1, start: manual, attrs: [{mode: x}]}
`;

/** A is in use, and its attributes are to change. */
const before = [
  ["start", "-u", A, "-p", functions[0] ?? "", "-t", "nvidia-1155"],
  ["define", "-u", A],
  ["define", "-u", B, "-p", functions[1] ?? "", "-t", "nvidia-1155", "-a"],
  ["start", "-u", B],
  ["start", "-p", functions[2] ?? "", "-t", "nvidia-1163"],
  ["define", "-u", C, "-p", "mtty", "-t", "mtty-1", "-a"],
  ["define", "-p", "mtty", "-t", "mtty-1", "-a"],
];

interface ApplyHost {
  readonly root: string;
  readonly apply: readonly string[];
  /** All devices, defined and active; UUIDs that were made up stand as `new`, and their functions as `VF`. */
  state(): Promise<string[]>;
  remove(): void;
}

function describeCopy(root: string): ApplyHost {
  const remove = () => fs.rmSync(root, { recursive: true, force: true });
  onTestFinished(remove);
  const file = join(root, "state.yaml");
  fs.writeFileSync(file, wanted);
  return {
    root,
    apply: ["apply", "--prune", file],
    remove,
    async state() {
      const [active, defined] = [await run(root, ["list"]), await run(root, ["list", "-d", "-v"])];
      expect([active.end, active.stderr, defined.end, defined.stderr]).toEqual([0, "", 0, ""]);
      const name = (text: string) =>
        text
          .replace(/^[0-9a-f-]{36}/gm, (uuid) => ([A, B, C].includes(uuid) ? uuid : "new"))
          .replace(/^new 0000:\S+/gm, "new VF");
      return [
        ...name(active.stdout).trim().split("\n").sort(),
        ...name(defined.stdout)
          .trim()
          .split(/\n(?! )/)
          .sort(),
      ];
    },
  };
}

const makeRoot = () =>
  fs.realpathSync(fs.mkdtempSync(join(process.env.MDEVCTL_TEST_DIRECTORY ?? tmpdir(), "mdevctl-apply-")));

/** A function that makes copies of the host before. */
async function prepareHosts(): Promise<() => ApplyHost> {
  const root = makeRoot();
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  writeSandbox(unflushedSystem(), root, { parents: [parent], cards: [card] });
  for (const args of before) expect((await run(root, args)).stderr).toBe("");
  return () => {
    const copy = makeRoot();
    fs.cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
    return describeCopy(copy);
  };
}

/** As a virtual machine does. */
async function use({ root }: ApplyHost): Promise<Holder> {
  const group = fs.readlinkSync(join(root, "sys/bus/pci/devices", functions[0] ?? "", "iommu_group"));
  return holdOpen(join(root, "dev/vfio", group.split("/").at(-1) ?? ""));
}

/** What an undisturbed run makes of the host. */
async function findGoal(makeHost: () => ApplyHost): Promise<string[]> {
  const host = makeHost();
  const holder = await use(host);
  const { end, stdout, stderr } = await run(host.root, host.apply);
  expect([end, stderr]).toEqual([4, ""]);
  expect(stdout).toContain(String(holder.pid));
  await holder.end();
  return host.state();
}

/** What has to hold whatever has happened to an earlier run, and what the next one does then. */
async function judge(host: ApplyHost, goal: readonly string[], verdict: Verdict, where: string): Promise<void> {
  verdict.tried++;
  const used = fs.readFileSync(
    join(host.root, "sys/bus/pci/devices", functions[0] ?? "", "nvidia/current_vgpu_type"),
    "utf8",
  );
  if (used.trim() !== "1155") verdict.lost("device in use touched", where);
  const next = await run(host.root, host.apply, { seconds: 60 });
  if (next.end !== 4) verdict.lost("next run fails", `${where}: ${next.end} ${next.stdout} ${next.stderr}`);
  const plan = await run(host.root, ["plan", "--prune", host.apply.at(-1) ?? ""]);
  if (plan.end !== 4 || !plan.stdout.includes("1 blocked"))
    verdict.lost("something is left to do", `${where}: ${plan.stdout}`);
  const state = await host.state();
  if (JSON.stringify(state) !== JSON.stringify(goal)) verdict.lost("another state", `${where}: ${state.join("\n")}`);
}

/** How many moments are tried, and how many system calls; default: 300, and all. */
const limit = Number(process.env.MDEVCTL_APPLY_KILLS ?? Number.POSITIVE_INFINITY);

/** Between two of these calls nothing changes. */
const changing = ["flock", "fsync", "linkat", "mkdir", "rename", "rmdir", "symlink", "unlink", "write"];

test("killed at any system call, the next run converges", async () => {
  const verdict = new Verdict("SIGKILL at a system call of apply");
  const makeHost = await prepareHosts();
  const goal = await findGoal(makeHost);
  const model = makeHost();
  await use(model);
  const touched: Paths = isNative
    ? "all"
    : (await findPaths(model, model.apply)).map((path) => path.slice(model.root.length));
  const pathsOf = (root: string): Paths => (touched === "all" ? touched : touched.map((path) => root + path));
  const spare = makeHost();
  await use(spare);
  const calls = (await findCalls(spare, spare.apply, pathsOf(spare.root))).filter(({ name }) =>
    changing.includes(name),
  );
  const every = Math.max(1, Math.ceil(calls.length / limit));
  const chosen = Math.floor(Math.random() * every);
  await forEach(
    calls.filter((_, index) => index % every === chosen),
    async (call) => {
      const host = makeHost();
      const holder = await use(host);
      await runWith({ ...call, fault: "signal=SIGKILL" }, host, host.apply, pathsOf(host.root));
      await judge(host, goal, verdict, `${call.name} ${call.ordinal}`);
      await holder.end();
      host.remove();
    },
  );
  verdict.conclude();
});

test.each([
  ["SIGKILL", 300],
  ["SIGTERM", 60],
] as const)("ended by %s at any moment, the next run converges", async (signal, count) => {
  const verdict = new Verdict(`${signal} at a moment of apply`);
  const makeHost = await prepareHosts();
  const goal = await findGoal(makeHost);
  const model = makeHost();
  await use(model);
  const started = Date.now();
  await run(model.root, model.apply);
  const milliseconds = Date.now() - started;
  const moments = Array.from({ length: Math.min(count, limit) }, () => Math.random() * milliseconds);
  await forEach(moments, async (after) => {
    const host = makeHost();
    const holder = await use(host);
    const running = launch(host.root, host.apply);
    await setTimeout(after);
    running.kill(signal);
    const { end, stdout, stderr } = await running.ended;
    if (end !== signal && end !== 4) verdict.lost("wrong end", `${after} ms: ${end} ${stdout} ${stderr}`);
    await judge(host, goal, verdict, `${after} ms`);
    await holder.end();
    host.remove();
  });
  verdict.conclude();
});

test("of several runs at once, one after the other converges", async () => {
  const verdict = new Verdict("8 runs of apply at once");
  const makeHost = await prepareHosts();
  const goal = await findGoal(makeHost);
  for (let round = 0; round < 5; round++) {
    const host = makeHost();
    const holder = await use(host);
    const ends = await Promise.all(Array.from({ length: 8 }, () => run(host.root, host.apply)));
    for (const { end, stdout, stderr } of ends) if (end !== 4) verdict.lost("fails", `${end} ${stdout} ${stderr}`);
    await judge(host, goal, verdict, `round ${round}`);
    await holder.end();
    host.remove();
  }
  verdict.conclude();
});

test("beside commands that define and start devices, each comes before or after", async () => {
  const verdict = new Verdict("apply beside define and start");
  const makeHost = await prepareHosts();
  const goal = await findGoal(makeHost);
  for (let round = 0; round < 10; round++) {
    const host = makeHost();
    const holder = await use(host);
    const file = host.apply.at(-1) ?? "";
    const others = await Promise.all([
      run(host.root, ["apply", file]),
      ...Array.from({ length: 4 }, () => run(host.root, ["define", "-p", "mtty", "-t", "mtty-1", "-a"])),
      ...Array.from({ length: 4 }, () => run(host.root, ["start", "-p", address, "-t", "L40S-8A"])),
    ]);
    const [applied, ...rest] = others;
    // Those that came first may have taken its room.
    if (applied?.end !== 4 && applied?.end !== 1) verdict.lost("fails", `${applied?.end} ${applied?.stderr}`);
    const isRefusal = ({ end, stderr }: Ended) => end === 1 && /is full|no room|no free/.test(stderr);
    for (const ended of rest) if (ended.end !== 0 && !isRefusal(ended)) verdict.lost("fails", ended.stderr);
    const devices = await host.state();
    const made = rest.filter(({ end }) => end === 0).length;
    const kept = devices.filter((line) => line.startsWith("new")).length;
    if (kept < made) verdict.lost("a device is lost", devices.join("\n"));
    // All of them are pruned.
    await judge(host, goal, verdict, `round ${round}`);
    await holder.end();
    host.remove();
  }
  verdict.conclude();
});

test("with nothing to do, nothing is written and no program is run", async () => {
  const host = (await prepareHosts())();
  const scripts = join(host.root, "usr/lib/mdevctl/scripts.d/callouts");
  fs.mkdirSync(scripts, { recursive: true });
  fs.writeFileSync(join(scripts, "any"), `#!/bin/sh\necho "$@" >> ${host.root}/called\n`, { mode: 0o755 });
  expect((await run(host.root, host.apply)).end).toBe(0);
  expect(fs.existsSync(join(host.root, "called"))).toBe(true);
  fs.rmSync(join(host.root, "called"));
  const paths: Paths = isNative ? "all" : [...(await findPaths(host, host.apply))];
  const { end, stdout, lines } = await trace(host, host.apply, paths);
  expect([end, stdout]).toEqual([0, "Nothing to do: the host is as the file says.\n"]);
  const writing =
    /O_WRONLY|O_RDWR|O_CREAT|^\d+ +(?:mkdir|rename|unlink|rmdir|symlink|link|chmod|fchmod|flock|truncate)/;
  expect(lines.length).toBeGreaterThan(10);
  // What `metrics` tells of it is in /run, which is memory.
  const isOwn = (line: string) => line.includes('"/dev/null"') || line.includes("/run/mdevctl");
  expect(lines.filter((line) => writing.test(line) && !isOwn(line))).toEqual([]);
  expect(
    lines.filter((line) => /^\d+ +(?:v?fork|clone|posix_spawn|execve)/.test(line)).slice(isNative ? 1 : 0),
  ).toEqual([]);
  expect(fs.existsSync(join(host.root, "called"))).toBe(false);
});
