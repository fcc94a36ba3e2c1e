import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sandboxCards, sandboxParents } from "../sandbox/parents.ts";
import { nodeSystem } from "../system/node.ts";
import { SystemError } from "../system-error.ts";
import { holdOpen } from "../testing/holder.ts";
import { A, B, C, D, type Machine, type MachineOptions, machine } from "../testing/machine.ts";

/** The samples, by names with labels. */
async function readMetrics({ run }: Pick<Machine, "run">): Promise<Map<string, number>> {
  const { status, stdout, stderr } = await run("metrics");
  expect([status, stderr]).toEqual([0, ""]);
  const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const samples = new Map(lines.map((line) => [line.replace(/ \S+$/, ""), Number(/ (\S+)$/.exec(line)?.[1])]));
  // None is there twice, which Prometheus would refuse.
  expect(samples.size).toBe(lines.length);
  return samples;
}

const host = (options: MachineOptions = {}): Machine =>
  machine({ parents: sandboxParents, cards: sandboxCards, ...options });

const card = "0000:82:00.0";
const vf = "0000:82:00.4";

function nodeOf({ root }: Machine, parent: string): string {
  const group = fs.readlinkSync(`${root}/sys/bus/pci/devices/${parent}/iommu_group`).replace(/.*\//, "");
  return join(root, "dev/vfio", group);
}

test("devices are counted by the card or parent, the type and the state, each once", async () => {
  const made = host();
  await made.run("define", "-u", A, "-p", card, "-t", "L40S-8Q", "-a");
  await made.run("start", "-u", A);
  await made.run("define", "-u", B, "-p", card, "-t", "L40S-8Q", "-a");
  await made.run("define", "-u", C, "-p", card, "-t", "L40S-8Q");
  fs.writeFileSync(join(made.root, `sys/bus/pci/devices/0000:82:01.0/nvidia/current_vgpu_type`), "1155\n");
  await made.run("start", "-u", D, "-p", "mtty", "-t", "mtty-2");
  const metrics = await readMetrics(made);
  const count = (parent: string, type: string, state: string) =>
    metrics.get(`mdevctl_devices{parent="${parent}",type="${type}",state="${state}"}`);
  expect(["active", "failed", "defined", "foreign"].map((state) => count(card, "nvidia-1155", state))).toEqual([
    1, 1, 1, 1,
  ]);
  expect(["active", "failed", "defined", "foreign"].map((state) => count("mtty", "mtty-2", state))).toEqual([
    1, 0, 0, 0,
  ]);
});

test("cards stand for their virtual functions, with what they have room for", async () => {
  const made = host();
  await made.run("start", "-u", A, "-p", vf, "-t", "L40S-8Q");
  const metrics = await readMetrics(made);
  expect([...metrics].filter(([name]) => name.includes(`"${card}"`) && !name.includes("type"))).toEqual([
    [`mdevctl_parent_info{parent="${card}",framework="nvidia-vf",driver="nvidia"}`, 1],
    [`mdevctl_card_memory_bytes{parent="${card}"}`, 48 * 1024 ** 3],
    [`mdevctl_card_memory_allocated_bytes{parent="${card}"}`, 8 * 1024 ** 3],
  ]);
  expect(metrics.get(`mdevctl_type_info{parent="${card}",type="nvidia-1155",name="NVIDIA L40S-8Q"}`)).toBe(1);
  expect(metrics.get(`mdevctl_type_available{parent="${card}",type="nvidia-1155"}`)).toBe(5);
  expect(metrics.get(`mdevctl_type_available{parent="mtty",type="mtty-1"}`)).toBe(24);
  expect([...metrics.keys()].filter((name) => name.includes(`parent="${vf}"`))).toEqual([]);
  expect(
    metrics.get(
      `mdevctl_device_info{uuid="${A}",parent="${card}",type="nvidia-1155",address="${vf}",framework="nvidia-vf"}`,
    ),
  ).toBe(1);
});

test("whether a device is used is said of active ones", async () => {
  const made = host();
  await made.run("start", "-u", A, "-p", vf, "-t", "L40S-8Q");
  await made.run("define", "-u", B, "-p", card, "-t", "L40S-8Q");
  const used = async () => [...(await readMetrics(made))].filter(([name]) => name.startsWith("mdevctl_device_in_use"));
  expect(await used()).toEqual([[`mdevctl_device_in_use{uuid="${A}"}`, 0]]);
  await holdOpen(nodeOf(made, vf));
  expect(await used()).toEqual([[`mdevctl_device_in_use{uuid="${A}"}`, 1]]);
});

test("each kind of problem has a count, which is 0 if there is none", async () => {
  const made = host({ files: { [`etc/mdevctl.d/mtty/${A}`]: "{", [`etc/mdevctl.d/mtty/${B}`]: "{" } });
  const metrics = await readMetrics(made);
  const problems = [...metrics].filter(([name]) => name.startsWith("mdevctl_problems{"));
  expect(problems.length).toBeGreaterThan(15);
  expect(problems.filter(([, value]) => value > 0)).toEqual([
    ['mdevctl_problems{code="definition-broken",severity="error"}', 2],
  ]);
});

const wanted = (count: number) =>
  `version: 1\ngroups: [{when: {label: {pool: a}}, card: "${card}", devices: [{type: L40S-8Q, count: ${count}}]}]\n`;
const planMetrics = (metrics: ReadonlyMap<string, number>) =>
  ["plan_changes", "plan_blocked", "last_apply_success"].map((name) => metrics.get(`mdevctl_${name}`));

test("after an apply, the same files are planned again with its labels", async () => {
  const made = host({ files: { "state.yaml": wanted(2) } });
  expect(planMetrics(await readMetrics(made))).toEqual([undefined, undefined, undefined]);
  const before = Date.now() / 1000;
  expect(await made.run("apply", "--label", "pool=a", join(made.root, "state.yaml"))).toMatchObject({ status: 0 });
  const metrics = await readMetrics(made);
  expect(planMetrics(metrics)).toEqual([0, 0, 1]);
  const time = metrics.get("mdevctl_last_apply_timestamp_seconds") ?? 0;
  expect([time >= before - 1, time <= Date.now() / 1000]).toEqual([true, true]);
  made.write("state.yaml", wanted(3));
  // One to define, and one to start.
  expect(planMetrics(await readMetrics(made))).toEqual([2, 0, 1]);
});

test("what cannot be planned again is as far away as it was when it was applied", async () => {
  const made = host({ files: { "state.yaml": wanted(2) } });
  await made.run("apply", "--label", "pool=a", join(made.root, "state.yaml"));
  expect((await readMetrics(made)).get("mdevctl_plan_current")).toBe(1);
  fs.rmSync(join(made.root, "state.yaml"));
  const metrics = await readMetrics(made);
  expect([...planMetrics(metrics), metrics.get("mdevctl_plan_current")]).toEqual([0, 0, 1, 0]);
  // Nobody waits for whoever may write there.
  execFileSync("mkfifo", [join(made.root, "state.yaml")]);
  expect((await readMetrics(made)).get("mdevctl_plan_current")).toBe(0);
});

test.each(["-", "/dev/stdin", "/proc/self/fd/0"])("what %s said cannot be read again", async (path) => {
  const made = host({ system: { readStdin: () => wanted(2), readInput: () => wanted(2) } });
  expect(await made.run("apply", "--label", "pool=a", path)).toMatchObject({ status: 0 });
  const metrics = await readMetrics(made);
  expect([...planMetrics(metrics), metrics.get("mdevctl_plan_current")]).toEqual([0, 0, 1, 0]);
});

test("a device that is active under one parent and defined under another is one device, and active", async () => {
  const made = host({
    files: { [`etc/mdevctl.d/0000:00:02.0/${A}`]: '{"mdev_type":"i915-GVTg_V5_4","start":"auto"}' },
  });
  await made.run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  const samples = [...(await readMetrics(made))].filter(
    ([name, value]) => name.startsWith("mdevctl_devices{") && value > 0,
  );
  expect(samples).toEqual([['mdevctl_devices{parent="mtty",type="mtty-1",state="active"}', 1]]);
});

test("an apply that fails leaves the steps that it has not done, and one with a mistake in its file none", async () => {
  const made = host({ files: { "state.yaml": wanted(2) } });
  made.callout("vendor", `[ "$action" = start ] && exit 1; exit 2`);
  expect(await made.run("apply", "--label", "pool=a", join(made.root, "state.yaml"))).toMatchObject({ status: 1 });
  expect(planMetrics(await readMetrics(made))).toEqual([2, 0, 0]);
  made.write("state.yaml", "version: 2");
  expect(await made.run("apply", join(made.root, "state.yaml"))).toMatchObject({ status: 2 });
  expect(planMetrics(await readMetrics(made))).toEqual([undefined, undefined, 0]);
});

test.each(["", "{", "[]", '{"version":2}', '{"version":1,"time":"x"}', "\u0000"])(
  "a record that is %j says nothing",
  async (text) => {
    const made = host({ files: { "run/mdevctl/applied.json": text } });
    expect(planMetrics(await readMetrics(made))).toEqual([undefined, undefined, undefined]);
  },
);

test("apply works where nothing can be written below /run", async () => {
  const { createFile } = nodeSystem();
  const made = host({
    files: { "state.yaml": wanted(2) },
    system: {
      createFile: (path, ...rest) => {
        if (path.includes("/applied.json")) throw new SystemError("EROFS", "create", path);
        createFile(path, ...rest);
      },
    },
  });
  const { status, stderr } = await made.run("apply", "--label", "pool=a", join(made.root, "state.yaml"));
  expect([status, stderr]).toEqual([0, ""]);
  expect(planMetrics(await readMetrics(made))).toEqual([undefined, undefined, undefined]);
});

test("a file is replaced in one step, and can be read by all", async () => {
  const made = host({ files: { "out/mdevctl.prom": "old" } });
  const path = join(made.root, "out/mdevctl.prom");
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  expect(await made.run("metrics", "--output", path)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(fs.readFileSync(path, "utf8")).toBe((await made.run("metrics")).stdout);
  expect(fs.readdirSync(join(made.root, "out"))).toEqual(["mdevctl.prom"]);
  if (process.geteuid?.() === 0) expect(fs.statSync(path).mode & 0o777).toBe(0o644);
});

test.each([
  ["none/x.prom", "no such file or directory"],
  ["etc", "it is not a regular file"],
  ["link", "it is not a regular file"],
])("%s cannot be written", async (name, reason) => {
  const made = host();
  fs.symlinkSync("nowhere", join(made.root, "link"));
  const path = join(made.root, name);
  expect(await made.run("metrics", "--output", path)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot write ${path}: ${reason}\n`,
  });
});
