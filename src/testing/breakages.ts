// What can be wrong with a host: how to break it, and what doctor has to find then. For the tests of doctor.

import * as fs from "node:fs";
import { dirname } from "node:path";
import type { Finding } from "../doctor/finding.ts";
import type { SandboxCard, SandboxParent } from "../sandbox/parents.ts";
import { type Machine, type MachineOptions, machine, testParents } from "./machine.ts";

const types = [
  { id: 9, name: "NVIDIA X-8Q", memory: 8192 },
  { id: 10, name: "NVIDIA X-12Q", memory: 12288 },
  { id: 12, name: "NVIDIA X-24Q", memory: 24576 },
];

function describeCard(bus: string): SandboxCard {
  const functions = [1, 2, 3].map((number) => `0000:${bus}:00.${number}`);
  return { path: `pci0000:${bus}/0000:${bus}:00.0`, model: "NVIDIA X", functions, memory: 24576, types };
}

const parents: readonly SandboxParent[] = [
  ...testParents,
  {
    path: "virtual/small/small",
    capacity: 2,
    types: [{ name: "s-1", deviceApi: "vfio-pci", size: 1, attributes: [] }],
  },
  { path: "virtual/full/full", capacity: 1, types: [{ name: "f-1", deviceApi: "vfio-pci", size: 1, attributes: [] }] },
];

const rules = "usr/lib/udev/rules.d/60-mdevctl.rules";
const unit = "usr/lib/systemd/system/mdevctl-card@.service";

/** Where a package puts what is in the repository. */
const installed: Readonly<Record<string, string>> = {
  [rules]: "udev/60-mdevctl.rules",
  [unit]: "systemd/mdevctl-card@.service",
  "usr/lib/systemd/system/mdevctl-cards.service": "systemd/mdevctl-cards.service",
};

export interface Host extends Machine {
  /** Writes a definition, and returns its UUID. */
  define(parent: string, type: string, fields?: object): string;
  /** Of a function. */
  directory(address: string): string;
  /** Replaces the driver that a function is bound to. */
  bind(address: string, driver: string | undefined): void;
}

/** A host on which nothing is wrong, installed as from a package, with cards on these buses. */
export function healthyHost(buses: readonly string[], options: Pick<MachineOptions, "system"> = {}): Host {
  const made = machine({ parents, cards: buses.map((bus) => describeCard(bus)), ...options });
  for (const [path, source] of Object.entries(installed)) made.write(path, fs.readFileSync(source, "utf8"));
  fs.mkdirSync(`${made.root}/run/systemd/system`, { recursive: true });
  let count = 0;
  const define = (parent: string, type: string, fields: object = {}) => {
    const uuid = `d0c70000-0000-4000-8000-${String(++count).padStart(12, "0")}`;
    made.write(
      `etc/mdevctl.d/${parent}/${uuid}`,
      JSON.stringify({ mdev_type: type, start: "manual", attrs: [], ...fields }),
    );
    return uuid;
  };
  const directory = (address: string) => `${made.root}/sys/bus/pci/devices/${address}`;
  const bind = (address: string, driver: string | undefined) => {
    fs.rmSync(`${directory(address)}/nvidia`, { recursive: true, force: true });
    fs.rmSync(`${directory(address)}/driver`, { force: true });
    fs.rmSync(`${made.root}/sys/bus/pci/drivers/nvidia/${address}`, { force: true });
    if (driver !== undefined) fs.symlinkSync(`../../../bus/pci/drivers/${driver}`, `${directory(address)}/driver`);
  };
  return { ...made, define, directory, bind };
}

export interface Breakage {
  readonly code: string;
  /** Breaks the host; `bus` is that of a card which no other breakage uses. Returns the subject of what has to be found. */
  readonly apply: (host: Host, bus: string) => Promise<string> | string;
  /** Only one of those with the same word can be applied. */
  readonly excludes?: string;
}

const automatic = { start: "auto" };

/** Each is one thing that is wrong. None of them depends on another. */
export const breakages: readonly Breakage[] = [
  { code: "parent-missing", apply: ({ define }) => define("gone", "mtty-1", automatic) },
  { code: "parent-missing", apply: ({ define }) => define("0000:99:00.1", "nvidia-9") },
  { code: "parent-misspelled", apply: ({ define }) => define("Matrix", "vfio_ap-passthrough", automatic) },
  {
    code: "vfs-missing",
    apply: (host, bus) => {
      removeFunctions(host, bus);
      host.define(`0000:${bus}:00.1`, "nvidia-9", automatic);
      host.define(`0000:${bus}:00.2`, "nvidia-9");
      return `0000:${bus}:00.0`;
    },
  },
  {
    code: "vfs-off",
    apply: (host, bus) => {
      removeFunctions(host, bus);
      host.write("usr/lib/nvidia/sriov-manage", "");
      return `0000:${bus}:00.0`;
    },
  },
  {
    code: "vgpu-support-missing",
    apply: (host, bus) => {
      for (const number of [1, 2, 3])
        fs.rmSync(`${host.directory(`0000:${bus}:00.${number}`)}/nvidia`, { recursive: true });
      host.define(`0000:${bus}:00.1`, "nvidia-9", automatic);
      return `0000:${bus}:00.0`;
    },
  },
  {
    code: "vf-not-ready",
    apply: (host, bus) => {
      fs.rmSync(`${host.directory(`0000:${bus}:00.2`)}/nvidia`, { recursive: true });
      host.define(`0000:${bus}:00.2`, "nvidia-9", automatic);
      return `0000:${bus}:00.2`;
    },
  },
  ...["vfio-pci", "nouveau", undefined].map(
    (driver): Breakage => ({
      code: "vf-of-other-driver",
      apply: (host, bus) => {
        for (const number of [2, 3]) host.bind(`0000:${bus}:00.${number}`, driver);
        host.define(`0000:${bus}:00.3`, "nvidia-9", automatic);
        return `0000:${bus}:00.0`;
      },
    }),
  ),
  {
    code: "definition-broken",
    apply: ({ define, write }) => {
      const uuid = define("mtty", "mtty-1");
      write(`etc/mdevctl.d/mtty/${uuid}`, '{"mdev_type":');
      return uuid;
    },
  },
  {
    code: "definition-refused",
    apply: ({ define }, bus) => define(`0000:${bus}:00.1`, "nvidia-9", { ...automatic, attrs: [{ remove: "1" }] }),
  },
  { code: "definition-refused", apply: ({ define }) => define("mtty", "../mtty-1", automatic) },
  {
    code: "defined-twice",
    apply: ({ define, write, read }) => {
      const uuid = define("mtty", "mtty-1");
      write(
        `etc/mdevctl.d/matrix/${uuid}`,
        (read(`etc/mdevctl.d/mtty/${uuid}`) ?? "").replace("mtty-1", "vfio_ap-passthrough"),
      );
      return uuid;
    },
  },
  { code: "type-missing", apply: ({ define }) => define("mtty", "mtty-7", automatic) },
  { code: "type-missing", apply: ({ define }, bus) => define(`0000:${bus}:00.1`, "nvidia-7", automatic) },
  {
    code: "type-renamed",
    apply: ({ define }, bus) => define(`0000:${bus}:00.1`, "nvidia-9", { ...automatic, type_name: "NVIDIA X-3Q" }),
  },
  {
    code: "type-renumbered",
    apply: ({ define }, bus) => define(`0000:${bus}:00.1`, "nvidia-7", { type_name: "NVIDIA X-8Q" }),
  },
  {
    code: "two-automatic-on-vf",
    apply: ({ define }, bus) => {
      define(`0000:${bus}:00.1`, "nvidia-9", automatic);
      define(`0000:${bus}:00.1`, "nvidia-10", automatic);
      return `0000:${bus}:00.1`;
    },
  },
  {
    code: "two-defined-on-vf",
    apply: async ({ define, run }, bus) => {
      define(`0000:${bus}:00.1`, "nvidia-10");
      await run("start", define(`0000:${bus}:00.1`, "nvidia-9", automatic), "--parent", `0000:${bus}:00.1`);
      return `0000:${bus}:00.1`;
    },
  },
  {
    code: "too-many-automatic",
    apply: ({ define }, bus) => {
      for (const number of [1, 2, 3]) define(`0000:${bus}:00.${number}`, "nvidia-10", automatic);
      return `0000:${bus}:00.0`;
    },
  },
  {
    code: "too-many-automatic",
    excludes: "small",
    apply: async ({ define, run }) => {
      for (let at = 0; at < 3; at++) define("small", "s-1", automatic);
      await run("start-parent-mdevs", "small");
      return "small";
    },
  },
  {
    code: "cannot-start",
    apply: async ({ define, run }, bus) => {
      await run("start", "--parent", `0000:${bus}:00.2`, "--type", "nvidia-12");
      return define(`0000:${bus}:00.1`, "nvidia-12", automatic);
    },
  },
  {
    code: "cannot-start",
    apply: async ({ define, run }, bus) => {
      await run("start", "--parent", `0000:${bus}:00.2`, "--type", "nvidia-9");
      return define(`0000:${bus}:00.1`, "nvidia-10", automatic);
    },
  },
  {
    code: "cannot-start",
    apply: async ({ define, run }, bus) => {
      await run("start", "--parent", `0000:${bus}:00.1`, "--type", "nvidia-9");
      return define(`0000:${bus}:00.1`, "nvidia-10", automatic);
    },
  },
  {
    code: "cannot-start",
    excludes: "full",
    apply: async ({ define, run }) => {
      await run("start", "--parent", "full", "--type", "f-1");
      return define("full", "f-1", automatic);
    },
  },
  { code: "not-started", apply: ({ define }) => define("matrix", "vfio_ap-passthrough", automatic) },
  {
    code: "active-elsewhere",
    apply: async ({ define, run }) => {
      const uuid = define("mtty", "mtty-1", automatic);
      await run("start", "--uuid", uuid, "--parent", "matrix", "--type", "vfio_ap-passthrough");
      return uuid;
    },
  },
  {
    code: "other-type-active",
    excludes: "serial",
    apply: async ({ define, run, write }) => {
      const uuid = define("mtty", "mtty-1");
      await run("start", "--uuid", uuid);
      write(`etc/mdevctl.d/mtty/${uuid}`, '{"mdev_type":"mtty-2","start":"auto","attrs":[]}');
      return uuid;
    },
  },
  {
    code: "definition-untrusted",
    apply: ({ define, root }) => {
      const path = `${root}/etc/mdevctl.d/mtty/${define("mtty", "mtty-1")}`;
      fs.chmodSync(path, 0o666);
      return path;
    },
  },
  {
    code: "script-not-executable",
    excludes: "callout",
    apply: ({ root, write }) => {
      write("etc/mdevctl.d/scripts.d/callouts/vendor", "#!/bin/sh\n");
      return `${root}/etc/mdevctl.d/scripts.d/callouts/vendor`;
    },
  },
  {
    code: "claim-stale",
    apply: async ({ define, directory, run }, bus) => {
      const uuid = define(`0000:${bus}:00.1`, "nvidia-9");
      await run("start", uuid, "--parent", `0000:${bus}:00.1`);
      fs.writeFileSync(`${directory(`0000:${bus}:00.1`)}/nvidia/current_vgpu_type`, "0\n");
      return uuid;
    },
  },
  {
    code: "kernel-log",
    excludes: "dmesg",
    apply: (host, bus) => {
      writeTool(host, "dmesg", `echo '[    5.1] NVRM: GPU 0000:${bus}:00.0: vGPU plugin failed'`);
      return `0000:${bus}:00.0`;
    },
  },
  {
    code: "service-log",
    excludes: "journalctl",
    apply: (host, bus) => {
      writeTool(host, "journalctl", `echo 'error: vmiop_log: 0000:${bus}:00.2: initialization failed'`);
      return `0000:${bus}:00.0`;
    },
  },
  {
    code: "libvirt-too-old",
    excludes: "libvirt",
    apply: async (host, bus) => {
      host.define(`0000:${bus}:00.1`, "nvidia-9");
      writeTool(host, "libvirtd", "echo 'libvirtd (libvirt) 9.0.0'");
      return "libvirt";
    },
  },
  {
    code: "udev-rules-missing",
    excludes: "rules",
    apply: async (host, bus) => {
      await startAutomatic(host, bus);
      fs.rmSync(`${host.root}/${rules}`);
      return "60-mdevctl.rules";
    },
  },
  {
    code: "udev-rules-differ",
    excludes: "rules",
    apply: async (host, bus) => {
      await startAutomatic(host, bus);
      host.write(
        "etc/udev/rules.d/60-mdevctl.rules",
        'ACTION=="add", RUN+="/usr/sbin/mdevctl start-parent-mdevs $kernel"\n',
      );
      return `${host.root}/etc/udev/rules.d/60-mdevctl.rules`;
    },
  },
  {
    code: "unit-missing",
    excludes: "unit",
    apply: async (host, bus) => {
      await startAutomatic(host, bus);
      fs.rmSync(`${host.root}/${unit}`);
      return "mdevctl-card@.service";
    },
  },
  {
    code: "unit-differs",
    excludes: "unit",
    apply: async (host, bus) => {
      await startAutomatic(host, bus);
      fs.appendFileSync(`${host.root}/${unit}`, "RemainAfterExit=yes\n");
      return `${host.root}/${unit}`;
    },
  },
];

/** Something that depends on rules and units. */
async function startAutomatic({ define, run }: Host, bus: string): Promise<void> {
  await run("start", define(`0000:${bus}:00.1`, "nvidia-9", automatic));
}

/** So many of them that can be applied together, the same for the same seed. */
export function chooseBreakages(count: number, seed: number): Breakage[] {
  const random = createRandom(seed);
  const left = [...breakages];
  const chosen: Breakage[] = [];
  while (chosen.length < count) {
    const [breakage] = left.splice(Math.floor(random() * left.length), 1);
    if (breakage === undefined) break;
    const { excludes } = breakage;
    if (excludes === undefined || chosen.every((other) => other.excludes !== excludes)) chosen.push(breakage);
  }
  return chosen;
}

/** Mulberry32: numbers from 0 up to 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Breaks a host in these ways. Returns what has to be found and what is, as codes with subjects, sorted. */
export async function breakHost(chosen: readonly Breakage[]): Promise<{ expected: string[]; found: string[] }> {
  const host = healthyHost(chosen.map((_, index) => busOf(index)));
  const expected: string[] = [];
  for (const [index, { code, apply }] of chosen.entries()) expected.push(`${code} ${await apply(host, busOf(index))}`);
  const found = (await findAll(host)).map(({ code, subject }) => `${code} ${subject}`);
  // The test may make many more; what is left is removed after it.
  fs.rmSync(host.root, { recursive: true });
  fs.mkdirSync(host.root);
  return { expected: expected.sort(), found: found.sort() };
}

function busOf(index: number): string {
  // The numbers of their functions' groups are next to each other.
  return (0x40 + 8 * index).toString(16);
}

/** What doctor finds. */
export async function findAll(host: Machine, ...args: readonly string[]): Promise<readonly Finding[]> {
  const { stdout, stderr } = await host.run("doctor", "--json", ...args);
  if (stderr !== "") throw new Error(stderr);
  const { findings, checks } = JSON.parse(stdout);
  if (checks.skipped.length > 0) throw new Error(JSON.stringify(checks.skipped));
  return findings;
}

/** A program that is only there in the host. */
export function writeTool({ root, write }: Machine, name: string, commands: string): void {
  write(`usr/bin/${name}`, `#!/bin/sh\n${commands}\n`);
  fs.chmodSync(`${root}/usr/bin/${name}`, 0o755);
}

function removeFunctions({ root, directory }: Host, bus: string): void {
  const card = fs.realpathSync(directory(`0000:${bus}:00.0`));
  for (const number of [1, 2, 3]) {
    const address = `0000:${bus}:00.${number}`;
    fs.rmSync(`${dirname(card)}/${address}`, { recursive: true });
    fs.rmSync(`${card}/virtfn${number - 1}`);
    for (const place of ["devices", "drivers/nvidia"]) fs.rmSync(`${root}/sys/bus/pci/${place}/${address}`);
  }
  fs.writeFileSync(`${card}/sriov_numvfs`, "0\n");
}
