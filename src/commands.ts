// The commands of mdevctl, in the order of the help. Most are loaded on demand.

import type { Command } from "./cli/command.ts";
import { list } from "./commands/list.ts";
import { startParentMdevs } from "./commands/start-parent-mdevs.ts";

const loaders = new Map<string, () => Promise<Command>>([
  ["define", async () => (await import("./lazy.ts")).define],
  ["undefine", async () => (await import("./lazy.ts")).undefine],
  ["modify", async () => (await import("./lazy.ts")).modify],
  ["start", async () => (await import("./lazy.ts")).start],
  ["stop", async () => (await import("./lazy.ts")).stop],
  ["list", async () => list],
  ["types", async () => (await import("./lazy.ts")).types],
  ["status", async () => (await import("./lazy-overview.ts")).status],
  ["attach", async () => (await import("./lazy-overview.ts")).attach],
  ["doctor", async () => (await import("./lazy-overview.ts")).doctor],
  ["monitor", async () => (await import("./lazy-overview.ts")).monitor],
  ["metrics", async () => (await import("./lazy-desired.ts")).metrics],
  ["plan", async () => (await import("./lazy-desired.ts")).plan],
  ["apply", async () => (await import("./lazy-desired.ts")).apply],
  ["export", async () => (await import("./lazy-desired.ts")).exportState],
  ["import", async () => (await import("./lazy-desired.ts")).importFile],
  ["sandbox", async () => (await import("./lazy-sandbox.ts")).sandbox],
  ["start-parent-mdevs", async () => startParentMdevs],
]);

export async function loadCommand(name: string): Promise<Command | undefined> {
  return loaders.get(name)?.();
}

export function loadCommands(): Promise<Command[]> {
  return Promise.all(Array.from(loaders.values(), (load) => load()));
}

/** Programs that are a single command, and its name. */
export const programs: ReadonlyMap<string, string> = new Map([["lsmdev", "list"]]);
