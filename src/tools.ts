// Asks the programs of a host that know more than sysfs: a driver's own, the kernel's log. Not every host has them.

import { UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { Outcome } from "./system.ts";
import { missing, SystemError, unless } from "./system-error.ts";
import { ensureNoFaults, findFaults } from "./trust.ts";

const directories = ["usr/bin", "usr/sbin", "bin", "sbin"];

const timeoutSeconds = 30;
const outputLimit = 16 * 1024 * 1024;

/**
 * What the program of this name prints. Undefined where it is not installed. Throws a UserError that says why it gives no answer:
 * it fails, takes too long, or may not be run because another user could change it.
 */
export async function askTool(host: Host, name: string, args: readonly string[]): Promise<string | undefined> {
  const told = await runTool(host, name, args);
  if (told === undefined) return undefined;
  const { path, outcome } = told;
  const { end, stdout } = outcome;
  if (stdout !== undefined && "status" in end && end.status === 0) return stdout;
  throw new UserError(`cannot ask ${path}: ${describeEnd(end)}`);
}

/** The same, whatever comes of it. */
export async function runTool(
  host: Host,
  name: string,
  args: readonly string[],
): Promise<{ readonly path: string; readonly outcome: Outcome } | undefined> {
  const path = await orRefuse(name, async () => findTool(host, name));
  if (path === undefined) return undefined;
  return orRefuse(path, async () => {
    ensureNoFaults([...findFaults(host, path)]);
    return { path, outcome: await host.system.run({ path, args, stdin: "", timeoutSeconds, outputLimit }) };
  });
}

async function orRefuse<T>(subject: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof SystemError ? new UserError(`cannot ask ${subject}: ${error.reason}`) : error;
  }
}

/** Where the program of this name is. */
export function findTool({ system, paths }: Host, name: string): string | undefined {
  const places = directories.map((directory) => `${paths.root}/${directory}/${name}`);
  return places.find((path) => unless([...missing, "EACCES"], () => system.stat(path).kind) === "file");
}

export function describeEnd(end: Outcome["end"]): string {
  if ("exceeded" in end) return `it was stopped, it takes too much ${end.exceeded === "time" ? "time" : "memory"}`;
  if ("signal" in end) return `it was killed by ${end.signal}`;
  return end.status === 0 ? "its answer is not valid UTF-8" : `exit status ${end.status}`;
}
