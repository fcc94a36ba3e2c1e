import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SandboxCard } from "../sandbox/parents.ts";
import { A, B, C, type Machine, type MachineOptions, machine } from "../testing/machine.ts";
import { parsePlan } from "../testing/plan.ts";
import { answers, capable, declines } from "../testing/scripts.ts";

const onMtty = (...devices: string[]) => `version: 1\ngroups: [{parent: mtty, devices: [${devices.join(", ")}]}]\n`;
const one = `{type: mtty-1, uuid: ${A}}`;
const two = `{type: mtty-1, uuid: ${B}}`;

function wanting(text: string, options: MachineOptions = {}): Machine & { apply(...args: string[]): Promise<Applied> } {
  const made = machine({ ...options, files: { "state.yaml": text, ...options.files } });
  return { ...made, apply: (...args) => made.run("apply", ...args, join(made.root, "state.yaml")) };
}

type Applied = Awaited<ReturnType<Machine["run"]>>;

test("devices are defined, then started, each as by the command of its own; and then there is nothing to do", async () => {
  const { apply, callout, notifier, steps, run } = wanting(onMtty(one, two));
  callout("vendor", declines);
  notifier("note", "");
  const { status, stdout, stderr } = await apply();
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("4 of 4 steps done.\n");
  expect((await run("list")).stdout).toBe(`${A} mtty mtty-1 auto (defined)\n${B} mtty mtty-1 auto (defined)\n`);
  const called = steps();
  expect(called.filter((step) => step.startsWith("note"))).toEqual([
    ...["define", "define", "start", "start"].map((action) => `note notify ${action} success`),
  ]);
  expect(await apply()).toEqual({ status: 0, stdout: "Nothing to do: the host is as the file says.\n", stderr: "" });
  expect(steps()).toEqual(called);
});

test("a failing start undoes itself, ends what is done on its parent but not elsewhere, and the next run goes on", async () => {
  const elsewhere = `{parent: matrix, devices: [{type: vfio_ap-passthrough, uuid: ${C}}]}`;
  const { apply, callout, write, run } = wanting(
    `version: 1\ngroups: [{parent: mtty, devices: [${one}, ${two}]}, ${elsewhere}]\n`,
  );
  callout("vendor", `[ "$action" = start ] && [ "$type" = mtty-1 ] && exit 1; ${declines}`);
  const { status, stdout } = await apply("--json");
  const { in_sync: isInSync, steps } = parsePlan(stdout);
  expect([status, isInSync]).toEqual([1, false]);
  expect(steps.map(({ do: action, device, result }) => [action, device?.uuid, result])).toEqual([
    ["define", A, "done"],
    ["define", B, "done"],
    ["define", C, "done"],
    ["start", A, "failed"],
    ["start", C, "done"],
    ["start", B, "not-tried"],
  ]);
  expect((await run("list")).stdout).toBe(`${C} matrix vfio_ap-passthrough auto (defined)\n`);
  write("usr/lib/mdevctl/scripts.d/callouts/vendor", "#!/bin/sh\nexit 2\n");
  expect(await apply()).toMatchObject({ status: 0, stdout: expect.stringContaining("2 of 2 steps done.") });
});

test("a device with other attributes is stopped and started, whether it starts automatically or not", async () => {
  const device = (attribute: string) =>
    `version: 1\ngroups: [{parent: matrix, devices: [{type: vfio_ap-passthrough, uuid: ${A}, start: manual, attrs: [{assign_adapter: "${attribute}"}]}]}]`;
  const { apply, write, run, read } = wanting(device("5"));
  await apply();
  await run("start", "-u", A);
  write("state.yaml", device("6"));
  expect(await apply()).toMatchObject({ status: 0, stdout: expect.stringContaining("stop, modify, start") });
  expect(read(`sys/bus/mdev/devices/${A}/assign_adapter`)).toBe("6\n");
});

test("a device that has been stopped to be changed is started again, although its definition cannot be changed", async () => {
  const { apply, write, run, callout } = wanting(onMtty(one));
  await apply();
  callout("vendor", `[ "$action" = modify ] && exit 1; ${declines}`);
  write("state.yaml", onMtty(`{type: mtty-2, uuid: ${A}}`, two));
  expect(await apply()).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("stop done, modify failed, start done"),
  });
  expect((await run("list")).stdout).toBe(`${A} mtty mtty-2 auto (defined)\n`);
});

test("where a callout script changes running devices, they go on running", async () => {
  const { apply, write, run, callout, steps } = wanting(onMtty(one));
  await apply();
  callout("vendor", `${capable()}\n${answers("attributes", "[]")}\nexit 0`);
  write("state.yaml", onMtty(`{type: mtty-1, uuid: ${A}, attrs: [{speed: fast}]}`));
  expect(await apply()).toMatchObject({ status: 0, stdout: expect.stringContaining("change: it lacks the attribute") });
  expect(steps()).toContain("vendor live modify none");
  expect(steps().filter((step) => step.includes(" stop "))).toEqual([]);
  expect((await run("list", "-d", "-v")).stdout).toContain('{"speed":"fast"}');
});

test("a device that somebody opens during an earlier step is not changed, though a script could", async () => {
  const { apply, write, callout, steps } = wanting(onMtty(one, two));
  await apply();
  const group = `$(basename "$(readlink "$root/sys/bus/mdev/devices/${B}/iommu_group")")`;
  const hold = `exec 9< "$root/dev/vfio/${group}"; sleep 5 <&9 > /dev/null 2>&1 &`;
  const open = `if [ "$event $uuid" = "live ${A}" ]; then ${hold} fi`;
  callout("vendor", `${capable()}\n${answers("attributes", "[]")}\n${open}\nexit 0`);
  const changed = [A, B].map((uuid) => `{type: mtty-1, uuid: ${uuid}, attrs: [{speed: fast}]}`);
  write("state.yaml", onMtty(...changed));
  const { status, stdout } = await apply();
  expect([status, stdout]).toEqual([1, expect.stringMatching(/cannot modify 2222.*: process \d+ \(.*\) uses it/)]);
  expect(steps().filter((step) => step.startsWith("vendor live"))).toHaveLength(1);
});

describe("what the host had before", () => {
  const saved = (root: string) =>
    fs.readdirSync(join(root, "var/lib/mdevctl")).map((name) => join(root, "var/lib/mdevctl", name));

  test("is a file that goes back", async () => {
    const { apply, write, run, root } = wanting(onMtty(one, `{type: mtty-1, uuid: ${B}, start: manual}`));
    await apply();
    await run("start", "-u", B);
    const before = (await run("list")).stdout + (await run("list", "-d")).stdout;
    write("state.yaml", onMtty(`{type: mtty-2, uuid: ${C}}`));
    expect((await apply("--prune")).status).toBe(0);
    const [, last = ""] = saved(root);
    expect(await run("apply", "--prune", last)).toMatchObject({ status: 0, stderr: "" });
    expect((await run("list")).stdout + (await run("list", "-d")).stdout).toBe(before);
  });

  test("is kept of the last ten runs that changed something", async () => {
    let now = Date.UTC(2026, 0, 1);
    const { apply, write, root } = wanting(onMtty(one), { system: { currentTime: () => now } });
    for (let run = 0; run < 12; run++) {
      now += 1000;
      write("state.yaml", onMtty(`{type: mtty-1, uuid: ${A}, attrs: [{number: "${run}"}], active: false}`));
      expect((await apply()).status).toBe(0);
      expect((await apply()).stdout).toContain("Nothing to do");
    }
    expect(saved(root).map((path) => path.split("/").at(-1))).toEqual(
      Array.from({ length: 10 }, (_, index) => `2026-01-01T0000${String(index + 3).padStart(2, "0")}.000Z.yaml`),
    );
  });

  test("must be saved, or nothing is done", async () => {
    const { apply, write, run } = wanting(onMtty(one), { files: { "var/lib/mdevctl": "" } });
    expect(await apply()).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("/var/lib/mdevctl") });
    expect((await run("list", "-d")).stdout).toBe("");
    write("state.yaml", onMtty());
    expect((await apply()).status).toBe(0);
  });
});

test("what has been done is told even if the host cannot be looked at afterwards", async () => {
  const { apply, notifier } = wanting(onMtty(one));
  notifier("note", '[ "$action" = start ] && rm "$root/sys/class/mdev_bus/mtty"; exit 0');
  const { status, stdout, stderr } = await apply();
  expect(status).toBe(1);
  expect(stdout).toContain("2 of 2 steps done.");
  expect(stderr).toContain("there is no parent device mtty");
});

test("a device that somebody starts elsewhere during an earlier step is not stopped there", async () => {
  const { apply, callout, run } = wanting(onMtty());
  await run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  await run("start", "-u", B, "-p", "mtty", "-t", "mtty-1");
  callout(
    "vendor",
    `link=$root/sys/bus/mdev/devices/${B} matrix=$(readlink -f "$root/sys/class/mdev_bus/matrix")
    if [ "$action $uuid" = "stop ${A}" ] && ! [ -e "$matrix/${B}" ]; then
      mv "$(readlink -f "$link")" "$matrix"
      ln -sfn ../mdev_supported_types/vfio_ap-passthrough "$matrix/${B}/mdev_type"
      ln -sfn "$matrix/${B}" "$link"
    fi
    ${declines}`,
  );
  const { status, stdout } = await apply("--prune");
  expect([status, stdout]).toEqual([
    1,
    expect.stringContaining(`cannot stop ${B}: it is active with another parent, matrix`),
  ]);
  expect((await run("list")).stdout).toBe(`${B} matrix vfio_ap-passthrough manual\n`);
});

describe("what would fail is blocked, and the rest is done", () => {
  const path = `etc/mdevctl.d/mtty/${A}`;

  test.each([
    ["a broken definition", `{type: mtty-1, uuid: ${A}}`, (file: string) => fs.writeFileSync(file, "{"), "is broken"],
    [
      "a definition that is a link",
      `{type: mtty-2, uuid: ${A}}`,
      (file: string) => {
        fs.renameSync(file, `${file}.kept`);
        fs.symlinkSync(`${file}.kept`, file);
      },
      "its definition is a link",
    ],
  ])("%s", async (_, wanted, spoil, why) => {
    const { apply, write, root } = wanting(onMtty(`{type: mtty-1, uuid: ${A}, active: false}`));
    await apply();
    spoil(join(root, path));
    write("state.yaml", onMtty(wanted, two));
    const { status, stdout } = await apply();
    expect([status, stdout]).toEqual([4, expect.stringContaining(why)]);
    expect(stdout).toContain("2 of 2 steps done, 1 blocked.");
  });

  test.each([
    [
      "without the function",
      (root: string) => {
        const directory = join(root, "sys/bus/pci/devices/0000:82:00.0");
        fs.rmSync(join(directory, "virtfn1"));
        fs.writeFileSync(join(directory, "sriov_numvfs"), "1\n");
        fs.rmSync(join(root, "sys/bus/pci/drivers/nvidia/0000:82:00.5"));
      },
      "has only 1 virtual function now",
    ],
    [
      "with a function of another driver",
      (root: string) => {
        const directory = join(root, "sys/devices/pci0000:80/0000:80:02.0/0000:82:00.5");
        fs.rmSync(join(directory, "nvidia"), { recursive: true });
        fs.rmSync(join(directory, "driver"));
        fs.symlinkSync("../../../../bus/pci/drivers/vfio-pci", join(directory, "driver"));
      },
      "belongs to the driver vfio-pci",
    ],
  ])("a card %s", async (_, spoil, why) => {
    const address = "0000:82:00.0";
    const card: SandboxCard = {
      path: `pci0000:80/0000:80:02.0/${address}`,
      model: "NVIDIA X",
      functions: ["0000:82:00.4", "0000:82:00.5"],
      memory: 16,
      types: [{ id: 9, name: "NVIDIA X-8Q", memory: 8 }],
    };
    const text = `version: 1\ngroups: [{card: "${address}", devices: [{type: X-8Q, vf: 1}, {type: X-8Q, vf: 0}]}]\n`;
    const { apply, root } = wanting(text, { cards: [card] });
    spoil(root);
    const { status, stdout } = await apply();
    expect([status, stdout]).toEqual([4, expect.stringContaining(why)]);
    expect(stdout).toContain("2 of 2 steps done, 1 blocked.");
  });
});

describe("before anything is done", () => {
  const card: SandboxCard = {
    path: "pci0000:80/0000:80:02.0/0000:82:00.0",
    model: "NVIDIA X",
    functions: ["0000:82:00.4"],
    memory: 8,
    types: [{ id: 9, name: "NVIDIA X-8Q", memory: 8 }],
  };
  const both = `version: 1
groups:
  - {parent: mtty, devices: [${one}]}
  - {card: "0000:82:00.0", vfs: true, devices: [{type: X-8Q}]}
`;

  test.each([
    ["sriov-manage", "usr/lib/nvidia/sriov-manage"],
    ["a callout script", "usr/lib/mdevctl/scripts.d/callouts/vendor"],
  ])("%s that anybody can change is refused", async (_, path) => {
    const { apply, root, run, callout } = wanting(both, { cards: [card] });
    callout("vendor", declines);
    const manage = join(root, "usr/lib/nvidia/sriov-manage");
    const { execFileSync } = await import("node:child_process");
    execFileSync(manage, ["-d", "0000:82:00.0"]);
    fs.chmodSync(join(root, path), 0o777);
    expect(await apply()).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining(path) });
    expect((await run("list", "-d")).stdout).toBe("");
  });
});

describe("with --watch", () => {
  /** Ends by a signal after so many seconds; each may have an event. */
  function watching(events: Readonly<Record<number, () => void>>, end: number): MachineOptions {
    let seconds = 0;
    return {
      system: {
        currentTime: () => seconds * 1000,
        sleep: async () => {
          seconds++;
          events[seconds]?.();
        },
        holdSignals: () => ({ arePending: async () => seconds >= end, release: () => {} }),
      },
    };
  }

  test("a file that changes is applied again, and a mistake in it does not end the watch", async () => {
    const later: { write?: Machine["write"] } = {};
    const change = (text: string) => () => later.write?.("state.yaml", text);
    const events = { 3: change(onMtty("{type: mtty-1, uuid: x}")), 6: change(onMtty(one, two)) };
    const { apply, write, run } = wanting(onMtty(one), watching(events, 9));
    later.write = write;
    const { status, stdout, stderr } = await apply("--watch");
    expect(status).toBe(0);
    expect(stdout.match(/^\d+ of .*$/gm)).toEqual(["2 of 2 steps done.", "2 of 2 steps done."]);
    expect(stderr).toMatch(/^mdevctl: warning: .*state\.yaml:2:56: 'x' is not a UUID\n$/);
    expect((await run("list")).stdout.trim().split("\n")).toHaveLength(2);
  });

  test("a device that somebody stops is started after the interval", async () => {
    const later: { run?: Machine["run"] } = {};
    const events = { 5: () => void later.run?.("stop", "-u", A) };
    const { apply, run, root } = wanting(onMtty(one), watching(events, 30));
    // Not the clock of the watcher.
    later.run = (...args) => {
      fs.writeFileSync(join(root, "sys/bus/mdev/devices", A, "remove"), "1");
      return run(...args);
    };
    const { status, stdout } = await apply("--watch", "--interval", "10");
    expect(status).toBe(0);
    expect(stdout.match(/^\d+ of .*$/gm)).toEqual(["2 of 2 steps done.", "1 of 1 step done."]);
  });

  test("a label of the host that changes counts at once", async () => {
    const later: { write?: Machine["write"] } = {};
    const events = { 3: () => later.write?.("labels", 'pool="inference"\n') };
    const file = onMtty(one).replace("{parent", "{when: {label: {pool: inference}}, parent");
    const { apply, write, root } = wanting(file, watching(events, 9));
    later.write = write;
    write("labels", 'pool="training"\n');
    const { stdout } = await apply("--watch", "--labels-file", join(root, "labels"));
    expect(stdout.match(/^\d+ of .*$/gm)).toEqual(["2 of 2 steps done."]);
  });

  test("metrics are written each time, and why they cannot be is said once", async () => {
    const later: { root?: string; seen?: string } = {};
    const read = () => {
      later.seen = fs.readFileSync(join(later.root ?? "", "out.prom"), "utf8");
      fs.rmSync(join(later.root ?? "", "out.prom"));
      fs.mkdirSync(join(later.root ?? "", "out.prom"));
    };
    const { root, apply } = wanting(onMtty(one), watching({ 5: read }, 30));
    later.root = root;
    const { status, stderr } = await apply("--watch", "--interval", "10", "--metrics", join(root, "out.prom"));
    expect(later.seen).toContain(`mdevctl_devices{parent="mtty",type="mtty-1",state="active"} 1\n`);
    expect(later.seen).toContain("mdevctl_last_apply_success 1\n");
    const warning = `mdevctl: warning: cannot write ${join(root, "out.prom")}: it is not a regular file\n`;
    expect([status, stderr]).toEqual([0, warning]);
  });

  test("stdin cannot be watched", async () => {
    const { run } = wanting("");
    expect(await run("apply", "--watch", "-")).toMatchObject({ status: 1, stderr: "mdevctl: cannot watch stdin\n" });
  });
});
