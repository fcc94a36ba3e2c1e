// What goes to stdout and stderr, and what the exit status is.

import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { A, B, machine } from "../../src/testing/machine.ts";
import { execute, mdevctl, program, shell } from "./program.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const definition = '{"mdev_type":"mtty-1","start":"manual"}';

test("success is status 0, with only the results on stdout", () => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
  expect(mdevctl({ root }, "start", "-u", A)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(mdevctl({ root }, "list")).toEqual({ status: 0, stdout: `${A} mtty mtty-1 manual (defined)\n`, stderr: "" });
  expect(mdevctl({ root }, "stop", `-u${A}`)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(mdevctl({ root }, "list", "-d", "--dumpjson", "--uuid", A)).toEqual({
    status: 0,
    stdout: '{\n  "mdev_type": "mtty-1",\n  "start": "manual",\n  "attrs": []\n}\n',
    stderr: "",
  });
});

test.each([
  [["--version"], `mdevctl ${version}\n`],
  [["list", "--help"], expect.stringContaining("usage: mdevctl list [OPTION...]\n")],
  [["help"], expect.stringContaining("usage: mdevctl COMMAND [OPTION...]\n")],
])("mdevctl %j answers on stdout", (args, stdout) => {
  expect(mdevctl({}, ...args)).toEqual({ status: 0, stdout, stderr: "" });
});

test("a failure is status 1, with only the message on stderr", () => {
  const { root } = machine();
  expect(mdevctl({ root }, "start", "-u", A)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start ${A}: it is not defined, so --parent and --type are needed\n`,
  });
});

test.each([
  [[], "Manage mediated devices"],
  [["bogus"], "mdevctl: there is no command 'bogus'\n"],
  [["list", "--bogus"], "mdevctl: list: there is no option '--bogus'\n"],
  [["stop"], "mdevctl: stop: UUID is missing\n"],
])("mdevctl %j is wrong usage, status 2, with only the message on stderr", (args, stderr) => {
  expect(mdevctl({}, ...args)).toEqual({ status: 2, stdout: "", stderr: expect.stringContaining(stderr) });
});

test("called as lsmdev, the program is list", () => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
  symlinkSync(program, `${root}/lsmdev`);
  expect(execute({ root }, `${root}/lsmdev`, "-d")).toEqual({
    status: 0,
    stdout: `${A} mtty mtty-1 manual\n`,
    stderr: "",
  });
  expect(shell({ root }, `PATH=${root}:$PATH; lsmdev --defined --dumpjson -u ${B}`).stdout).toBe("[]\n");
  expect(execute({}, `${root}/lsmdev`, "--version").stdout).toBe(`lsmdev ${version}\n`);
});

/** So many that the listing does not fit into a pipe. */
const many = Object.fromEntries(
  Array.from({ length: 2000 }, (_, at) => [`etc/mdevctl.d/mtty/${A.slice(0, -4)}${1000 + at}`, definition]),
);

test("a reader that stops early is not a failure, and there is no message about it", () => {
  const { root } = machine({ files: many });
  const { stdout, stderr } = shell({ root }, `mdevctl list --defined | head -1; echo "\${PIPESTATUS[0]}"`);
  expect({ stdout, stderr }).toEqual({ stdout: `${A.slice(0, -4)}1000 mtty mtty-1 manual\n0\n`, stderr: "" });
});

test("a slow reader gets everything", () => {
  const { root } = machine({ files: many });
  const { stdout } = shell({ root }, "mdevctl list --defined | (sleep 0.3; cat) | sort -u | wc -l");
  expect(stdout.trim()).toBe("2000");
});

test.each(["types", "list", "list --dumpjson", "--version", "--help", "define -p mtty -t mtty-1"])(
  "results that cannot be written are a failure: mdevctl %s",
  (line) => {
    const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
    mdevctl({ root }, "start", "-u", A);
    const { status, stderr } = shell({ root }, `mdevctl ${line} > /dev/full`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^mdevctl: .*no space left on device\n$/);
  },
);

// Node.js opens /dev/null in place of what its caller has closed, which the program cannot tell from a caller that has done so.
const isNative = !program.endsWith(".js");

test.runIf(isNative).each(["define", "start"])(
  "%s undoes its work if stdout is closed, so that nobody learns the UUID",
  (command) => {
    const { root, files } = machine();
    expect(shell({ root }, `mdevctl ${command} -p mtty -t mtty-1 >&-`)).toEqual({
      status: 1,
      stdout: "",
      stderr: "mdevctl: cannot write the UUID to stdout: bad file descriptor\n",
    });
    expect(files("etc")).toEqual({});
    expect(mdevctl({ root }, "list")).toEqual({ status: 0, stdout: "", stderr: "" });
  },
);

test.each(["list", "list --dumpjson", "types", "--version", "--help", `define -u ${B} -p mtty -t mtty-1`])(
  "results that nobody wants, because stdout is closed, are not a failure: mdevctl %s",
  (line) => {
    const { root } = machine();
    expect(shell({ root }, `mdevctl ${line} >&-`)).toEqual({ status: 0, stdout: "", stderr: "" });
  },
);

test("warnings that cannot be written are not a failure", () => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition, [`etc/mdevctl.d/mtty/${B}`]: "{" } });
  const { status, stdout } = shell({ root }, "mdevctl list -d 2> /dev/full");
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${A} mtty mtty-1 manual\n` });
});

test("a failing script's stderr is passed on, with the script's name before each line, before the message", () => {
  const { root, callout } = machine();
  callout("vendor.sh", "echo 'no memory' >&2; echo 'try later' >&2; test $event != pre");
  const { status, stdout, stderr } = mdevctl({ root }, "define", "-u", A, "-p", "mtty", "-t", "mtty-1");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toBe(
    `vendor.sh: no memory\nvendor.sh: try later\nmdevctl: cannot define ${A}: callout script vendor.sh refuses: exit status 1\n`,
  );
});

test.each([
  ["a definition", `start -u ${A}`],
  ["a JSON file", "define -p mtty --jsonfile /proc/self/cmdline"],
  ["a directory", "start -p mtty --jsonfile /"],
  ["a missing file", "start -p mtty --jsonfile /nowhere"],
])("there is never a stack trace: %s", (_what, line) => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: '{"mdev_type":7}' } });
  const { status, stderr } = mdevctl({ root }, ...line.split(" "));
  expect(status).toBe(1);
  expect(stderr).toMatch(/^mdevctl: cannot read \S+: .+\n$/);
});

test("--jsonfile - reads stdin, from a pipe and from a file", () => {
  const { root, read } = machine();
  const text = '{\n  "mdev_type": "mtty-1",\n  "start": "auto",\n  "attrs": []\n}';
  const quiet = { status: 0, stdout: "", stderr: "" };
  expect(mdevctl({ root, stdin: text }, "define", "-u", A, "-p", "mtty", "--jsonfile", "-")).toEqual(quiet);
  expect(shell({ root }, `mdevctl define -u ${B} -p mtty --jsonfile=- < ${root}/etc/mdevctl.d/mtty/${A}`)).toEqual(
    quiet,
  );
  for (const uuid of [A, B]) expect(read(`etc/mdevctl.d/mtty/${uuid}`)).toBe(text);
});

test("--jsonfile - reads the rest of a file that has been read in part, and from a socket", () => {
  const { root, read } = machine({ files: { "two.txt": 'a line\n{"mdev_type":"mtty-1","start":"auto"}' } });
  const line = `{ read -r; mdevctl define -u ${A} -p mtty --jsonfile -; } < ${root}/two.txt`;
  expect(shell({ root }, line)).toEqual({ status: 0, stdout: "", stderr: "" });
  // Node.js makes a socket for the input.
  const { status } = spawnSync(program, ["define", "-u", B, "-p", "mtty", "--jsonfile", "-"], {
    env: { PATH: process.env.PATH, MDEVCTL_ENV_ROOT: root },
    input: read(`etc/mdevctl.d/mtty/${A}`) ?? "",
  });
  expect(status).toBe(0);
  expect(read(`etc/mdevctl.d/mtty/${B}`)).toBe(read(`etc/mdevctl.d/mtty/${A}`));
});
