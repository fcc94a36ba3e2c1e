// What doctor says, of hosts and of single devices; src/doctor/doctor.test.ts has what it finds.

import * as fs from "node:fs";
import { expect, test } from "vitest";
import { examine } from "../doctor/checks.ts";
import { assess } from "../doctor/situation.ts";
import { hostOf } from "../host.ts";
import { observe } from "../observed.ts";
import { SystemError } from "../system-error.ts";
import { findAll, type Host, healthyHost, writeTool } from "../testing/breakages.ts";
import { A, B, machine } from "../testing/machine.ts";
import { unflushedSystem } from "../testing/unflushed.ts";

const card = "0000:81:00.0";
const [V, W] = ["0000:81:00.1", "0000:81:00.2"] as const;

/** Nothing on it takes time. */
const host = () => healthyHost(["81"], { system: { sleep: async () => {} } });

/** Why a device is not active: what makes it so, and the device. */
const reasons: readonly (readonly [string, (host: Host) => Promise<string> | string])[] = [
  ["its parent is missing", ({ define }) => define("gone", "mtty-1")],
  ["its parent is misspelled", ({ define }) => define("Mtty", "mtty-1")],
  ["its type is unknown", ({ define }) => define("mtty", "mtty-9")],
  ["its type is unknown on the card", ({ define }) => define(V, "nvidia-7")],
  ["its type has another name", ({ define }) => define(V, "nvidia-9", { type_name: "NVIDIA X-3Q" })],
  ["it has an attribute that is none", ({ define }) => define(V, "nvidia-9", { attrs: [{ reset: "1" }] })],
  ["its type is no name", ({ define }) => define("mtty", "..")],
  [
    "its card is full",
    async ({ define, run }) => {
      await run("start", "--parent", W, "--type", "nvidia-12");
      return define(V, "nvidia-12");
    },
  ],
  [
    "another size is active",
    async ({ define, run }) => {
      await run("start", "--parent", W, "--type", "nvidia-9");
      return define(V, "nvidia-10");
    },
  ],
  [
    "its VF is taken",
    async ({ define, run }) => {
      await run("start", "--parent", V, "--type", "nvidia-9");
      return define(V, "nvidia-9", { type_name: "NVIDIA X-8Q" });
    },
  ],
  [
    "there is no free instance",
    async ({ define, run }) => {
      await run("start", "--parent", "full", "--type", "f-1");
      return define("full", "f-1");
    },
  ],
  [
    "it is active elsewhere",
    async ({ define, run }) => {
      const uuid = define("mtty", "mtty-1");
      await run("start", "--uuid", uuid, "--parent", "matrix", "--type", "vfio_ap-passthrough");
      return uuid;
    },
  ],
];

test.each(reasons)("doctor tells why a device is not active as start does: %s", async (_what, make) => {
  const made = host();
  const uuid = await make(made);
  const [message = ""] = (await made.run("start", uuid)).stderr.split("\n");
  expect(message).toMatch(/^mdevctl: cannot start /);
  const findings = await findAll(made, uuid);
  expect(findings.map((finding) => `mdevctl: ${finding.message}`)).toEqual([message]);
  expect((await made.run("doctor", uuid)).status).toBe(findings[0]?.severity === "error" ? 3 : 0);
});

test("files that are late, and a driver that has taken the VF, are findings about the VF and its card", async () => {
  const made = host();
  const [late, taken] = [made.define(V, "nvidia-9"), made.define(W, "nvidia-9")];
  fs.rmSync(`${made.directory(V)}/nvidia`, { recursive: true });
  made.bind(W, "vfio-pci");
  const start = async (uuid: string) => (await made.run("start", uuid)).stderr.split("\n")[0];
  const reason = `the driver has not made the vGPU files of ${V} yet`;
  expect(await start(late)).toBe(`mdevctl: cannot start ${late}: ${reason}`);
  expect(await findAll(made, late)).toMatchObject([{ code: "vf-not-ready", subject: V, message: reason }]);
  expect(await start(taken)).toBe(
    `mdevctl: cannot start ${taken}: ${W} belongs to the driver vfio-pci, not to NVIDIA's`,
  );
  const found = {
    code: "vf-of-other-driver",
    subject: card,
    message: `${W} of ${card} belongs to the driver vfio-pci`,
  };
  for (const name of [taken, W]) expect(await findAll(made, name)).toMatchObject([found]);
  await made.run("undefine", taken);
  expect(await findAll(made, W)).toMatchObject([found]);
});

test("of a device with which nothing is wrong, doctor says whether it is active", async () => {
  const made = host();
  const uuid = made.define(V, "nvidia-9");
  const calm = `nothing wrong is found with ${uuid}: it is`;
  expect((await made.run("doctor", "d0c7")).stdout).toMatch(
    `${calm} not active, and nothing is in the way of starting it; `,
  );
  await made.run("start", uuid);
  expect((await made.run("doctor", uuid)).stdout).toMatch(`${calm} active; `);
});

test("of a parent or a card, doctor tells what is wrong with it and its devices, and nothing else", async () => {
  const made = healthyHost(["81", "91"]);
  const [own, other] = [made.define(V, "nvidia-7"), made.define("0000:91:00.1", "nvidia-7")];
  const subjects = async (...args: string[]) => (await findAll(made, ...args)).map(({ subject }) => subject);
  expect(await subjects()).toEqual([own, other]);
  expect(await subjects(V)).toEqual([own]);
  expect(await subjects(card)).toEqual([own]);
  expect(await subjects(W)).toEqual([]);
  expect(await subjects("mtty")).toEqual([]);
});

test.each([
  ["mty", "there is no card, parent device or device mty", "Did you mean 'mtty'?"],
  [A, `${A} is neither active nor defined`, "'mdevctl list' and 'mdevctl list --defined' show the devices."],
])("doctor %s fails", async (target, message, hint) => {
  expect(await host().run("doctor", target)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: ${message}\n${hint}\n`,
  });
});

test("a finding is shown with what was seen, what follows and what to do", async () => {
  const made = host();
  const uuid = made.define("gone", "mtty-1", { start: "auto" });
  const path = `${made.root}/etc/mdevctl.d/gone/${uuid}`;
  const { status, stdout } = await made.run("doctor");
  expect(status).toBe(3);
  expect(stdout.replace(/\d+ checks/, "N checks").replace(/The parent devices are .*?\. /, "")).toBe(`\
error parent-missing: cannot start ${uuid}: there is no parent device gone
  ${path}: mdev_type mtty-1, start auto
  The device is not started with its parent.
  If the parent is gone for good, undefine the device.
    mdevctl undefine --uuid ${uuid} --parent gone

1 error; N checks passed
`);
});

test("of definitions that exclude each other, the active or the automatic one is to be kept", async () => {
  const made = host();
  const twice = made.define("mtty", "mtty-1", { start: "auto" });
  const definition = made.read(`etc/mdevctl.d/mtty/${twice}`) ?? "";
  made.write(`etc/mdevctl.d/matrix/${twice}`, definition.replace("mtty-1", "vfio_ap-passthrough"));
  const spare = made.define(V, "nvidia-9");
  const kept = made.define(V, "nvidia-9", { start: "auto" });
  const found = async () => (await findAll(made)).map(({ code, fix }) => [code, fix.commands[0]?.slice(8)]);
  const onVf = ["two-defined-on-vf", `undefine --uuid ${spare} --parent ${V}`];
  expect(await found()).toEqual([
    ["defined-twice", `undefine --uuid ${twice} --parent mtty`],
    ["not-started", `start --uuid ${twice} --parent matrix`],
    ["not-started", `start --uuid ${kept} --parent ${V}`],
    onVf,
  ]);
  await made.run("start", "--uuid", twice, "--parent", "mtty");
  await made.run("start", kept);
  expect(await found()).toEqual([["defined-twice", `undefine --uuid ${twice} --parent matrix`], onVf]);
});

test("an automatic device counts for its card, though a manual one is defined on its VF before it", async () => {
  const made = host();
  made.define(V, "nvidia-10");
  for (const parent of [V, W, "0000:81:00.3"]) made.define(parent, "nvidia-10", { start: "auto" });
  expect((await findAll(made)).map(({ code }) => code)).toEqual(["too-many-automatic", "two-defined-on-vf"]);
});

test.each([
  ["has another name", "type-renamed", "nvidia-9", "NVIDIA X-3Q"],
  ["has another number", "type-renumbered", "nvidia-99", "NVIDIA X-8Q"],
])("the command for a type that %s mends the definition", async (_what, code, type, name) => {
  const made = host();
  const uuid = made.define(V, type, { type_name: name });
  const [found, ...more] = await findAll(made, uuid);
  expect([found?.code, more]).toEqual([code, []]);
  const [, ...args] = found?.fix.commands[0]?.split(" ") ?? [];
  expect(await made.run(...args)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await findAll(made)).toEqual([]);
  expect(JSON.parse(made.read(`etc/mdevctl.d/${V}/${uuid}`) ?? "")).toMatchObject({
    mdev_type: "nvidia-9",
    type_name: "NVIDIA X-8Q",
    start: "manual",
  });
});

test("five alike are shown, and how many more there are; JSON has all", async () => {
  const made = host();
  for (let count = 0; count < 7; count++) made.define("gone", "mtty-1");
  const { stdout } = await made.run("doctor");
  expect(stdout.match(/^error parent-missing/gm)).toHaveLength(5);
  expect(stdout).toMatch("parent-missing: and 2 more\n");
  expect(await findAll(made)).toHaveLength(7);
});

test("on a terminal, colour repeats the severity", async () => {
  const made = machine({ terminal: true });
  made.write(`etc/mdevctl.d/gone/${A}`, '{"mdev_type":"a","start":"auto"}');
  expect((await made.run("doctor")).stdout).toMatch("\x1b[31merror\x1b[0m parent-missing: cannot start ");
});

test("--skip leaves checks out, and --fail-on decides about the exit status", async () => {
  const made = host();
  made.define("matrix", "vfio_ap-passthrough", { start: "auto" });
  expect((await made.run("doctor")).status).toBe(0);
  expect((await made.run("doctor", "--fail-on", "warning")).status).toBe(3);
  const { status, stdout } = await made.run("doctor", "--fail-on=warning", "--skip", "not-started,unread");
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/passed, 2 skipped: not-started \(--skip\), unread \(--skip\)\n$/),
  ]);
});

test("a tool that fails is a check that is skipped", async () => {
  const made = host();
  writeTool(made, "dmesg", "exit 1");
  const { findings, checks } = JSON.parse((await made.run("doctor", "--json")).stdout);
  expect([findings, checks.skipped]).toEqual([
    [],
    [{ code: "kernel-log", reason: `cannot ask ${made.root}/usr/bin/dmesg: exit status 1` }],
  ]);
});

test("lines of the kernel's log that are alike are counted, and the last five shown", async () => {
  const made = host();
  const uuid = made.define(V, "nvidia-9");
  const lines = [1, 2, 3, 4, 5, 6, 6].map((number) => `[ ${number}.5] NVRM: vgpu failure ${number}`);
  writeTool(made, "dmesg", `cat <<'END'\n${lines.join("\n")}\n[ 9] NVRM: loading\n[ 9] usb: vgpu failed\nEND`);
  expect(await findAll(made, uuid)).toMatchObject([
    {
      code: "kernel-log",
      evidence: [2, 3, 4, 5, 6].map((number) => ({
        path: "dmesg",
        value: `NVRM: vgpu failure ${number}${number === 6 ? " (2 times)" : ""}`,
      })),
    },
  ]);
  expect((await made.run("doctor")).status).toBe(0);
});

test.each([
  [`${V} refuses nvidia-9: input/output error`, "EIO"],
  [`the driver took nvidia-9 without an error, but ${V} has no type`, undefined],
])("where only the logs know why, start says how to look into them: %s", async (reason, code) => {
  const real = unflushedSystem();
  const rename = (from: string, to: string) => {
    if (!to.endsWith("/current_vgpu_type")) return real.rename(from, to);
    real.remove(from);
    if (code !== undefined) throw new SystemError(code, "write", to);
  };
  const made = healthyHost(["81"], { system: { rename } });
  writeTool(made, "dmesg", "echo 'NVRM: Failed to add vgpu create request: 0x38'");
  expect((await made.run("start", "--uuid", A, "--parent", V, "--type", "nvidia-9")).stderr).toBe(
    `mdevctl: cannot start ${A}: ${reason}\nThe logs may say why: mdevctl doctor ${V}\n`,
  );
  expect((await made.run("doctor", V)).stdout).toMatch("\n  A VF could not have the type that was asked for: ");
});

test("without IOMMU groups, VFs are of no use", async () => {
  const made = host();
  fs.rmSync(`${made.root}/sys/kernel/iommu_groups`, { recursive: true });
  expect(await findAll(made)).toMatchObject([{ code: "iommu-off", severity: "error", subject: "host" }]);
});

test("a host on which nothing offers devices is told so", async () => {
  expect(await findAll(machine({ parents: [] }))).toMatchObject([{ code: "driver-missing", severity: "warning" }]);
});

test.runIf(process.getuid?.() === 0)("scripts that root will not run are found, with what commands say", async () => {
  const made = host();
  made.callout("vendor", "exit 2");
  fs.chmodSync(`${made.root}/usr/lib/mdevctl/scripts.d/callouts/vendor`, 0o777);
  const { stderr } = await made.run("start", "--parent", "mtty", "--type", "mtty-1");
  const [found, ...more] = await findAll(made);
  expect([found?.code, more]).toEqual(["script-untrusted", []]);
  expect(stderr).toBe(`mdevctl: ${found?.message}\n${found?.fix.text}\n`);
  // They are in the way of each device and parent.
  for (const name of [made.define(V, "nvidia-9"), V, card]) {
    expect(await findAll(made, name)).toMatchObject([{ code: "script-untrusted" }]);
  }
});

test("what cannot be read is found", async () => {
  const real = unflushedSystem();
  const readDirectory = (path: string) => {
    if (path.endsWith("/etc/mdevctl.d/closed")) throw new SystemError("EACCES", "read the directory", path);
    return real.readDirectory(path);
  };
  const made = machine({ system: { readDirectory }, files: { "etc/mdevctl.d/closed/x": "" } });
  const path = `${made.root}/etc/mdevctl.d/closed`;
  expect(await findAll(made)).toMatchObject([
    { code: "unread", message: `cannot read the directory ${path}: permission denied` },
  ]);
});

test("nobody is told that nothing is wrong where something could not be read", async () => {
  const made = host();
  const uuid = made.define("mtty", "mtty-1");
  const types = `${made.directory(V)}/nvidia/creatable_vgpu_types`;
  fs.rmSync(types);
  fs.mkdirSync(types);
  const codes = async (name: string) => (await findAll(made, name)).map(({ code }) => code);
  expect(await Promise.all([V, card, W, "mtty", uuid].map(codes))).toEqual([["unread"], ["unread"], [], [], []]);
  fs.rmSync(`${made.root}/sys/bus/mdev/devices`, { recursive: true, force: true });
  fs.symlinkSync("devices", `${made.root}/sys/bus/mdev/devices`);
  expect(await codes("mtty")).toEqual(["unread"]);
  expect(await codes(uuid)).toEqual(["unread"]);
});

test("a check that crashes is an error, and the others go on", async () => {
  const made = machine({ parents: [] });
  made.write(`etc/mdevctl.d/gone/${B}`, '{"mdev_type":"a","start":"auto"}');
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? made.root : undefined);
  const real = hostOf({ ...unflushedSystem(), environment });
  const situation = assess(await observe(real), real.paths);
  const broken = { ...situation, cards: new Map<string, never>() };
  Object.defineProperty(broken.cards, "size", {
    get: () => {
      throw new TypeError("x is not a function");
    },
  });
  const { findings, crashed } = await examine(real, broken, []);
  expect(crashed).toEqual([{ code: "iommu-off", reason: "x is not a function" }]);
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
    ["check-crashed", "error"],
    ["parent-missing", "error"],
  ]);
});

test("--list shows all checks, and needs no host", async () => {
  const { status, stdout } = await machine().run("doctor", "--list");
  expect([status, stdout.split("\n")[0]]).toEqual([
    0,
    "active-elsewhere      warning A device is active under another parent than it is defined under",
  ]);
});

test("what is worst stands first", async () => {
  const definition = '{"mdev_type":"mtty-1","start":"auto"}';
  const { run } = machine({
    files: { [`etc/mdevctl.d/mtty/${A}`]: definition, [`etc/mdevctl.d/gone/${B}`]: definition },
  });
  const { stdout } = await run("doctor");
  expect(stdout.match(/^(error|warning) [a-z-]+/gm)).toEqual(["error parent-missing", "warning not-started"]);
});
