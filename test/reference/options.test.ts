// The rules between options: every combination of a command's options, so that each exclusion and each
// requirement is tried with and without the other options.

import { compare } from "./compare.ts";
import { standard } from "./machine.ts";

/** Every choice of at most `most` of the options. */
function choices(options: readonly string[], most = options.length): readonly (readonly string[])[] {
  if (most === 0 || options.length === 0) return [[]];
  const [first = "", ...rest] = options;
  return [...choices(rest, most), ...choices(rest, most - 1).map((others) => [first, ...others])];
}

const lines = (command: string, chosen: readonly (readonly string[])[]) =>
  chosen.map((options) => [command, ...options].join(" "));

compare(
  "define",
  standard,
  lines("define", choices(["-u $E", "-p $P1", "-t $T1", "-a", "--jsonfile $ROOT/input/t2.json", "-f"])),
);

compare("undefine", standard, lines("undefine", choices(["-u $C", "-p $P2", "-f"])));

compare(
  "start",
  standard,
  lines("start", choices(["-u $C", "-p $P1", "-t $T2", "--jsonfile $ROOT/input/plain.json", "-f"])),
);

compare("stop", standard, lines("stop", choices(["-u $A", "-f"])));

compare("list", standard, lines("list", choices(["-d", "--dumpjson", "-v", "-u $C", "-p $P2"])));

compare("types", standard, lines("types", choices(["-p $P1", "--dumpjson"])));

const change = ["-a", "-m", "--addattr speed", "--delattr", "--jsonfile $ROOT/input/t1.json"];
const further = ["-p $P1", "-t $T2", "-i 0", "--value 7", "-l", "-d", "-f"];

compare("modify", standard, [
  ...lines("modify -u $A", choices([...change, ...further], 2)),
  ...lines(
    "modify -u $A",
    change.flatMap((one) => choices(further, 2).map((others) => [one, ...others])),
  ),
  ...lines(
    "modify",
    change.map((one) => [one]),
  ),
]);
