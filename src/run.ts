// One run of mdevctl: arguments in, exit status out. The one place where a failure is printed.

import type { Command } from "./cli/command.ts";
import { Misuse, type Parsed, parse } from "./cli/parse.ts";
import { loadCommand, loadCommands, programs } from "./commands.ts";
import { refusalError, UsageError, UserError } from "./errors.ts";
import { escapeControls } from "./escape.ts";
import { type Host, hostOf, rootOf } from "./host.ts";
import { pathsBelow } from "./paths.ts";
import { isSandbox } from "./sandbox/marker.ts";
import type { System } from "./system.ts";
import { missing, SystemError, unless } from "./system-error.ts";
import { version } from "./version.ts";

export async function run(system: System): Promise<number> {
  try {
    return await dispatch(system);
  } catch (error) {
    return report(system, error);
  }
}

async function dispatch(system: System): Promise<number> {
  for (const [program, name] of programs) {
    if (system.programName.endsWith(program))
      return runCommand(system, await findCommand([name]), system.args, program);
  }

  const [word, ...rest] = system.args;
  switch (word) {
    case undefined:
      system.write("stderr", await formatHelp());
      return 2;
    case "--version":
    case "-V":
    case "-Vh":
      return print(system, `mdevctl ${version}\n`);
    case "--help":
    case "-h":
    case "-hV":
      return print(system, await formatHelp());
    case "help":
      return help(system, rest);
    default: {
      const command = await findCommand(system.args);
      return runCommand(system, command, rest, `mdevctl ${command.name}`);
    }
  }
}

async function runCommand(system: System, command: Command, args: readonly string[], program: string): Promise<number> {
  const parsed = await parseOrExplain(command, args);
  switch (parsed.request) {
    case "help":
      return print(system, await formatCommandHelp(command, program));
    case "version":
      return print(system, `${program.replace(" ", "-")} ${version}\n`);
    case "run":
      return (await command.run(await reachHost(system), parsed.given)) ?? 0;
  }
}

/** Throws a UsageError with a hint. */
async function parseOrExplain(command: Command, args: readonly string[]): Promise<Parsed> {
  try {
    const parsed = parse(command, args);
    if (parsed.request === "run" && command.rules.length > 0) {
      const { ensureRules } = await import("./lazy.ts");
      ensureRules(command, parsed.given);
    }
    return parsed;
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    const { misuseError } = await import("./lazy.ts");
    throw misuseError(command, args, error);
  }
}

/** The host as it is, or with a simulated kernel where the root is a sandbox. */
async function reachHost(system: System): Promise<Host> {
  const { root } = pathsBelow(rootOf(system));
  if (root === "") return hostOf(system);
  if (isSandboxRoot(system, root)) {
    const { simulateKernel } = await import("./lazy-sandbox.ts");
    return hostOf(simulateKernel(system, root));
  }
  const host = hostOf(system);
  // Nothing is missing on a host without its root, so a typo in the variable would go unnoticed.
  const kind = unless(missing, () => system.stat(root).kind);
  if (kind !== "directory") host.log.warn(`MDEVCTL_ENV_ROOT is '${root}', where there is no directory`);
  return host;
}

function isSandboxRoot(system: System, root: string): boolean {
  try {
    return isSandbox(system, root);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw refusalError(system, `cannot use ${root}, which MDEVCTL_ENV_ROOT names`, error);
  }
}

async function help(system: System, [name, ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0) throw new UsageError(`help: unexpected argument '${rest[0]}'`, "See 'mdevctl --help'.");
  if (name === undefined || name === "help") return print(system, await formatHelp());
  const command = await findCommand([name]);
  return print(system, await formatCommandHelp(command, `mdevctl ${command.name}`));
}

async function formatHelp(): Promise<string> {
  const { programHelp } = await import("./lazy.ts");
  return programHelp(await loadCommands());
}

async function formatCommandHelp(command: Command, program: string): Promise<string> {
  const { commandHelp } = await import("./lazy.ts");
  return commandHelp(command, program);
}

/** The command that the arguments begin with. */
async function findCommand(args: readonly string[]): Promise<Command> {
  const command = await loadCommand(args[0] ?? "");
  if (command !== undefined) return command;
  const { unknownCommandError } = await import("./lazy.ts");
  throw unknownCommandError(args, await loadCommands());
}

function print(system: System, text: string): number {
  system.write("stdout", text);
  return 0;
}

function report(system: System, error: unknown): number {
  // Nobody wants our output: its reader has closed the pipe, or our caller has closed stdout.
  if (error instanceof SystemError && ["EPIPE", "EBADF"].includes(error.code) && error.path === "stdout") return 0;
  if (error instanceof AggregateError) return Math.max(...error.errors.map((each: unknown) => report(system, each)));
  try {
    system.write("stderr", formatFailure(error));
  } catch {
    // There is nowhere left to say it; the exit status still does.
  }
  return error instanceof UsageError ? 2 : 1;
}

/** As QuickJS and Node.js word it. */
const stackOverflows = ["stack overflow", "Maximum call stack size exceeded"];

function formatFailure(error: unknown): string {
  if (error instanceof UserError) return formatLines(error.message, error.hint);
  if (error instanceof SystemError) return formatLines(error.message);
  const problem = error instanceof Error ? error.message : String(error);
  if (stackOverflows.includes(problem))
    return formatLines("the stack is too small", "'ulimit -s' shows and sets its size.");
  return formatLines(`this is a bug in mdevctl: ${problem}`, "Please report it with the command line that led here.");
}

function formatLines(message: string, hint?: string): string {
  const line = `mdevctl: ${escapeControls(message)}\n`;
  return hint === undefined ? line : `${line}${escapeControls(hint)}\n`;
}
