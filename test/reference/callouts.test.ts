// Scripts without capabilities, scripts that cannot run, notifiers, and the input of scripts.

import { callOnce, changing, forced, listing, refused, some } from "./commands.ts";
import { type Case, compare } from "./compare.ts";
import { addDefinition, addWaiting, definition, deviceDirectory, E, P1, standard, T2 } from "./machine.ts";
import {
  callout,
  callouts,
  capabilities,
  notifier,
  olderCallout,
  olderNotifier,
  onEvent,
  onQuestion,
  script,
  watcher,
  withScripts,
} from "./scripts.ts";
import { directory, type Tree } from "./tree.ts";

compare("a script", withScripts(callout("a.sh"), watcher), [...changing, ...listing, ...refused, "list", "types"]);
compare("a script that refuses", withScripts(callout("no.sh", "echo no >&2; exit 1"), watcher), [
  ...changing,
  ...listing,
  ...forced,
]);
compare(
  "a script for other types",
  withScripts(callout("other.sh", "exit 2"), watcher),
  [...changing, ...listing].map(callOnce),
);
compare(
  "a script that fails afterwards",
  withScripts(callout("late.sh", onEvent("post", "exit 1")), watcher),
  changing,
);
compare(
  "several scripts",
  withScripts(callout("other-9", "exit 2"), callout("other-10", "exit 2"), callout("p.sh"), olderCallout("0.sh")),
  [...changing, ...listing].map(callOnce),
);
compare(
  "the first script that isn't for other types decides",
  withScripts(callout("other-1", "exit 2"), callout("p", "exit 1"), callout("q")),
  some.map(callOnce),
);
compare("older scripts come second", withScripts(callout("other-z", "exit 2"), olderCallout("a")), some.map(callOnce));
compare(
  "a script that only refuses to start",
  withScripts(callout("a.sh", `case "$*" in *"-a start "*) exit 1;; esac`), watcher),
  [...some, "start -u $C -p $P1 -f", "start-parent-mdevs $P2"],
);
compare(
  "undefine of two, one refused",
  withScripts(callout("a.sh", `case "$*" in *"-p ${P1}"*) exit 1;; esac`), watcher),
  ["undefine -u $C", "undefine -u $C -f"],
);
compare(
  "a script that agrees, then is for other types",
  withScripts(callout("a.sh", onEvent("post", "exit 2")), callout("b.sh")),
  some,
);

compare(
  "a link to a script",
  withScripts({ [`${callouts}/link.sh`]: { link: "../../../../../elsewhere.sh" }, "elsewhere.sh": script() }),
  some,
);
compare("a directory among the scripts", withScripts({ [`${callouts}/a.d`]: directory }, callout("b.sh")), some);

const unable: Tree = {
  "not executable": { script: "#!/bin/sh\nexit 1\n", mode: 0o644 },
  "without #!": { script: "exit 1\n" },
  "a missing interpreter": { script: "#!/no/such/shell\nexit 1\n" },
  "a dangling link": { link: "nowhere" },
  empty: { script: "" },
};
/** A listing may warn in any case. */
const expectReport = (args: string): Case =>
  args.startsWith("list ") ? { args } : { args, differs: "a script that cannot run is reported" };
for (const [title, entry] of Object.entries(unable)) {
  compare(`a script that cannot run: ${title}`, withScripts({ [`${callouts}/a`]: entry }, callout("b.sh"), watcher), [
    ...some.map(expectReport),
    "list",
    "list -d",
  ]);
  compare(`a notifier that cannot run: ${title}`, withScripts({ "usr/lib/mdevctl/scripts.d/notifiers/a": entry }), [
    expectReport("undefine -u $A"),
    "list -v",
  ]);
}

const killed = withScripts(callout("a.sh", onEvent("pre", "kill -9 $$")), watcher);
const failing = withScripts(callout("a.sh", onEvent("pre", "exit 1")), watcher);
compare("a script that is killed", killed, [
  ...["undefine -u $A", "define -u $B", "stop -u $A", "start -u $C -p $P1", "modify -u $A -m"].map(
    (args): Case => ({ args, like: failing, differs: "a killed script has failed" }),
  ),
  "undefine -u $A -f",
]);
compare("a notifier that is killed", withScripts(notifier("a.sh", "kill -9 $$")), ["list -v", "undefine -u $A"]);

compare("output of scripts", standard, [
  ...[0, 1, 2].flatMap((status) =>
    ["undefine -u $A", "list -v -u $A", "define -u $B"].map(
      (args): Case => ({
        args,
        title: `exit ${status}`,
        machine: withScripts(callout("a.sh", `echo out; echo error >&2; exit ${status}`)),
      }),
    ),
  ),
  {
    args: "undefine -u $A",
    title: "a notifier",
    machine: withScripts(notifier("n.sh", "echo out; echo error >&2; exit 3")),
    differs: "the stderr of a failing script is passed on",
  },
]);

compare("one notifier", withScripts(watcher), [...changing, ...listing, ...refused]);
compare("notifiers that fail", withScripts(notifier("1-a.sh", "exit 1"), olderNotifier("2-b.sh", "exit 2")), [
  "undefine -u $A",
  "define -u $E -p $P1 -t $T1",
  "start -u $D",
]);
compare(
  "several notifiers",
  withScripts(
    notifier("1-b"),
    notifier("1-a"),
    notifier("1-10"),
    notifier("1-9"),
    olderNotifier("2-0"),
    olderNotifier("2-z"),
  ),
  ["undefine -u $A", "modify -u $A -m", "start -u $D", "define -u $E -p $P1 -t $T1"].map(
    (args): Case => ({ args, differs: "notifiers run in the order of their names" }),
  ),
);

compare(
  "attributes that fail at start",
  {
    ...standard,
    ...addWaiting(P1, E),
    ...addDefinition(P1, E, { type: T2, attrs: [{ speed: "1" }, { nothing: "2" }] }),
    ...callout("a.sh", capabilities()),
    ...watcher,
  },
  ["start -u $E", "start -u $E -f"],
);
compare(
  "the device as the scripts see it",
  withScripts(
    { ...addWaiting(P1, E), ...addDefinition(P1, E, { type: T2, attrs: [{ speed: "1" }] }) },
    callout("look.sh", `echo " $6 $(cat "$MDEVCTL_ENV_ROOT/${deviceDirectory(P1)}/${E}/speed")" >> "$CALLS"`),
  ),
  ["start -u $E"],
);

const where = `#!/bin/sh\nprintf '%s in %s, root %s, mine %s\\\\036' "$0" "$PWD" "$MDEVCTL_ENV_ROOT" "$MINE" >> "$CALLS"\n`;
compare("a script's environment", withScripts({ [`${callouts}/where.sh`]: { script: where } }), [
  { args: "undefine -u $A", environment: { MINE: "inherited" } },
]);

const long = definition({ attrs: Array.from({ length: 3000 }, (_, index) => ({ [`attribute${index}`]: "0x00ff" })) });
const longAnswer = `[${Array.from({ length: 3000 }, (_, index) => `{"attribute${index}":"0x00ff"}`).join()}]`;
const defineLong: Case = {
  args: "define -u $E -p $P1 --jsonfile /dev/stdin",
  title: "90 kB on its standard input",
  stdin: long,
};
compare(
  "scripts that don't read their input",
  withScripts({ [`${callouts}/a.sh`]: { script: "#!/bin/sh\nexit 0\n" } }),
  ["undefine -u $C", defineLong],
);
compare("a script that reads a lot", withScripts(callout("a.sh", capabilities())), [defineLong]);
compare(
  "a script that answers a lot",
  withScripts(callout("a.sh", `${capabilities()}\n${onQuestion("attributes", longAnswer)}`)),
  ["define -u $B", "list --dumpjson -u $B"],
);
