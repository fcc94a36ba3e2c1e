// The attributes of active devices, which their callout script knows.

import { listing } from "./commands.ts";
import { type Case, compare } from "./compare.ts";
import { callout, capabilities, onQuestion, watcher, withScripts } from "./scripts.ts";

const answers: Record<string, readonly [answer: string, status?: number]> = {
  one: ['[{"a":"b"}]'],
  "several, one twice": ['[{"a":"b"},{"c":"d"},{"a":"e"}]\\n'],
  "over several lines": ['[\\n  {\\n    "power/control": "on"\\n  }\\n]\\n'],
  "text that isn't ASCII": ['[{"é":"☃"}]'],
  "an empty list": ["[]"],
  "an empty list and a newline": ["[]\\n"],
  "a list with a blank": ["[ ]"],
  "a list of an empty object": ["[{}]"],
  nothing: [""],
  null: ["null"],
  "trailing NULs": ['[{"a":"b"}]\\000\\000'],
  "a newline and a NUL": ['[{"a":"b"}]\\n\\000'],
  "exit 1": ['[{"a":"b"}]', 1],
  "exit 3": ["", 3],
  "an object": ['{"a":"b"}'],
  "null for a value": ['[{"a":null}]'],
  "two fields": ['[{"a":"1","b":"2"}]'],
  "a list of lists": ['[["a","b"]]'],
  "not JSON": ["junk"],
  "text after it": ['[{"a":"b"}]junk'],
  truncated: ['[{"a":"b"}'],
};

const answerWith = (answer: string, status?: number, before = "") =>
  withScripts(callout("a.sh", `${before}\n${onQuestion("attributes", answer, status)}`), watcher);

for (const [title, [answer, status]] of Object.entries(answers)) {
  compare(`with capabilities: ${title}`, answerWith(answer, status, capabilities()), [
    "list -v",
    "list --dumpjson -u $B",
    "define -u $B",
  ]);
  compare(`without: ${title}`, answerWith(answer, status), ["define -u $B", "list --dumpjson -p $P1"]);
}

for (const answer of ["  ", "\\n"]) {
  compare(`a blank answer, ${JSON.stringify(answer)}`, answerWith(answer), [
    "list -v",
    { args: "define -u $B", like: answerWith(""), differs: "a blank answer is empty" },
  ]);
}

compare("a NUL", answerWith("\\000"), [
  "list -v",
  { args: "define -u $B", like: answerWith(""), differs: "an answer of NULs is empty" },
]);

compare(
  "numbers and booleans for values",
  answerWith('[{"a":1},{"b":1.50},{"c":true}]'),
  ["list -v", "list --dumpjson -u $B", "define -u $B"].map(
    (args): Case => ({
      args,
      like: answerWith('[{"a":"1"},{"b":"1.50"},{"c":"true"}]'),
      differs: "numbers and booleans are values",
    }),
  ),
);

compare(
  "not UTF-8",
  answerWith('[{"a":"\\377"}]'),
  ["list -v", "list --dumpjson -u $B", "define -u $B"].map(
    (args): Case => ({ args, like: answerWith("junk"), differs: "attributes that aren't UTF-8 are an invalid answer" }),
  ),
);

compare("an invalid one after a valid one", answerWith('[{"a":"b"},{}]'), [
  "define -u $B",
  { args: "list -v", like: answerWith("junk"), differs: "an invalid answer counts as none" },
  { args: "list --dumpjson", like: answerWith("junk"), differs: "an invalid answer counts as none" },
]);

const knowing = answerWith('[{"speed":"7"},{"power/control":"on"}]', 0, capabilities());
compare("several commands", knowing, [
  ...listing,
  "define -u $B -a",
  "define -u $B -f",
  "define -u $B -p $P1 -t $T2",
  "define -u $B -p $P1 --jsonfile $ROOT/input/plain.json",
  "define -u $E -p $P1 -t $T1",
  "define -u $B; list -dv; modify -u $B --delattr; list --dumpjson -u $B; list -d --dumpjson -u $B",
]);

compare("it exits with 2", withScripts(callout("other.sh", onQuestion("attributes", '[{"a":"b"}]', 2))), [
  "define -u $B",
  "list -v -u $B",
  { args: "list -v", differs: "a script that exits with 2 is not called again" },
]);

const kill = `case "$*" in *"-a attributes "*) kill -9 $$;; esac`;
compare("it is killed", withScripts(callout("a.sh", `${capabilities()}\n${kill}`), watcher), [
  "list -v",
  "define -u $B",
]);
compare("it is killed, without capabilities", withScripts(callout("a.sh", kill), watcher), [
  "list -v",
  { args: "define -u $B", like: answerWith("", 1), differs: "a killed script has failed" },
]);
