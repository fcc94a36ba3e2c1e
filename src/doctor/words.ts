// What findings about definitions have in common: where a definition is, what it says, and the commands that change it.

import type { Device } from "../device.ts";
import type { Observed } from "../observed.ts";
import { quoteForShell } from "../quote.ts";
import type { Evidence } from "./finding.ts";
import type { Defined, Situation } from "./situation.ts";

export function showDefinition({ paths }: Situation, { uuid, parent, type, typeName, start }: Device): Evidence {
  const name = typeName === undefined ? "" : ` (${typeName})`;
  return { path: `${paths.definitions}/${parent}/${uuid}`, value: `mdev_type ${type}${name}, start ${start}` };
}

/** A command of mdevctl on a definition. */
export function commandOn(
  { uuid, parent }: Pick<Device, "uuid" | "parent">,
  command: string,
  ...more: readonly string[]
): string {
  return ["mdevctl", command, "--uuid", uuid, "--parent", parent, ...more].map(quoteForShell).join(" ");
}

/** What follows for a device that cannot be started. */
export function consequenceFor({ start }: Pick<Device, "start">): string {
  return start === "auto" ? "The device is not started with its parent." : "The device cannot be started.";
}

/** Of definitions that exclude each other, all but the one to keep: the active one, else an automatic one, else the first. */
export function chooseSpare(defined: readonly Defined[]): Device[] {
  const kept =
    defined.find(({ active }) => active !== undefined) ??
    defined.find(({ device }) => device.start === "auto") ??
    defined[0];
  return defined.filter((each) => each !== kept).map(({ device }) => device);
}

/** Whatever anyone can ask about. */
export function nameAll({ cards, parents, devices, brokenDefinitions }: Observed): string[] {
  const places = [...cards.map(({ address }) => address), ...parents.map(({ name }) => name)];
  const uuids = [...devices, ...brokenDefinitions].map(({ uuid }) => uuid);
  return [...new Set([...places, ...uuids])];
}
