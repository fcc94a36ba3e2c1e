import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command } from "./cli/command.ts";
import { commandHelp, programHelp } from "./cli/help.ts";
import { define } from "./commands/define.ts";
import { list } from "./commands/list.ts";
import { startParentMdevs } from "./commands/start-parent-mdevs.ts";
import { loadCommand, loadCommands, programs } from "./commands.ts";
import { run } from "./run.ts";
import { nodeSystem } from "./system/node.ts";
import type { System } from "./system.ts";
import { SystemError } from "./system-error.ts";
import { A, machine } from "./testing/machine.ts";
import { endedWatch } from "./testing/watch.ts";

const commands = await loadCommands();

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

const help = programHelp(commands);
const helpOf = (command: Command, program = `mdevctl ${command.name}`) => commandHelp(command, program);

test.each([
  ["--help", help],
  ["-h", help],
  ["help", help],
  ["help help", help],
  ["--help list", help],
  ["help define", helpOf(define)],
  ["define --help", helpOf(define)],
  ["define -h", helpOf(define)],
  ["list --help -u x", helpOf(list)],
  ["help start-parent-mdevs", helpOf(startParentMdevs)],
  ["--version", `mdevctl ${version}\n`],
  ["-V", `mdevctl ${version}\n`],
  ["--version bogus", `mdevctl ${version}\n`],
  ["list --version", `mdevctl-list ${version}\n`],
])("mdevctl %s writes only to stdout and succeeds", async (line, stdout) => {
  expect(await machine().run(...line.split(" "))).toEqual({ status: 0, stdout, stderr: "" });
});

test("run as lsmdev, the program has its own help and version", async () => {
  const { runAs } = machine();
  expect(await runAs("lsmdev", "--help")).toEqual({ status: 0, stdout: helpOf(list, "lsmdev"), stderr: "" });
  expect(await runAs("lsmdev", "-V")).toEqual({ status: 0, stdout: `lsmdev ${version}\n`, stderr: "" });
});

test.each([...programs])("the program %s runs the command %s, which names it", async (program, name) => {
  expect((await loadCommand(name))?.program).toBe(program);
});

test("a command is found by its name", async () => {
  for (const command of commands) expect(await loadCommand(command.name)).toBe(command);
});

test("leaving out the command is wrong usage, with the help on stderr", async () => {
  expect(await machine().run()).toEqual({ status: 2, stdout: "", stderr: help });
});

test.each([
  ["bogus", "there is no command 'bogus'", "See 'mdevctl --help'."],
  ["undefined", "there is no command 'undefined'", "Did you mean 'undefine'?"],
  ["-- list", "there is no command '--'", "See 'mdevctl --help'."],
  ["help bogus", "there is no command 'bogus'", "See 'mdevctl --help'."],
  ["help --help", "there is no option '--help'", "Did you mean 'help'?"],
])("mdevctl %s is wrong usage", async (line, problem, hint) => {
  expect(await machine().run(...line.split(" "))).toEqual({
    status: 2,
    stdout: "",
    stderr: `mdevctl: ${problem}\n${hint}\n`,
  });
});

test("an empty command is wrong usage, and so is an extra argument to help", async () => {
  expect(await machine().run("")).toMatchObject({ status: 2, stdout: "" });
  expect(await machine().run("help", "list", "extra")).toEqual({
    status: 2,
    stdout: "",
    stderr: "mdevctl: help: unexpected argument 'extra'\nSee 'mdevctl --help'.\n",
  });
});

/** Runs on a machine where writing to these streams fails with a code. */
async function runWithout(code: string, streams: readonly string[], ...args: string[]) {
  const { root } = machine();
  let stderr = "";
  const system: System = {
    ...nodeSystem(),
    programName: "mdevctl",
    args,
    environment: (name) => (name === "MDEVCTL_ENV_ROOT" ? root : undefined),
    write: (stream, text) => {
      if (streams.includes(stream)) throw new SystemError(code, "write to", stream);
      if (stream === "stderr") stderr += text;
    },
  };
  return { status: await run(system), stderr };
}

test.each([["list", "--dumpjson"], ["types"], ["--help"], ["--version"]])(
  "results that cannot be written are a failure: %s %s",
  async (...args) => {
    expect(await runWithout("ENOSPC", ["stdout"], ...args)).toEqual({
      status: 1,
      stderr: "mdevctl: cannot write to stdout: no space left on device\n",
    });
  },
);

test.each([
  ["a reader that stops early", "EPIPE"],
  ["a stdout that is closed", "EBADF"],
])("%s is not a failure", async (_what, code) => {
  expect(await runWithout(code, ["stdout"], "types")).toEqual({ status: 0, stderr: "" });
});

test.each([
  ["define", "ENOSPC", "no space left on device"],
  ["define", "EBADF", "bad file descriptor"],
  ["start", "ENOSPC", "no space left on device"],
  ["start", "EBADF", "bad file descriptor"],
])("%s undoes its work if it cannot tell the generated UUID: %s", async (command, code, reason) => {
  const {
    root,
    run: runThere,
    files,
  } = machine({
    system: {
      write: (stream, text) => {
        if (stream === "stdout") throw new SystemError(code, "write to", stream);
        messages.push(text);
      },
    },
  });
  const messages: string[] = [];
  expect((await runThere(command, "-p", "mtty", "-t", "mtty-1")).status).toBe(1);
  expect(messages).toEqual([`mdevctl: cannot write the UUID to stdout: ${reason}\n`]);
  expect(files("etc")).toEqual({});
  expect(readdirSync(`${root}/sys/bus/mdev/devices`)).toEqual([]);
});

test("without stderr the exit status still reports failures", async () => {
  expect(await runWithout("EPIPE", ["stderr"], "stop", "-u", A)).toEqual({ status: 1, stderr: "" });
  expect(await runWithout("ENOSPC", ["stderr"], "bogus")).toEqual({ status: 2, stderr: "" });
});

/** What a command prints on stderr when something it calls throws this; its exit status is 1. */
async function reportOf(error: Error): Promise<string> {
  const { root } = machine();
  let stderr = "";
  const status = await run({
    ...nodeSystem(),
    programName: "mdevctl",
    args: ["list"],
    environment: (name) => (name === "MDEVCTL_ENV_ROOT" ? root : undefined),
    readDirectory: () => {
      throw error;
    },
    write: (_stream, text) => {
      stderr += text;
    },
  });
  expect(status).toBe(1);
  return stderr;
}

test("an unexpected error is called a bug, in one line and without a stack trace", async () => {
  const report = await reportOf(new TypeError("x is undefined"));
  expect(report).toMatch(/^mdevctl: this is a bug in mdevctl: x is undefined\n.*report.*\n$/);
});

test.each(["stack overflow", "Maximum call stack size exceeded"])(
  "an exhausted stack is no bug: %s",
  async (message) => {
    const report = await reportOf(new RangeError(message));
    expect(report).toBe("mdevctl: the stack is too small\n'ulimit -s' shows and sets its size.\n");
  },
);

test("any command line exits with 0, 1 or 2, prints a message if it fails, and never reports a bug", async () => {
  const words = [
    ...commands.flatMap(({ name, options }) => [name, ...options.map((option) => `--${option.name}`)]),
    ...[
      "help",
      "--help",
      "-V",
      "-u",
      A,
      `--uuid=${A}`,
      "mtty",
      "-p",
      "mtty",
      "-t",
      "mtty-1",
      "x",
      "",
      "--",
      "-",
      "-dv",
    ],
    ...["/nowhere", "0", "-1", "..", "../..", "a\nb", "é", "--value=1", "--index=0"],
  ].filter((word) => !["sandbox", "--syslog", "--watch"].includes(word));
  const { run: runHere, files } = machine({
    system: { watch: async () => endedWatch },
    files: { [`etc/mdevctl.d/mtty/${A}`]: '{"mdev_type":"mtty-1","start":"manual"}', "outside/file": "" },
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...words), { maxLength: 7 }), async (args) => {
      const { status, stdout, stderr } = await runHere(...args);
      const isFinding = status === 3 && args[0] === "doctor";
      if (!isFinding) expect([0, 1, 2]).toContain(status);
      expect(stderr).not.toMatch(/bug|undefined:|\n +at /);
      if (status !== 0 && !isFinding)
        expect({ stdout, stderr }).toEqual({ stdout: "", stderr: expect.stringMatching(/^(mdevctl: |Manage )/) });
      expect(files("outside")).toEqual({ "outside/file": "" });
    }),
    { numRuns: 400 },
  );
});

test("control characters in a message and its hint are escaped", async () => {
  const { run } = machine({ files: { "etc/mdevctl.d/mtty/x": "" } });
  expect((await run("list", "--uu\x1b[2J")).stderr).toContain("'--uu\\x1b[2J'");
  expect((await run("start", "-p", "m\n\x1b[2J", "-t", "\u009b2J", "-u", A)).stderr).toMatch(
    /^mdevctl: cannot start \S+: there is no parent device m\\n\\x1b\[2J\nThe parent devices are .*\n$/,
  );
});
