import * as fs from "node:fs";
import { expect, test } from "vitest";
import { hostOf } from "../../host.ts";
import { nodeSystem } from "../../system/node.ts";
import { machine } from "../../testing/machine.ts";
import { parseSizes, readSizes } from "./sizes.ts";

const mebibyte = 1024 ** 2;

/** As others have shown it; nobody here has the hardware. */
const answer = `GPU 00000000:8C:00.0
    vGPU Type ID                          : 0x5ee
        Name                              : NVIDIA RTX Pro 6000 Blackwell DC-2B
        Class                             : NVIDIA Virtual PC
        GPU Instance Profile ID           : N/A
        Max Instances                     : 32
        Max Instances Per VM              : 1
        Max Instances Per GI              : N/A
        FB Memory                         : 2048 MiB
    vGPU Type ID                          : 0x5ef
        Name                              : NVIDIA RTX Pro 6000 Blackwell DC-1-24Q
        GPU Instance Profile ID           : 14
        Max Instances                     : 4
        FB Memory                         : 24576 MiB
    vGPU Type ID                          : 1520
        Name                              : NVIDIA without memory
        Max Instances                     : 4
GPU 00010002:04:00.0
    No types
GPU 0000A001:04:00.0
    vGPU Type ID                          : 559
        Name                              : NVIDIA A40-4Q
        Max Instances                     : N/A
        FB Memory                         : 4096 MiB
`;

const sizesOf8c = [
  {
    ...{ type: "nvidia-1518", name: "NVIDIA RTX Pro 6000 Blackwell DC-2B", memory: 2048 * mebibyte },
    ...{ most: 32, isOfSlice: false },
  },
  {
    ...{ type: "nvidia-1519", name: "NVIDIA RTX Pro 6000 Blackwell DC-1-24Q", memory: 24576 * mebibyte },
    ...{ most: 4, isOfSlice: true },
  },
];

test("sizes are read by card and type; a type whose memory is not told is left out", () => {
  expect([...parseSizes(answer)]).toEqual([
    ["0000:8c:00.0", sizesOf8c],
    ["10002:04:00.0", []],
    ["a001:04:00.0", [{ type: "nvidia-559", name: "NVIDIA A40-4Q", memory: 4096 * mebibyte, isOfSlice: false }]],
  ]);
});

test.each(["", "GPU", "    Name : x\n", "    vGPU Type ID : 0x5ee\n", "No supported devices were found\n"])(
  "an answer without sizes has none: %j",
  (text) => {
    expect([...parseSizes(text).values()].flat()).toEqual([]);
  },
);

/** A host whose nvidia-smi is a shell script with these commands. */
function hostWith(commands: string) {
  const { root, script, read, write } = machine();
  script("usr/bin/nvidia-smi", commands);
  const warnings: string[] = [];
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? root : undefined);
  const made = hostOf({ ...nodeSystem(), environment });
  return {
    root,
    read,
    write,
    warnings,
    host: { ...made, log: { ...made.log, warn: (text: string) => warnings.push(text) } },
  };
}

test("nvidia-smi is asked once, until something else than before is asked about", async () => {
  const { host, root, warnings } = hostWith(`echo "$@" >> "$root/asked"; cat << 'END'\n${answer}END`);
  const asked = () => nodeSystem().readFile(`${root}/asked`, 1000);
  for (const key of ["a", "a"]) expect((await readSizes(host, key)).get("0000:8c:00.0")).toEqual(sizesOf8c);
  expect(asked()).toBe("vgpu -s -v\n");
  await readSizes(host, "b");
  expect(asked()).toBe("vgpu -s -v\nvgpu -s -v\n");
  expect(warnings).toEqual([]);
});

test.each([
  ["fails", "exit 9", "exit status 9"],
  ["is killed", "kill -9 $$", "it was killed by SIGKILL"],
  ["writes what is no text", "printf '\\377'", "its answer is not valid UTF-8"],
])("an nvidia-smi that %s is warned about, and nothing is kept", async (_what, commands, reason) => {
  const { host, root, read, warnings } = hostWith(commands);
  expect((await readSizes(host, "key")).size).toBe(0);
  expect(warnings).toEqual([`cannot ask ${root}/usr/bin/nvidia-smi: ${reason}`]);
  expect(read("run/mdevctl/nvidia-smi")).toBeUndefined();
});

test("root does not run an nvidia-smi that another user could change", async () => {
  const { root, host, warnings } = hostWith(`touch "$root/asked"; cat << 'END'\n${answer}END`);
  const lstat = (path: string) => ({
    ...host.system.lstat(path),
    ...{ mode: 0o755, userId: path.endsWith("/nvidia-smi") ? 1000 : 0 },
  });
  const asRoot = { ...host, system: { ...host.system, userId: 0, lstat } };
  expect((await readSizes(asRoot, "key")).size).toBe(0);
  expect(warnings).toEqual([expect.stringContaining(`${root}/usr/bin/nvidia-smi belongs to the user with id 1000`)]);
  expect(fs.existsSync(`${root}/asked`)).toBe(false);
});

test("where the answer cannot be kept, nothing is left behind", async () => {
  const { host, root } = hostWith("echo");
  fs.mkdirSync(`${root}/run/mdevctl/nvidia-smi`, { recursive: true });
  await readSizes(host, "key");
  expect(fs.readdirSync(`${root}/run/mdevctl`)).toEqual(["nvidia-smi"]);
});

test("where there is no nvidia-smi, nothing is known and nothing is wrong", async () => {
  const { root } = machine();
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? root : undefined);
  const made = hostOf({ ...nodeSystem(), environment });
  expect((await readSizes(made, "key")).size).toBe(0);
});
