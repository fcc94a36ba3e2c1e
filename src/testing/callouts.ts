// What the tests of callout scripts share: commands, definitions, and a machine with something to change.

import { A, B, C, type Machine, machine } from "./machine.ts";

export const defineA = ["define", "-u", A, "-p", "mtty", "-t", "mtty-1"];
export const definitionOfA = `etc/mdevctl.d/mtty/${A}`;
export const plain = '{"mdev_type":"mtty-1","start":"manual","attrs":[]}';
export const adapters =
  '{"mdev_type":"vfio_ap-passthrough","start":"auto","attrs":[{"assign_adapter":"5"},{"assign_adapter":"6"}]}';

/** A is defined and B is active, with the same type; C is defined with attributes. */
export async function busyMachine(): Promise<Machine> {
  const made = machine({ files: { [`etc/mdevctl.d/matrix/${C}`]: adapters, "in.json": adapters } });
  await made.run(...defineA);
  await made.run("start", "-u", B, "-p", "mtty", "-t", "mtty-1");
  return made;
}

/** The directories of callout scripts, in the order in which they are searched. */
export const directories = ["usr/lib/mdevctl/scripts.d/callouts", "etc/mdevctl.d/scripts.d/callouts"];
