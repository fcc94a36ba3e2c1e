// Directories, links and other things instead of definitions.

import { type Case, compare } from "./compare.ts";
import { A, addDefinition, C, definition, E, P1, standard, T2, without } from "./machine.ts";
import type { Tree } from "./tree.ts";

compare("scripts.d is not a parent", { ...standard, ...addDefinition("scripts.d", E, { start: "auto" }) }, [
  ...["list -d", "list -d --dumpjson", "modify -u $E --auto", "undefine -u $E"].map(
    (args): Case => ({ args, like: standard, differs: "scripts.d is not a parent" }),
  ),
  "start -u $E",
  { args: "start-parent-mdevs scripts.d", differs: "names that lead elsewhere are refused" },
]);

const linked: Tree = {
  ...without(standard, `etc/mdevctl.d/${P1}/${A}`),
  [`etc/mdevctl.d/${P1}/${A}`]: { link: "../../../store/a" },
  "store/a": definition({ start: "auto" }),
};
const linkedParent: Tree = {
  ...without(standard, `etc/mdevctl.d/${P1}`),
  [`etc/mdevctl.d/${P1}`]: { link: "../../store" },
  [`store/${A}`]: definition({ start: "auto" }),
  [`store/${C}`]: definition({ type: T2 }),
};
const likeLinked = { like: standard, differs: "links are followed" } as const;
compare("a definition that is a link", linked, [
  ...["list -d", "list -d --dumpjson", "list -d --dumpjson -u $A"].map((args): Case => ({ args, ...likeLinked })),
  "list",
  "list --dumpjson",
  "start -u $A",
  "define -u $A",
  "define -u $A -p $P1 -t $T1",
  "modify -u $A --manual",
  "modify -u $A -p $P1 --addattr a --value b",
  { args: "modify -u $A -p $P1 --jsonfile $ROOT/input/t1.json", differs: "links are not written through" },
  { args: "undefine -u $A", like: standard, differs: "undefine removes a link, not its target" },
]);
compare("a parent's directory that is a link", linkedParent, [
  ...["list -d", "list -d --dumpjson", "list -d -p $P1"].map((args): Case => ({ args, ...likeLinked })),
  "list",
  "list --dumpjson",
  "modify -u $A --manual",
]);
compare("a dangling link", { ...standard, [`etc/mdevctl.d/${P1}/${E}`]: { link: "nowhere" } }, [
  { args: "list -d", differs: "broken definitions are skipped", like: standard },
  { args: "define -u $E -p $P1 -t $T1", differs: "links are not written through" },
]);
