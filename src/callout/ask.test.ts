import * as fs from "node:fs";
import { expect, test } from "vitest";
import { adapters, busyMachine, defineA, definitionOfA, directories, plain } from "../testing/callouts.ts";
import { A, B, C, machine } from "../testing/machine.ts";
import { answers, capable, declines, on } from "../testing/scripts.ts";

test("without capabilities the first script that does not decline decides, and only it gets the outcome", async () => {
  const { run, callout, steps } = machine();
  callout("10-other", declines);
  callout("20-mine", "exit 0");
  callout("30-late", "exit 1");
  expect(await run(...defineA)).toMatchObject({ status: 0, stderr: "" });
  expect(steps().filter((step) => !step.includes("capabilities"))).toEqual([
    "10-other pre define none",
    "20-mine pre define none",
    "20-mine post define success",
  ]);
});

test("without capabilities the first script that does not decline decides, even if it refuses", async () => {
  const { run, callout, steps } = machine();
  callout("10-other", declines);
  callout("20-mine", on("pre", "exit 7"));
  callout("30-late", "exit 0");
  const { status, stderr } = await run(...defineA);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot define ${A}: callout script 20-mine refuses: exit status 7\n`,
  });
  expect(steps().filter((step) => !step.includes("capabilities"))).toEqual([
    "10-other pre define none",
    "20-mine pre define none",
  ]);
});

test.each([
  [
    "without a #! line",
    (path: string) => fs.writeFileSync(path, "exit 1\n", { mode: 0o755 }),
    "not an executable program",
  ],
  [
    "without execute permission",
    (path: string) => fs.writeFileSync(path, "#!/bin/sh\nexit 1\n", { mode: 0o644 }),
    "permission denied",
  ],
  [
    "whose interpreter is missing",
    (path: string) => fs.writeFileSync(path, "#! /nowhere/sh -e\n", { mode: 0o755 }),
    "its interpreter '/nowhere/sh' does not exist",
  ],
  ["that is empty", (path: string) => fs.writeFileSync(path, "", { mode: 0o755 }), "not an executable program"],
  ["that is a dangling link", (path: string) => fs.symlinkSync("nowhere", path), "no such file or directory"],
  [
    "that is a link to itself",
    (path: string) => fs.symlinkSync("10-broken", path),
    "too many levels of symbolic links",
  ],
])("a script %s is skipped with one warning", async (_what, install, reason) => {
  const { root, run, callout, steps } = machine();
  const path = `${root}/${directories[0]}/10-broken`;
  install(path);
  callout("20-good", "exit 0");
  expect(await run(...defineA)).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: script ${path} is skipped: it cannot be run: ${reason}\n`,
  });
  expect(steps()).toEqual(["20-good get capabilities none", "20-good pre define none", "20-good post define success"]);
});

test("a script with capabilities is responsible for the type: every event goes to it alone", async () => {
  const { run, callout, notifier, steps } = await busyMachine();
  callout("10-old", declines);
  callout("20-mine", capable());
  callout("30-old", "exit 1");
  notifier("logger", "exit 0");
  expect(await run("define", "-u", B)).toMatchObject({ status: 0, stderr: "" });
  expect(steps()).toEqual([
    "10-old get capabilities none",
    "20-mine get capabilities none",
    "20-mine pre define none",
    "20-mine get attributes none",
    "20-mine post define success",
    "logger notify define success",
  ]);
});

test("scripts are asked for their capabilities per type, so each type can have its own script", async () => {
  const { run, callout, steps } = await busyMachine();
  callout("10-serial", `case $type in mtty-*) ;; *) ${declines};; esac; ${capable()}`);
  callout("20-crypto", `case $type in vfio_ap-*) ;; *) ${declines};; esac; ${capable()}`);
  await run("start", "-u", C);
  await run("stop", "-u", B);
  expect(steps()).toEqual([
    "10-serial get capabilities none",
    "20-crypto get capabilities none",
    "20-crypto pre start none",
    "20-crypto post start success",
    "10-serial get capabilities none",
    "10-serial pre stop none",
    "10-serial post stop success",
  ]);
});

test("an answer about capabilities counts unless the exit status is 2", async () => {
  const { run, callout, steps } = machine();
  callout("10-declines", capable().replace("exit 0", "exit 2"));
  callout("20-fails", capable().replace("exit 0", "exit 1"));
  callout("30-old", "exit 1");
  expect(await run(...defineA)).toMatchObject({ status: 0 });
  expect(steps().slice(2)).toEqual(["20-fails pre define none", "20-fails post define success"]);
});

test("with capabilities, exit status 2 is a refusal", async () => {
  const { run, callout } = machine();
  callout("10-mine", `${capable()}; ${on("pre", declines)}`);
  callout("20-old", "exit 0");
  const { status, stderr } = await run(...defineA);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot define ${A}: callout script 10-mine refuses: exit status 2\n`,
  });
});

test.each([
  ["nothing", answers("capabilities", "")],
  ["plain text", answers("capabilities", "what?")],
  ["other JSON", answers("capabilities", "{}")],
  [
    "invalid UTF-8",
    on("capabilities", `printf '{"supports":{"version":2,"actions":["start"],"events":["\\377"]}}'; exit 0`),
  ],
])("a script that answers %s about its capabilities has none, and is tried like the others", async (_what, answer) => {
  const { run, callout, steps } = machine();
  callout("10-odd", answer);
  callout("20-other", capable());
  expect(await run(...defineA)).toMatchObject({ status: 0, stderr: "" });
  expect(steps()).toEqual([
    "10-odd get capabilities none",
    "20-other get capabilities none",
    "20-other pre define none",
    "20-other post define success",
  ]);
});

test.each([
  ["action", { actions: ["start"] }, "it does not support action 'define'"],
  ["event", { events: ["post"] }, "it does not support event 'pre'"],
])("if the capabilities lack the %s, the command fails without calling the script", async (_what, supports, reason) => {
  const { run, callout, notifier, read, steps } = machine();
  callout("vendor", capable(supports));
  notifier("logger", "exit 0");
  expect(await run(...defineA)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot define ${A}: callout script vendor refuses: ${reason}\n`,
  });
  expect(read(definitionOfA)).toBeUndefined();
  expect(steps()).toEqual(["vendor get capabilities none", "logger notify define none"]);
});

test("if the capabilities lack the action, --force does the work anyway", async () => {
  const { run, callout, read, steps } = machine();
  callout("vendor", capable({ actions: ["start"] }));
  expect(await run(...defineA, "--force")).toMatchObject({ status: 0, stdout: "" });
  expect(read(definitionOfA)).toContain("mtty-1");
  expect(steps()).toEqual(["vendor get capabilities none"]);
});

test("if the capabilities lack post, it is skipped silently", async () => {
  const { run, callout, notifier, steps } = machine();
  callout("vendor", capable({ events: ["pre"] }));
  notifier("logger", "exit 0");
  expect(await run(...defineA)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(steps().slice(1)).toEqual(["vendor pre define none", "logger notify define success"]);
});

test("unknown names among the capabilities are ignored with a warning", async () => {
  const { root, run, callout } = machine();
  callout("vendor", capable({ events: ["pre", "post", "later"] }));
  expect(await run(...defineA)).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: script ${root}/${directories[0]}/vendor supports an event 'later', which does not exist\n`,
  });
});

test.each([
  ["an answer", capable()],
  ["the lack of an answer", "exit 0"],
])("capabilities are asked for once per command: %s is remembered", async (_what, script) => {
  const definitions = [A, B, C].map((uuid) => [`etc/mdevctl.d/mtty/${uuid}`, plain.replace("manual", "auto")]);
  const { run, callout, steps } = machine({ files: Object.fromEntries(definitions) });
  callout("vendor", script);
  await run("start-parent-mdevs", "mtty");
  expect(steps().filter((step) => step === "vendor get capabilities none")).toHaveLength(1);
  expect(steps().filter((step) => step === "vendor pre start none")).toHaveLength(3);
});

test("a script that declined an event is not asked about it again in the same command", async () => {
  const definitions = [A, B, C].map((uuid) => [`etc/mdevctl.d/mtty/${uuid}`, plain.replace("manual", "auto")]);
  const { run, callout, steps } = machine({ files: Object.fromEntries(definitions) });
  callout("10-other", declines);
  callout("20-mine", "exit 0");
  await run("start-parent-mdevs", "mtty");
  expect(steps().filter((step) => step === "10-other pre start none")).toHaveLength(1);
  expect(steps().filter((step) => step === "20-mine pre start none")).toHaveLength(3);
});

test("what a script declined for one parent is asked for another", async () => {
  const { run, callout, steps } = machine({
    files: {
      [`etc/mdevctl.d/mtty/${A}`]: plain,
      [`etc/mdevctl.d/matrix/${A}`]: adapters,
      [`etc/mdevctl.d/other/${A}`]: adapters,
    },
  });
  callout("picky", `[ "$parent" != other ] || exit 1; ${declines}`);
  const { status, stderr } = await run("undefine", "-u", A);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot undefine ${A}: callout script picky refuses: exit status 1\n`,
  });
  expect(steps().filter((step) => step === "picky pre undefine none")).toHaveLength(3);
});

test("a script with capabilities that can no longer be run has failed, with one message", async () => {
  const { root, run, callout, notifier } = machine();
  callout("vendor", capable().replace("exit 0", 'chmod -x "$0"; exit 0'));
  notifier("10-broken", "exit 0");
  fs.chmodSync(`${root}/usr/lib/mdevctl/scripts.d/notifiers/10-broken`, 0o644);
  expect(await run(...defineA)).toEqual({
    status: 1,
    stdout: "",
    stderr:
      `mdevctl: warning: script ${root}/usr/lib/mdevctl/scripts.d/notifiers/10-broken is skipped: it cannot be run: permission denied\n` +
      `mdevctl: cannot define ${A}: callout script vendor refuses: it cannot be run: permission denied\n`,
  });
});

test("a notifier that cannot be run is warned about once, however many devices are started", async () => {
  const definitions = [A, B, C].map((uuid) => [`etc/mdevctl.d/mtty/${uuid}`, plain.replace("manual", "auto")]);
  const { root, run, notifier } = machine({ files: Object.fromEntries(definitions) });
  notifier("broken", "exit 0");
  fs.chmodSync(`${root}/usr/lib/mdevctl/scripts.d/notifiers/broken`, 0o644);
  const { stderr } = await run("start-parent-mdevs", "mtty");
  expect(stderr).toBe(
    `mdevctl: warning: script ${root}/usr/lib/mdevctl/scripts.d/notifiers/broken is skipped: it cannot be run: permission denied\n`,
  );
});

test("debug shows how a script ended and how its output begins", async () => {
  const { root, run, callout } = machine({ environment: { MDEVCTL_LOG: "debug" } });
  callout("vendor", "printf '%300s' x; echo 'try later' >&2; exit 3");
  const { stderr } = await run(...defineA);
  expect(stderr).toContain(
    `mdevctl: debug: ${root}/${directories[0]}/vendor: exit status 3, stdout "${" ".repeat(200)}"..., stderr "try later\\n"\n`,
  );
});
