// Scripts with capabilities: how they are found, and how every command calls them.

import { callOnce, changing, forced, listing, refused, some } from "./commands.ts";
import { type Case, compare } from "./compare.ts";
import { P1, P2, T2 } from "./machine.ts";
import {
  actions,
  callout,
  capabilities,
  events,
  olderCallout,
  onEvent,
  onQuestion,
  watcher,
  withScripts,
} from "./scripts.ts";

compare("all capabilities", withScripts(callout("all.sh", capabilities()), watcher), [
  ...changing,
  ...listing,
  ...refused,
  "list",
  "list -u $A",
  "types",
  { args: "start-parent-mdevs $P1", differs: "an active device is not started again" },
]);

compare(
  "all capabilities, and it refuses",
  withScripts(callout("no.sh", `${capabilities()}\n${onEvent("pre", "echo no >&2; exit 1")}`), watcher),
  [...changing, ...forced],
);

compare(
  "all capabilities, and it exits with 2",
  withScripts(callout("two.sh", `${capabilities()}\n${onEvent("pre", "exit 2")}`), watcher),
  ["undefine -u $A", "undefine -u $A -f", "start -u $C -p $P1", "stop -u $A"],
);

compare(
  "all capabilities, and it fails afterwards",
  withScripts(callout("late.sh", `${capabilities()}\n${onEvent("post", "exit 1")}`), watcher),
  changing,
);

for (const [title, listed] of Object.entries({
  "no events": { events: [] },
  "no actions": { actions: [] },
  "pre only": { events: ["pre"] },
  "post only": { events: ["post"] },
  "pre and post": { events: ["pre", "post"] },
  "define only": { actions: ["define"] },
  "all but attributes": { actions: actions.filter((name) => name !== "attributes") },
  "all but get": { events: events.filter((name) => name !== "get") },
  "start and stop": { actions: ["start", "stop"], events: ["pre", "post"] },
})) {
  compare(`capabilities: ${title}`, withScripts(callout("some.sh", capabilities(listed)), watcher), [
    "define -u $E -p $P1 -t $T1",
    "define -u $E -p $P1 -t $T1 -f",
    "define -u $B",
    "define -u $B -f",
    "undefine -u $A",
    "undefine -u $A -f",
    "start -u $C -p $P1",
    "stop -u $A -f",
    "modify -u $A -m",
    "list -v",
  ]);
}

const supports = (others: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ supports: { version: 2, actions, events, ...others } });
const answers: Record<string, readonly [answer: string, status?: number]> = {
  "exit 1": [supports({}), 1],
  "exit 2": [supports({}), 2],
  "with a newline": [`${supports({})}\\n`],
  "a trailing NUL": [`${supports({})}\\000`],
  "unknown names": [supports({ actions: [...actions, "dance"], events: [...events, "party"] })],
  "version 1": [supports({ version: 1 })],
  "version 99": [supports({ version: 99 })],
  "version missing": [supports({ version: undefined })],
  "version null": [supports({ version: null })],
  "version a string": [supports({ version: "2" })],
  "version below zero": [supports({ version: -1 })],
  "version a fraction": [supports({ version: 2.5 })],
  "additional fields": [`{"more":[],"supports":${JSON.stringify({ version: 2, actions, events, more: 1 })}}`],
  "actions missing": [supports({ actions: undefined })],
  "events missing": [supports({ events: undefined })],
  "actions a string": [supports({ actions: "all" })],
  "actions with a number": [supports({ actions: [1, ...actions] })],
  "an empty object": ["{}"],
  "empty supports": ['{"supports":{}}'],
  "a list": ["[]"],
  nothing: [""],
  "nothing, exit 1": ["", 1],
  "not JSON": ["usage: me"],
  truncated: ['{"supports":{"version":2'],
};
const answerWith = (answer: string, status?: number) =>
  withScripts(callout("a.sh", onQuestion("capabilities", answer, status)), callout("other.sh", "exit 2"));

for (const [title, [answer, status]] of Object.entries(answers)) {
  compare(`the answer: ${title}`, answerWith(answer, status), ["undefine -u $A", "define -u $B", callOnce("list -v")]);
}

compare(
  "the answer: not UTF-8",
  answerWith('{"supports":{"version":2,"actions":["\\377"],"events":[]}}'),
  ["undefine -u $A", "define -u $B", "list -v -u $A"].map(
    (args): Case => ({ args, like: answerWith("junk"), differs: "capabilities that aren't UTF-8 are ignored" }),
  ),
);

compare(
  "two scripts with capabilities",
  withScripts(callout("b.sh", capabilities()), callout("a.sh", capabilities()), olderCallout("0.sh", capabilities())),
  ["undefine -u $C", "start -u $C -p $P1", "list -v"],
);

compare(
  "capabilities after scripts without any",
  withScripts(callout("a.sh"), callout("b.sh", "exit 1"), olderCallout("0.sh", capabilities())),
  ["undefine -u $C", "stop -u $A", "define -u $B", "list -v"],
);

const forOthers = (words: string) => `case "$*" in *"${words} "*) exit 2;; esac\n${capabilities()}`;
compare(
  "capabilities for one type only",
  withScripts(callout("a.sh", forOthers(`-t ${T2}`)), callout("b.sh"), watcher),
  [...some, "undefine -u $C", "undefine -u $A", "start-parent-mdevs $P2"],
);
compare(
  "capabilities for one parent only",
  withScripts(callout("a.sh", forOthers(`-p ${P1}`)), callout("b.sh", forOthers(`-p ${P2}`)), watcher),
  [...some, "undefine -u $C", "start-parent-mdevs $P2"],
);
