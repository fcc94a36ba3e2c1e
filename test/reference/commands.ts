// Command lines that the tables about scripts share.

import type { Case } from "./compare.ts";

/** Every command that changes something, succeeding and failing. */
export const changing: readonly string[] = [
  "define -u $E -p $P1 -t $T1",
  "define -u $B",
  "define -u $B -p $P1 -t $T2",
  "define -p $P1 -t $T2 -a",
  "define -u $E -p $P1 --jsonfile $ROOT/input/t1.json",
  "undefine -u $A",
  "undefine -u $C",
  "modify -u $A --manual",
  "modify -u $D -p $P2 --addattr a --value b",
  "modify -u $A -p $P1 --jsonfile $ROOT/input/t1.json",
  "start -u $C -p $P1",
  "start -p $P1 -t $T1",
  "start -u $E -p $P1 --jsonfile $ROOT/input/t2.json",
  "start -u $A",
  "start -u $D",
  "start -u $E -p nowhere -t $T1",
  "stop -u $A",
  "stop -u $B",
  "start-parent-mdevs $P2",
];

/** The same with force, if a command has it. */
export const forced: readonly string[] = changing
  .filter((line) => !line.startsWith("start-parent-mdevs"))
  .map((line) => `${line} -f`);

/** One of each kind. */
export const some: readonly string[] = ["undefine -u $C -p $P1", "define -u $B", "start -u $C -p $P1", "list -v"];

export const listing: readonly string[] = [
  "list -v",
  "list --dumpjson",
  "list -d",
  "list -dv",
  "list -v -u $A",
  "list -v -p $P2",
];

/** Refused before any script is called. */
export const refused: readonly string[] = [
  "define -u $A",
  "define -u $E",
  "undefine -u $E",
  "modify -u $E --auto",
  "modify -u $C --auto",
  "start -u $E",
  "start -u $C",
  "start -u $C -p $P1 -t $T1",
  "stop -u $E",
];

/** For machines with scripts named `other…`, which exit with 2. */
export const callOnce = (args: string): Case => ({ args, differs: "a script that exits with 2 is not called again" });
