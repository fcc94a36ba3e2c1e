// One run of mdevctl: arguments in, exit status out. The one place where a failure is printed.

import type { Command } from "./cli/command.ts";
import { commandHelp, programHelp } from "./cli/help.ts";
import { parse } from "./cli/parse.ts";
import { closest } from "./cli/suggest.ts";
import { commandNames, loadCommand, loadCommands, programs } from "./commands.ts";
import { UsageError, UserError } from "./errors.ts";
import { escapeControls } from "./escape.ts";
import { hostOf, rootOf } from "./host.ts";
import { pathsBelow } from "./paths.ts";
import { isSandbox } from "./sandbox/marker.ts";
import type { System } from "./system.ts";
import { SystemError } from "./system-error.ts";
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
    if (system.programName.endsWith(program)) return runCommand(system, await findCommand(name), system.args, program);
  }

  const [word, ...rest] = system.args;
  switch (word) {
    case undefined:
      system.write("stderr", programHelp(await loadCommands()));
      return 2;
    case "--version":
    case "-V":
    case "-Vh":
      return print(system, `mdevctl ${version}\n`);
    case "--help":
    case "-h":
    case "-hV":
      return print(system, programHelp(await loadCommands()));
    case "help":
      return help(system, rest);
    default: {
      const command = await findCommand(word);
      return runCommand(system, command, rest, `mdevctl ${command.name}`);
    }
  }
}

async function runCommand(system: System, command: Command, args: readonly string[], program: string): Promise<number> {
  const parsed = parse(command, args);
  switch (parsed.request) {
    case "help":
      return print(system, commandHelp(command, program));
    case "version":
      return print(system, `${program.replace(" ", "-")} ${version}\n`);
    case "run":
      await command.run(hostOf(await simulateSandbox(system)), parsed.given);
      return 0;
  }
}

/** The system as it is, or with a simulated kernel where the root is a sandbox. */
async function simulateSandbox(system: System): Promise<System> {
  const { root } = pathsBelow(rootOf(system));
  if (root === "" || !isSandbox(system, root)) return system;
  const { simulateKernel } = await import("./lazy.ts");
  return simulateKernel(system, root);
}

async function help(system: System, [name, ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0) throw new UsageError(`help: unexpected argument '${rest[0]}'`);
  if (name === undefined || name === "help") return print(system, programHelp(await loadCommands()));
  const command = await findCommand(name);
  return print(system, commandHelp(command, `mdevctl ${command.name}`));
}

async function findCommand(name: string): Promise<Command> {
  const command = await loadCommand(name);
  if (command !== undefined) return command;
  const meant = closest(name, [...commandNames, "help"]);
  throw new UsageError(
    `there is no command '${name}'`,
    meant === undefined ? "see 'mdevctl --help'" : `did you mean '${meant}'?`,
  );
}

function print(system: System, text: string): number {
  system.write("stdout", text);
  return 0;
}

function report(system: System, error: unknown): number {
  // The reader of our output has closed the pipe.
  if (error instanceof SystemError && error.code === "EPIPE" && error.path === "stdout") return 0;
  if (error instanceof AggregateError) return Math.max(...error.errors.map((each: unknown) => report(system, each)));
  try {
    system.write("stderr", formatFailure(error));
  } catch {
    // There is nowhere left to say it; the exit status still does.
  }
  return error instanceof UsageError ? 2 : 1;
}

function formatFailure(error: unknown): string {
  if (error instanceof UserError) return formatLines(error.message, error.hint);
  if (error instanceof SystemError) return formatLines(error.message);
  const problem = error instanceof Error ? error.message : String(error);
  return formatLines(`this is a bug in mdevctl: ${problem}`, "Please report it with the command line that led here.");
}

function formatLines(message: string, hint?: string): string {
  const line = `mdevctl: ${escapeControls(message)}\n`;
  return hint === undefined ? line : `${line}${escapeControls(hint)}\n`;
}
