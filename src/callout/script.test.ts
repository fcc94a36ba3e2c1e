import * as fs from "node:fs";
import { expect, test } from "vitest";
import { busyMachine, defineA, definitionOfA, directories } from "../testing/callouts.ts";
import { A, machine } from "../testing/machine.ts";
import { on } from "../testing/scripts.ts";

test("a script that is killed by a signal has failed", async () => {
  const { run, callout, read } = machine();
  callout("vendor", on("pre", "kill -9 $$"));
  expect(await run(...defineA)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot define ${A}: callout script vendor refuses: it was killed by SIGKILL\n`,
  });
  expect(read(definitionOfA)).toBeUndefined();
});

/** Has a value longer than several pipes can hold. */
const long = JSON.stringify({ mdev_type: "mtty-1", start: "manual", attrs: [{ speed: "x".repeat(300_000) }] });

test("a script may write a lot before it has read its input", async () => {
  const { root, run, read, write } = machine({ files: { "long.json": long } });
  const path = `${directories[0]}/talker`;
  write(
    path,
    `#!/bin/sh\nhead -c 500000 /dev/zero\nhead -c 500000 /dev/zero | tr '\\0' e >&2\ncat > '${root}/input'\nexit 0\n`,
  );
  fs.chmodSync(`${root}/${path}`, 0o755);
  const { status, stdout } = await run("define", "-u", A, "-p", "mtty", "--jsonfile", `${root}/long.json`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(read("input")).toBe(long);
});

test("a script may close its input early", async () => {
  const { root, run, read, write } = machine({ files: { "long.json": long } });
  const path = `${directories[0]}/deaf`;
  write(path, "#!/bin/sh\nexec <&-\nexit 0\n");
  fs.chmodSync(`${root}/${path}`, 0o755);
  expect(await run("define", "-u", A, "-p", "mtty", "--jsonfile", `${root}/long.json`)).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  expect(read(definitionOfA)).toContain("xxx");
});

test("the stdout of a script is used only for its answers", async () => {
  const { run, callout, notifier } = await busyMachine();
  callout("vendor", "echo chatter");
  notifier("logger", "echo chatter");
  expect(await run("undefine", "-u", A)).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("the stderr of a failing script is passed on, with its file name before each line", async () => {
  const { run, callout } = machine();
  callout("vendor.sh", on("pre", "echo 'no memory' >&2; echo 'try later' >&2; exit 1"));
  const { stderr } = await run(...defineA);
  expect(stderr).toBe(
    `vendor.sh: no memory\nvendor.sh: try later\nmdevctl: cannot define ${A}: callout script vendor.sh refuses: exit status 1\n`,
  );
});

test("the stderr of a notifier is passed on only if it fails, and the command succeeds anyway", async () => {
  const { run, notifier } = machine();
  notifier("10-sent.sh", "echo chatter >&2");
  notifier("20-lost.sh", "echo 'no route' >&2; exit 1");
  expect(await run(...defineA)).toEqual({ status: 0, stdout: "", stderr: "20-lost.sh: no route\n" });
});
