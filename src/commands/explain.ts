// What a host has, for a person who asked for what it does not have, or left out what is needed.

import type { Wanted } from "../device.ts";
import { joinNames } from "../english.ts";
import type { Host } from "../host.ts";
import { findActive } from "../kernel/active.ts";
import { findParents, hintAboutParent } from "../kernel/frameworks.ts";
import { readOrWarn } from "../log.ts";
import { findDefinitions } from "../store.ts";

/** For a listing that shows nothing. */
export function explainNoDevices(host: Host, wanted: Wanted, { areDefined }: { areDefined: boolean }): void {
  const { uuid, parent } = wanted;
  const isDefined = exist(host, () => findDefinitions(host, wanted));
  // Then it could not be read, which has been warned about.
  if (areDefined && isDefined) return;
  const isOther = areDefined ? exist(host, () => findActive(host, wanted)) : isDefined;
  const [state, other, list] = areDefined ? ["defined", "active", "list"] : ["active", "defined", "list --defined"];
  const problem = `${uuid === undefined ? "no device is" : `${uuid} is not`} ${state}`;
  const where = parent === undefined ? "" : ` under ${parent}`;
  const hint = isOther
    ? `'mdevctl ${list}' shows the ${other} devices.`
    : "'mdevctl types' shows what this host offers.";
  host.log.tell(`${problem}${where}. ${hint}`);
}

/** For a listing that shows nothing. */
export function explainNoTypes(host: Host, parent: string | undefined): void {
  const parents = Array.from(findParents(host, parent), ({ name }) => name);
  if (parents.length > 0) {
    host.log.tell(
      `${parent ?? "no parent"} has ${parent === undefined ? "" : "no "}room for another device. 'mdevctl list' shows those that are active.`,
    );
    return;
  }
  const problem = parent === undefined ? "there are no parent devices" : `there is no parent device ${parent}`;
  host.log.tell(`${problem}. ${hintAboutParent(host, parent ?? "")}`);
}

/** A hint. */
export function describeTypes(host: Host, parent: string): string {
  const parents = [...findParents(host, parent)];
  if (parents.length === 0) return `There is no parent device ${parent}. ${hintAboutParent(host, parent)}`;
  const names = new Set(parents.flatMap(({ types }) => types.map(({ name }) => name)));
  if (names.size === 0) return `${parent} supports no mediated device types.`;
  return `The types of ${parent} are ${joinNames([...names].sort())}.`;
}

function exist(host: Host, find: () => readonly unknown[]): boolean {
  return (readOrWarn(host, find) ?? []).length > 0;
}
