import { expect, test } from "vitest";
import type { Device } from "../../device.ts";
import { hostOf } from "../../host.ts";
import type { SandboxCard } from "../../sandbox/parents.ts";
import { simulateKernel } from "../../sandbox/simulate.ts";
import { nodeSystem } from "../../system/node.ts";
import { A, B, C, machine } from "../../testing/machine.ts";
import { contract } from "../framework.contract.ts";
import { nvidiaVf } from "./nvidia.ts";
import { parseTypes } from "./types.ts";

const card: SandboxCard = {
  path: "pci0000:80/0000:80:02.0/0000:82:00.0",
  model: "NVIDIA X",
  functions: ["0000:82:00.4", "0000:82:00.5", "0000:82:00.6"],
  memory: 24,
  types: [
    { id: 9, name: "NVIDIA X-8Q", memory: 8 },
    { id: 10, name: "NVIDIA X-12Q", memory: 12 },
    { id: 11, name: "NVIDIA X-8A", memory: 8 },
  ],
};

function kernel() {
  const made = machine({ cards: [card] });
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? made.root : undefined);
  return { ...made, host: hostOf(simulateKernel({ ...nodeSystem(), environment }, made.root)) };
}

const vgpu = (uuid: string, parent: string): Device => ({
  ...{ uuid, parent, type: "nvidia-9" },
  start: "manual",
  attributes: [],
});

test.for(contract)("$title", async ({ check }) => {
  const { host } = kernel();
  const devices = [vgpu(A, "0000:82:00.4"), vgpu(C, "0000:82:00.5"), vgpu(B, "0000:82:00.6")] as const;
  const refused = { ...devices[2], attributes: [{ name: "nvidia/vgpu_params", value: "loud" }] };
  await check({ host, framework: nvidiaVf, devices, refused });
});

test.each([
  ["a header alone", "ID    : vGPU Name\n", []],
  ["nothing", "", []],
  [
    "numbers in a column",
    "ID    : vGPU Name\n1145  : NVIDIA L40S-1B\n 558: NVIDIA A40-2Q\n",
    [
      { type: "nvidia-1145", name: "NVIDIA L40S-1B" },
      { type: "nvidia-558", name: "NVIDIA A40-2Q" },
    ],
  ],
  [
    "names with a colon or a number in them",
    "1: NVIDIA RTX Pro 6000 Blackwell DC-3Q\n2 : A: 7\n",
    [
      { type: "nvidia-1", name: "NVIDIA RTX Pro 6000 Blackwell DC-3Q" },
      { type: "nvidia-2", name: "A: 7" },
    ],
  ],
  [
    "names first",
    "NVIDIA A40-2Q   558\nNVIDIA A40-4Q : 559\r\n",
    [
      { type: "nvidia-558", name: "NVIDIA A40-2Q" },
      { type: "nvidia-559", name: "NVIDIA A40-4Q" },
    ],
  ],
])("of a driver that lists %s the types are read", (_what, text, types) => {
  expect(parseTypes(text)).toEqual(types);
});
