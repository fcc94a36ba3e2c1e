// Defining and undefining: where the parent and the type come from, what is written, what is refused.

import { compare } from "./compare.ts";
import {
  A,
  addActive,
  addDefinition,
  addWaiting,
  B,
  C,
  definition,
  E,
  empty,
  P1,
  P2,
  parents,
  standard,
  T1,
  T2,
} from "./machine.ts";
import { directory } from "./tree.ts";

compare("define", standard, [
  "define -u $E -p $P1 -t $T1",
  "define -u $E -p $P1 -t $T1 -a",
  "define -u $E -p $P1 -t $T1 -f",
  "define -u $E -p nowhere -t nothing",
  "define -p $P1 -t $T1",
  "define -p $P1 -t $T2 --auto",
  "define -u $E",
  "define -u $E -p $P1",
  "define -u $E -t $T1",
  "define -p $P1",
  "define -t $T1",
  "define -a",
  "define -u $A",
  "define -u $A -f",
  "define -u $A -p $P1",
  "define -u $A -p $P1 -t $T1",
  "define -u $A -p $P1 -t $T1 -f",
  "define -u $A -p $P2",
  "define -u $A -p $P2 -t $T2",
  "define -u $A -t $T1",
  "define -u $B",
  "define -u $B -a",
  "define -u $B -p $P1",
  "define -u $B -p $P1 -t $T2",
  "define -u $B -p $P2",
  "define -u $B -p $P2 -t $T2",
  "define -u $B -t $T2",
  "define -u $C",
  "define -u $C -p $P1 -t $T2",
  "define -u $C -p nowhere -t $T2",
  "define -u $E -p $P1 -t $T1; define -u $E -p $P1 -t $T1; list -d",
  "define -u $B; list; list -d; undefine -u $B; list",
]);

compare("define from a file", standard, [
  "define -u $E -p $P1 --jsonfile $ROOT/input/t1.json",
  "define -u $E -p nowhere --jsonfile $ROOT/input/plain.json",
  "define -p $P1 --jsonfile $ROOT/input/t2.json",
  "define -u $E --jsonfile $ROOT/input/t1.json",
  "define -u $B --jsonfile $ROOT/input/t1.json",
  "define --jsonfile $ROOT/input/t1.json",
  "define -u $A -p $P1 --jsonfile $ROOT/input/t1.json",
  "define -u $A -p $P1 --jsonfile $ROOT/input/t1.json -f",
  "define -u $A -p $P2 --jsonfile $ROOT/input/t1.json",
  "define -u $B -p $P2 --jsonfile $ROOT/input/t2.json",
  "define -u $E -p $P1 --jsonfile $ROOT/input/t1.json -a",
  "define -u $E -p $P1 --jsonfile $ROOT/input/t1.json -t $T1",
  "define -u $E -p $P1 --jsonfile input/t1.json",
  "define -u $E -p $P1 --jsonfile $ROOT/input/missing.json",
  "define -u $E -p $P1 --jsonfile $ROOT/input/directory",
  "define -u $E -p $P1 --jsonfile $ROOT/input/broken.json",
  "define -u $E -p $P1 --jsonfile ''",
  "define -u $E -p $P1 --jsonfile -",
  { args: "define -u $E -p $P1 --jsonfile /dev/stdin", stdin: `{"mdev_type":"${T1}","start":"auto"}` },
  { args: "define -p $P1 --jsonfile /dev/stdin", stdin: definition({ type: T2, attrs: [{ a: "b" }] }) },
  {
    args: "define --parent=$P1 --jsonfile=/dev/stdin --uuid=$E",
    stdin: `{"mdev_type":"${T1}","start":"manual","attrs":[]}\n`,
  },
  { args: "define -p $P1 --jsonfile /dev/stdin", stdin: "" },
  { args: "define -p $P1 --jsonfile /dev/stdin", stdin: "{" },
  "define -p $P1 --jsonfile /dev/null",
]);

const attributes = Array.from({ length: 2000 }, (_, index) => ({ assign_domain: `0x${index.toString(16)}` }));
compare("define something large", standard, [
  {
    args: "define -u $E -p $P1 --jsonfile /dev/stdin; list -d --dumpjson -u $E",
    title: "2000 attributes",
    stdin: definition({ attrs: attributes }),
  },
]);

compare("things in the way", { ...empty, ...parents }, [
  {
    args: "define -u $E -p $P1 -t $T1",
    title: "a directory named like the uuid",
    machine: { ...empty, [`etc/mdevctl.d/${P1}/${E}`]: directory },
  },
  {
    args: "define -u $E -p $P1 -t $T1",
    title: "a file named like the parent",
    machine: { ...empty, [`etc/mdevctl.d/${P1}`]: "" },
  },
  { args: "define -u $E -p $P1", title: "a device without a type yet", machine: { ...empty, ...addWaiting(P1, E) } },
  {
    args: "define -u $E",
    title: "a device whose parent is gone",
    machine: {
      ...empty,
      ...addActive(P1, T1, E),
      [`sys/devices/pci0000:00/${P1}/mdev_supported_types/${T1}`]: directory,
    },
  },
  {
    args: "define -u $E -p $P1 -t $T1",
    title: "an empty definition",
    machine: { ...empty, ...addDefinition(P1, E, "") },
  },
  {
    args: "define -u $E -p $P1 --jsonfile /dev/stdin",
    title: "an empty definition",
    stdin: definition(),
    machine: { ...empty, ...addDefinition(P1, E, "") },
  },
]);

compare("undefine", standard, [
  "undefine -u $A",
  "undefine -u $A -f",
  "undefine -u $A -p $P1",
  "undefine -u $A -p $P2",
  "undefine -u $B",
  "undefine -u $C",
  "undefine -u $C -p $P1",
  "undefine -u $C -p $P2",
  "undefine -u $C -p nowhere",
  "undefine -u $D",
  "undefine -u $E",
  "undefine -u $E -f",
  "undefine -p $P1",
  "undefine",
  "undefine -u $A; list; undefine -u $A",
  "undefine -u $C; undefine -u $D; list -d",
  "undefine -u $C -p $P1; undefine -u $C; list -d",
]);

compare("undefine the last of a parent", { ...empty, ...addDefinition(P1, A), ...addDefinition(P2, C) }, [
  "undefine -u $A",
  "undefine -u $A; undefine -u $C; list -d",
]);

compare("there and back", { ...empty, ...parents, ...addActive(P1, T2, B) }, [
  "define -u $E -p $P1 -t $T1; list -d --dumpjson -u $E; modify -u $E --addattr a --value b; modify -u $E --auto; list -d --dumpjson -u $E; undefine -u $E; list -d --dumpjson",
  "define -u $B; modify -u $B -m; modify -u $B -a; list -v; stop -u $B; undefine -u $B",
  "define -u $A -p $P1 -t $T1; define -u $A -p $P2 -t $T2; list -d; modify -u $A -a; modify -u $A -p $P1 -a; undefine -u $A; list -d",
]);
