import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { machine } from "../testing/machine.ts";
import type { SandboxCard } from "./parents.ts";

const address = "0000:82:00.0";
const card: SandboxCard = {
  path: `pci0000:80/0000:80:02.0/${address}`,
  model: "NVIDIA X",
  functions: ["0000:82:00.4", "0000:82:00.5", "0000:82:00.6"],
  memory: 24,
  types: [
    { id: 9, name: "NVIDIA X-8Q", memory: 8 },
    { id: 10, name: "NVIDIA X-12Q", memory: 12 },
  ],
};

function sandbox() {
  const made = machine({ cards: [card] });
  return {
    ...made,
    tool: (name: string, ...args: string[]) => execFileSync(`${made.root}/usr/${name}`, args, { encoding: "utf8" }),
    types: async () => {
      const { stdout } = await made.run("types", "--parent", address);
      return [...stdout.matchAll(/Name: (.*)/g)].map(([, name]) => name);
    },
  };
}

test("a card without virtual functions has no devices, and has them again as they were before any", async () => {
  const { run, tool, types } = sandbox();
  await run("start", "-p", address, "-t", "X-8Q");
  tool("lib/nvidia/sriov-manage", "-d", address);
  expect((await run("list")).stdout).toBe("");
  expect((await run("start", "-p", address, "-t", "X-8Q")).stderr).toContain("no virtual functions");
  tool("lib/nvidia/sriov-manage", "-e", address);
  expect(await types()).toEqual(Array(3).fill(["NVIDIA X-12Q", "NVIDIA X-8Q"]).flat());
});

test("which types are possible next to others depends on what nvidia-smi was told", async () => {
  const { run, tool, types } = sandbox();
  const mode = () => tool("bin/nvidia-smi", "-q", "-i", address).trim().split(": ")[1];
  expect(mode()).toBe("Disabled");
  await run("start", "-p", "0000:82:00.4", "-t", "X-12Q");
  expect(await types()).toEqual(["NVIDIA X-12Q", "NVIDIA X-12Q"]);
  expect(() => tool("bin/nvidia-smi", "vgpu", "-shm", "1", "-i", address)).toThrow();
  expect(mode()).toBe("Disabled");
  await run("stop", (await run("list")).stdout.slice(0, 36));
  tool("bin/nvidia-smi", "vgpu", "-shm", "1", "-i", address);
  expect(mode()).toBe("Enabled");
  await run("start", "-p", "0000:82:00.4", "-t", "X-12Q");
  expect(new Set(await types())).toEqual(new Set(["NVIDIA X-8Q", "NVIDIA X-12Q"]));
});

test("a file brings a card without virtual functions to devices of different sizes", async () => {
  const { run, tool, write, root } = sandbox();
  tool("lib/nvidia/sriov-manage", "-d", address);
  const devices = "[{type: X-8Q}, {type: X-12Q}]";
  write(
    "state.yaml",
    `version: 1\ngroups: [{card: "${address}", vfs: true, mixed-sizes: true, devices: ${devices}}]\n`,
  );
  const { status, stdout } = await run("apply", `${root}/state.yaml`);
  expect(stdout.split("\n").at(-2)).toBe("6 of 6 steps done.");
  expect(status).toBe(0);
  expect((await run("list")).stdout.match(/nvidia-9 auto|nvidia-10 auto/g)?.sort()).toEqual([
    "nvidia-10 auto",
    "nvidia-9 auto",
  ]);
  expect((await run("plan", "--detailed-exitcode", `${root}/state.yaml`)).status).toBe(0);
});
