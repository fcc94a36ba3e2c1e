// The commands of mdevctl, in the order of the help. Each is loaded when it is asked for: reading the others would be half of
// what a short run does.

import type { Command } from "./cli/command.ts";

const loaders: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["define", async () => (await import("./commands/define.ts")).define],
  ["undefine", async () => (await import("./commands/undefine.ts")).undefine],
  ["modify", async () => (await import("./commands/modify.ts")).modify],
  ["start", async () => (await import("./commands/start.ts")).start],
  ["stop", async () => (await import("./commands/stop.ts")).stop],
  ["list", async () => (await import("./commands/list.ts")).list],
  ["types", async () => (await import("./commands/types.ts")).types],
  ["sandbox", async () => (await import("./commands/sandbox.ts")).sandbox],
  ["start-parent-mdevs", async () => (await import("./commands/start-parent-mdevs.ts")).startParentMdevs],
]);

export const commandNames: readonly string[] = [...loaders.keys()];

export async function loadCommand(name: string): Promise<Command | undefined> {
  return loaders.get(name)?.();
}

export function loadCommands(): Promise<Command[]> {
  return Promise.all(Array.from(loaders.values(), (load) => load()));
}

/** Programs that are one command alone, and its name. */
export const programs: ReadonlyMap<string, string> = new Map([["lsmdev", "list"]]);
