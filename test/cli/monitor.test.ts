// What monitor says, read as programs read it, while the host changes.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { sandboxCards } from "../../src/sandbox/parents.ts";
import { A, B, type Machine, machine } from "../../src/testing/machine.ts";
import { program, shell } from "./program.ts";

interface Line extends Row {
  readonly event: string;
}

interface Row {
  readonly uuid?: string | null;
  readonly parent?: string;
  readonly type?: string | null;
  readonly [field: string]: unknown;
}

interface Monitor {
  readonly child: ChildProcess;
  readonly lines: readonly Line[];
  /** What stderr has said. */
  readonly messages: () => string;
  /** The lines, once they meet a condition. */
  until(isMet: (lines: readonly Line[]) => boolean): Promise<readonly Line[]>;
  /** How it ends. */
  readonly end: Promise<number | NodeJS.Signals | null>;
}

/** Looks seldom, so that what it says is what it has noticed. */
function startMonitor({ root }: Pick<Machine, "root">, ...options: string[]): Monitor {
  const args = ["monitor", "--json", "--interval", "600", ...options];
  const child = spawn(program, args, { env: { PATH: process.env.PATH, MDEVCTL_ENV_ROOT: root } });
  onTestFinished(() => void child.kill());
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  createInterface(child.stdout).on("line", (line) => {
    lines.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const end = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on("close", (status, signal) => resolve(signal ?? status));
  });
  const until = (isMet: (lines: readonly Line[]) => boolean) =>
    new Promise<readonly Line[]>((resolve, reject) => {
      const look = () => {
        if (!isMet(lines)) return;
        waiting.delete(look);
        resolve(lines);
      };
      waiting.add(look);
      end.then((how) => reject(new Error(`it ended with ${how}: ${errors}`)));
      look();
    });
  return { child, lines, messages: () => errors, until, end };
}

const isReady = (lines: readonly Line[]) => lines.some(({ event }) => event === "ready");

/** What a reader of the lines has, who keeps the row of each device. Throws if an event is impossible after those before it. */
function buildState(lines: readonly Line[]): Map<string, Row> {
  const state = new Map<string, Row>();
  for (const { time, event, ...row } of lines) {
    if (row.uuid === undefined || row.uuid === null) continue;
    const key = `${row.parent}/${row.uuid}`;
    const old = state.get(key);
    const needs: Record<string, boolean> = {
      present: old === undefined,
      defined: old?.defined !== true,
      modified: old?.defined === true,
      undefined: old?.defined === true,
      started: old?.active !== true,
      stopped: old?.active === true,
    };
    if (needs[event] !== true) throw new Error(`${event} after ${JSON.stringify(old)}`);
    if (row.defined || row.active) state.set(key, row);
    else state.delete(key);
  }
  return state;
}

/** The same of the status. */
function readState({ root }: Pick<Machine, "root">): Map<string, Row> {
  const { devices } = JSON.parse(shell({ root }, "mdevctl status --json").stdout);
  return new Map(devices.map((row: Row) => [`${row.parent}/${row.uuid}`, row]));
}

const definition = '{"mdev_type":"mtty-1","start":"manual"}';
const numbered = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

test("first come parents and devices, then ready, then what happens, each with the device's row", async () => {
  const host = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
  const { until } = startMonitor(host);
  const list = await until(isReady);
  expect(list.map(({ event, parent, uuid }) => [event, parent, uuid])).toEqual([
    ["parent-present", "matrix", null],
    ["parent-present", "mtty", null],
    ["present", "mtty", A],
    ["ready", undefined, undefined],
  ]);
  const steps: [string[], string][] = [
    [["start", "-u", A], "started"],
    [["modify", "-u", A, "--auto"], "modified"],
    [["stop", "-u", A], "stopped"],
    [["undefine", "-u", A], "undefined"],
    [["define", "-u", B, "-p", "matrix", "-t", "vfio_ap-passthrough"], "defined"],
  ];
  for (const [args, event] of steps) {
    const { length } = await until(() => true);
    expect(await host.run(...args)).toMatchObject({ status: 0 });
    const [line] = (await until((lines) => lines.length > length)).slice(length);
    expect(line).toMatchObject({ event, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) });
    const lines = await until(() => true);
    expect(buildState(lines)).toEqual(readState(host));
  }
});

test("the lines for people have the same", async () => {
  const host = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
  await host.run("start", "-u", A);
  const { stdout } = shell(host, "mdevctl monitor | head -n 4 | cut -c 27-");
  expect(stdout).toBe(
    `parent-present  matrix\nparent-present  mtty\npresent         ${A}  mtty  mtty-1 (Single port serial)  manual, active\nready\n`,
  );
});

test("it ends when nobody reads any more, though nothing happens", () => {
  const { root } = machine();
  const line = `mdevctl monitor --interval 600 | head -n 3 > /dev/null; echo "\${PIPESTATUS[0]}"`;
  expect(shell({ root }, line)).toEqual({ status: 0, stdout: "0\n", stderr: "" });
});

test.each(["SIGTERM", "SIGINT"] as const)("%s ends it", async (signal) => {
  const { until, child, end } = startMonitor(machine());
  await until(isReady);
  child.kill(signal);
  expect(await end).toBe(signal);
});

test("directories that are made later are watched, and those that are made anew", async () => {
  const host = machine({ cards: sandboxCards });
  rmSync(join(host.root, "etc/mdevctl.d"), { recursive: true, force: true });
  rmSync(join(host.root, "run/mdevctl"), { recursive: true, force: true });
  const { until } = startMonitor(host);
  await until(isReady);
  const [vf] = (await until(() => true)).flatMap(({ event, card, parent }) =>
    event === "parent-present" && card ? [parent] : [],
  );
  await host.run("start", "-u", B, "-p", vf ?? "", "-t", "nvidia-1155");
  await until((lines) => lines.some(({ event, uuid }) => event === "started" && uuid === B));
  await host.run("define", "-u", A, "-p", "mtty", "-t", "mtty-1");
  await until((lines) => lines.some(({ event }) => event === "defined"));
  renameSync(join(host.root, "etc/mdevctl.d"), join(host.root, "etc/old"));
  await until((lines) => lines.some(({ event }) => event === "undefined"));
  await host.run("define", "-u", A, "-p", "mtty", "-t", "mtty-2");
  const lines = await until((all) => all.filter(({ event }) => event === "defined").length > 1);
  expect(buildState(lines)).toEqual(readState(host));
});

test("what a reader has after a thousand changes at once, some before the list is read, is what there is", async () => {
  const host = machine();
  const directory = join(host.root, "etc/mdevctl.d/mtty");
  mkdirSync(directory, { recursive: true });
  const write = (number: number, start: string) => {
    const path = join(directory, numbered(number));
    writeFileSync(`${directory}/draft`, JSON.stringify({ mdev_type: "mtty-1", start, attrs: [] }));
    renameSync(`${directory}/draft`, path);
  };
  const monitor = startMonitor(host);
  let wasEarly = false;
  for (let number = 0; number < 1000; number++) {
    write(number % 400, number % 3 === 0 ? "auto" : "manual");
    if (number % 5 === 4) rmSync(join(directory, numbered(number % 400)));
    if (number % 100 === 99) {
      wasEarly ||= !isReady(monitor.lines);
      await new Promise((resolve) => setTimeout(resolve, number / 5));
    }
  }
  for (const number of [0, 1, 2, 3]) await host.run("start", "-u", numbered(number));
  const wanted = readState(host);
  const lines = await monitor.until((all) => isDeepStrictEqual(buildState(all), wanted));
  expect([wasEarly, isReady(lines), buildState(lines).size > 300]).toEqual([true, true, true]);
  expect(monitor.messages()).toBe("");
});
