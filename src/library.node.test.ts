import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { apply, type Host, monitor, openHost, plan, type State, sandbox, status, UsageError } from "./library.node.ts";
import { A, B } from "./testing/machine.ts";

function makeHost(warn?: (message: string) => void): Host {
  const directory = fs.mkdtempSync(join(tmpdir(), "mdevctl-library-"));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return sandbox(directory, warn === undefined ? {} : { warn });
}

const onMtty = (...uuids: string[]): State => ({
  version: 1,
  groups: [{ parent: "mtty", devices: uuids.map((uuid) => ({ type: "mtty-1", uuid })) }],
});

const openFiles = () => fs.readdirSync("/proc/self/fd").length;

test("a state is applied, whether it is data or a file, and then there is nothing to do", async () => {
  const host = makeHost();
  const path = join(host.root, "state.json");
  fs.writeFileSync(path, JSON.stringify(onMtty(A)));
  expect((await plan(host, path)).steps.map((step) => step.do)).toEqual(["define", "start"]);
  expect((await apply(host, onMtty(A))).steps.map(({ result }) => result)).toEqual(["done", "done"]);
  expect(await plan(openHost({ root: host.root }), path)).toMatchObject({ in_sync: true, steps: [] });
  const { devices } = await status(host);
  expect(devices).toMatchObject([{ uuid: A, active: true, defined: true }]);
});

test("a mistake is a UsageError, and a step that fails is no exception", async () => {
  const host = makeHost();
  await expect(plan(host, join(host.root, "none"))).rejects.toThrow(UsageError);
  const scripts = join(host.root, "usr/lib/mdevctl/scripts.d/callouts");
  fs.mkdirSync(scripts, { recursive: true });
  fs.writeFileSync(join(scripts, "vendor"), '#!/bin/sh\n[ "$6" = start ] && { echo no >&2; exit 1; }\nexit 2\n', {
    mode: 0o755,
  });
  const { in_sync: isInSync, steps } = await apply(host, onMtty(A));
  expect([isInSync, steps.map(({ result }) => result)]).toEqual([false, ["done", "failed"]]);
});

test("nothing is printed, no signal is caught, and what is wrong goes to whoever asks", async () => {
  const write = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
  const warnings: string[] = [];
  const host = makeHost((message) => warnings.push(message));
  const scripts = join(host.root, "usr/lib/mdevctl/scripts.d/notifiers");
  fs.mkdirSync(scripts, { recursive: true });
  fs.writeFileSync(join(scripts, "note"), "#!/bin/sh\necho noted >&2\nexit 1\n", { mode: 0o755 });
  const before = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal));
  await apply(host, onMtty(A));
  expect(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal))).toEqual(before);
  for (const spy of write) expect(spy).not.toHaveBeenCalled();
  expect(warnings.join("\n")).toContain("note");
});

test("hundreds of calls in one process, several at once, leave nothing open", async () => {
  const hosts = [makeHost(), makeHost()];
  await Promise.all(hosts.map((host) => status(host)));
  const before = openFiles();
  const warned = vi.fn();
  process.on("warning", warned);
  onTestFinished(() => void process.off("warning", warned));
  for (let round = 0; round < 20; round++) {
    await Promise.all(hosts.map((host) => apply(host, onMtty(...(round % 2 === 0 ? [A, B] : [A])), { prune: true })));
    await Promise.all(hosts.flatMap((host) => [status(host), status(host), plan(host, onMtty(A))]));
  }
  for (const host of hosts) expect((await status(host)).devices.map(({ uuid }) => uuid)).toEqual([A]);
  expect([openFiles() <= before, warned.mock.calls]).toEqual([true, []]);
});

test("leaving the loop ends a monitor, and so does its signal, at any time", async () => {
  const host = makeHost();
  for await (const { event } of monitor(host)) if (event === "ready") break;
  const before = openFiles();
  for await (const { event } of monitor(host)) if (event === "parent-present") break;
  const ending = new AbortController();
  const events: string[] = [];
  for await (const { event } of monitor(host, { interval: 1000, signal: ending.signal })) {
    events.push(event);
    if (event === "ready") setTimeout(() => ending.abort(), 10);
  }
  expect(events.at(-1)).toBe("ready");
  for await (const event of monitor(host, { signal: AbortSignal.abort() })) events.push(event.event);
  expect(events.at(-1)).toBe("ready");
  await vi.waitFor(() => expect(openFiles()).toBeLessThanOrEqual(before), 20_000);
});

test.each([Number.NaN, -1, 0, 1e12])("a monitor refuses an interval of %d seconds", async (interval) => {
  await expect(monitor(makeHost(), { interval }).next()).rejects.toThrow(RangeError);
});
