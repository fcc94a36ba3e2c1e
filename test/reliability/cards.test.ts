// A card with virtual functions (VFs), in a sandbox: killed at any moment, by a crowd, and while a VF is in use. Whatever happens, a
// vGPU has an owner, `list` tells the truth, and nothing blocks the next command.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { SandboxCard } from "../../src/sandbox/parents.ts";
import { writeSandbox } from "../../src/sandbox/simulate.ts";
import { holdOpen } from "../../src/testing/holder.ts";
import { unflushedSystem } from "../../src/testing/unflushed.ts";
import { A, B } from "./host.ts";
import { forEach, isNative, launch, run } from "./program.ts";
import { findCalls, findPaths, type Paths, runWith } from "./strace.ts";
import { Verdict } from "./verdict.ts";

const functions = Array.from(
  { length: 16 },
  (_, index) => `0000:82:0${index < 4 ? 0 : index < 12 ? 1 : 2}.${(index + 4) & 7}`,
);
const card = "0000:82:00.0";
const size = 8192;
const description: SandboxCard = {
  path: `pci0000:80/0000:80:02.0/${card}`,
  model: "NVIDIA X",
  functions,
  memory: 6 * size,
  types: [
    { id: 1155, name: "NVIDIA L40S-8Q", memory: size },
    { id: 1158, name: "NVIDIA L40S-24Q", memory: 3 * size },
  ],
};
/** Between two of these calls nothing changes. */
const changing = ["flock", "fsync", "mkdir", "rename", "rmdir", "symlink", "unlink", "write"];
const [V = "", W = ""] = functions;
const started = ["start", "-u", A, "-p", V, "-t", "nvidia-1155"];

interface CardHost {
  readonly root: string;
  /** The number of the VF's type, as the driver tells it. */
  typeOf(vf: string): string;
  /** The path of the node that a VM opens. */
  nodeOf(vf: string): string;
  list(): Promise<string>;
  remove(): void;
}

function makeCardHost(): CardHost {
  const root = fs.realpathSync(fs.mkdtempSync(join(process.env.MDEVCTL_TEST_DIRECTORY ?? tmpdir(), "mdevctl-card-")));
  writeSandbox(unflushedSystem(), root, { parents: [], cards: [description] });
  const remove = () => fs.rmSync(root, { recursive: true, force: true });
  onTestFinished(remove);
  const below = (vf: string, path: string) => join(root, "sys/bus/pci/devices", vf, path);
  return {
    root,
    remove,
    typeOf: (vf) => fs.readFileSync(below(vf, "nvidia/current_vgpu_type"), "utf8").trim(),
    nodeOf: (vf) => join(root, "dev/vfio", fs.readlinkSync(below(vf, "iommu_group")).split("/").at(-1) ?? ""),
    list: async () => (await run(root, ["list"])).stdout,
  };
}

test.each([
  ["start", [] as string[][], started],
  ["stop", [started], ["stop", "-u", A]],
])(
  "killed at any system call of '%s', the VF is free or has its owner, and the next command works",
  async (what, before, args) => {
    const verdict = new Verdict("SIGKILL while a vGPU is made or taken away", what);
    const prepare = async () => {
      const host = makeCardHost();
      for (const line of [["start", "-u", B, "-p", W, "-t", "nvidia-1155"], ...before]) await run(host.root, line);
      return host;
    };
    const model = await prepare();
    const paths: Paths = isNative
      ? "all"
      : (await findPaths(await prepare(), args)).map((path) => path.slice(model.root.length));
    const pathsOf = (root: string): Paths => (paths === "all" ? paths : paths.map((path) => root + path));
    const calls = (await findCalls(model, args, pathsOf(model.root))).filter(({ name }) => changing.includes(name));
    await forEach(calls, async (call) => {
      const host = await prepare();
      const where = `${call.name} ${call.ordinal}`;
      await runWith({ ...call, fault: "signal=SIGKILL" }, host, args, pathsOf(host.root));
      const isActive = host.typeOf(V) !== "0";
      const owned = `${A} ${V} nvidia-1155 manual\n`;
      const listed = await host.list();
      if (listed !== `${isActive ? owned : ""}${B} ${W} nvidia-1155 manual\n`)
        verdict.lost("list is wrong", `${where}: ${listed}`);
      const next = await run(host.root, isActive ? ["stop", "-u", A] : started, { seconds: 30 });
      if (next.end !== 0) verdict.lost("next command fails", `${where}: ${next.stderr}`);
      const again = isActive ? "" : owned;
      if ((await host.list()) !== `${again}${B} ${W} nvidia-1155 manual\n`)
        verdict.lost("next command does nothing", where);
      verdict.tried++;
      host.remove();
    });
    verdict.conclude();
  },
);

test("of 32 commands that start a vGPU of a sixth of the card at once, six succeed, and the others say why", async () => {
  const verdict = new Verdict("32 starts at once on a card");
  const host = makeCardHost();
  const ends = await Promise.all(
    Array.from({ length: 32 }, () => run(host.root, ["start", "-p", card, "-t", "L40S-8Q"], { seconds: 120 })),
  );
  verdict.tried = 32;
  const uuids = ends.filter(({ end }) => end === 0).map(({ stdout }) => stdout.trim());
  expect(uuids).toHaveLength(6);
  const listed = (await host.list())
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
  expect(listed.map(([uuid]) => uuid).sort()).toEqual(uuids.sort());
  expect(new Set(listed.map(([, vf]) => vf)).size).toBe(6);
  expect(functions.filter((vf) => host.typeOf(vf) === "1155")).toHaveLength(6);
  for (const { end, stderr } of ends.filter((each) => each.end !== 0)) {
    expect([end, stderr]).toEqual([
      1,
      expect.stringMatching(/0000:82:00\.0 is full\nActive on it: 6 of nvidia-1155\.\n$/),
    ]);
  }
  verdict.conclude();
});

test("a VF that a process has opened is not stopped, whenever it was opened", async () => {
  const verdict = new Verdict("a stop races with a VM that starts");
  // A stop that the driver refuses waits some seconds, so many wait together.
  const hosts = Array.from({ length: 10 }, makeCardHost);
  const race = async (host: CardHost) => {
    if (host.typeOf(V) === "0") await run(host.root, started);
    const stopping = launch(host.root, ["stop", "-u", A]);
    await setTimeout(Math.random() * 8);
    const isEarly = host.typeOf(V) !== "0";
    const holder = await holdOpen(host.nodeOf(V));
    const { end } = await stopping.ended;
    const isActive = host.typeOf(V) !== "0";
    // From now on nobody stops it.
    const again = isActive ? await run(host.root, ["stop", "-u", A]) : undefined;
    await holder.end();
    if ((end === 0) === isActive) verdict.lost("success reported, not done", `${end}, ${isActive}`);
    if (again !== undefined && again.end === 0)
      verdict.lost("stopped while held", `opened ${isEarly ? "before" : "after"}`);
    verdict.tried++;
  };
  const work = async (host: CardHost) => {
    for (let round = 0; round < 20; round++) await race(host);
  };
  await Promise.all(hosts.map(work));
  verdict.conclude();
});
