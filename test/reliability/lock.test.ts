// A lock that is not released: readers do not wait, and writers are told after 30 seconds who holds it.

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { A, B, definition, makeHost, P, T } from "./host.ts";
import { isOurs, launch, run } from "./program.ts";

test.runIf(isOurs)("a process that holds the lock for too long is named, and readers do not wait for it", async () => {
  const host = makeHost({ [`${P}/${A}`]: definition() });
  host.script("callouts", "slow", '[ "$6" != capabilities ] || exit 2; echo > "$root/asked"; sleep 100');
  const holder = launch(host.root, ["modify", "-u", A, "--manual"]);
  onTestFinished(() => holder.kill("SIGTERM"));
  while (!(await run(host.root, ["list", "-d"])).stdout.includes(A) || !host.exists("asked")) await setTimeout(50);

  const started = Date.now();
  expect(await run(host.root, ["list", "-d"])).toMatchObject({ end: 0, stdout: `${A} ${P} ${T} auto\n` });
  expect(Date.now() - started).toBeLessThan(10_000);

  const refused = await run(host.root, ["define", "-u", B, "-p", P, "-t", T]);
  expect(Date.now() - started).toBeGreaterThan(29_000);
  expect(refused.end).toBe(1);
  expect(refused.stderr).toMatch(
    new RegExp(
      `^mdevctl: cannot lock ${host.root}/etc/mdevctl.d: process \\d+ \\(.*modify -u ${A} --manual\\) has held`,
    ),
  );
  expect(host.definitions()).toEqual({ [`${P}/${A}`]: definition() });
});

test.runIf(isOurs)("a holder that is killed releases the lock", async () => {
  const host = makeHost();
  const release = hold(`${host.root}/etc/mdevctl.d`);
  await setTimeout(300);
  const define = run(host.root, ["define", "-u", A, "-p", P, "-t", T]);
  await setTimeout(300);
  expect(host.definitions()).toEqual({});
  release();
  expect(await define).toEqual({ end: 0, stdout: "", stderr: "" });
});

test.runIf(isOurs)("a directory that is replaced while the lock is waited for is locked again", async () => {
  const host = makeHost();
  const directory = `${host.root}/etc/mdevctl.d`;
  const releaseOld = hold(directory);
  await setTimeout(300);
  const define = run(host.root, ["define", "-u", A, "-p", P, "-t", T]);
  await setTimeout(1000);
  fs.renameSync(directory, `${directory}.old`);
  fs.mkdirSync(directory);
  const releaseNew = hold(directory);
  await setTimeout(300);
  releaseOld();
  await setTimeout(1000);
  expect(host.definitions()).toEqual({});
  releaseNew();
  expect(await define).toEqual({ end: 0, stdout: "", stderr: "" });
  expect(Object.keys(host.definitions())).toEqual([`${P}/${A}`]);
});

test.runIf(isOurs).each(["define", "undefine"])(
  "%s changes nothing when the directory is replaced while its script runs",
  async (command) => {
    const host = makeHost(command === "define" ? {} : { [`${P}/${A}`]: definition() });
    host.script(
      "callouts",
      "mover",
      '[ "$4" != pre ] || { cd "$root/etc"; cp -R mdevctl.d new; mv mdevctl.d old; mv new mdevctl.d; }',
    );
    const before = host.definitions();
    const options = command === "define" ? ["-p", P, "-t", T] : [];
    const ended = await run(host.root, [command, "-u", A, ...options]);
    expect(ended).toEqual({ end: 1, stdout: "", stderr: expect.stringContaining("was replaced in the meantime\n") });
    expect(host.definitions()).toEqual(before);
  },
);

/** Holds the lock on a directory until the returned function is called. */
function hold(directory: string): () => void {
  const holder = spawn("flock", ["--exclusive", directory, "sleep", "100"], { detached: true, stdio: "ignore" });
  let release = () => void process.kill(-(holder.pid ?? 0), "SIGKILL");
  onTestFinished(() => release());
  return () => {
    release();
    release = () => {};
  };
}
