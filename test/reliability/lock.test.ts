// A lock that is not released: readers do not wait, and writers are told after 30 seconds who holds it.

import { spawn } from "node:child_process";
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
  const args = ["--exclusive", `${host.root}/etc/mdevctl.d`, "sleep", "100"];
  const holder = spawn("flock", args, { detached: true, stdio: "ignore" });
  await setTimeout(300);
  const define = run(host.root, ["define", "-u", A, "-p", P, "-t", T]);
  await setTimeout(300);
  expect(host.definitions()).toEqual({});
  process.kill(-(holder.pid ?? 0), "SIGKILL");
  expect(await define).toEqual({ end: 0, stdout: "", stderr: "" });
});
