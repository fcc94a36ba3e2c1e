// Changing a running device through its callout script, alone and together with the definition.

import { type Case, compare } from "./compare.ts";
import { A, addActive, addDefinition, empty, input, P1, P2, parents, T1, T2 } from "./machine.ts";
import { callout, capabilities, onEvent, watcher, withScripts } from "./scripts.ts";

const updates = [
  "modify -u $A --live --jsonfile $ROOT/input/plain.json",
  "modify -u $A --live --jsonfile $ROOT/input/t1.json",
  "modify -u $A --live --defined --jsonfile $ROOT/input/t1.json",
  "modify -u $A -ld -p $P1 --jsonfile $ROOT/input/t1.json -f",
];
const libvirt: Case = {
  args: "modify --parent=$P1 --jsonfile=/dev/stdin --uuid=$A --defined --live",
  title: "as libvirt does",
  stdin: `{"mdev_type":"${T1}","start":"auto","attrs":[{"speed":"4"}]}`,
};
const withoutScript = (args: string): Case => ({ args, differs: "a command that needs no script calls none" });

const able = withScripts(callout("a.sh", capabilities()), watcher);
compare("a script for it", able, [
  ...updates,
  libvirt,
  "modify -u $A -l -p $P2 --jsonfile $ROOT/input/t1.json",
  "modify -u $A -ld -p $P2 --jsonfile $ROOT/input/t1.json",
  "modify -u $B --live --jsonfile $ROOT/input/t1.json",
  "modify -u $C --live --jsonfile $ROOT/input/t1.json",
  "modify -u $C -ld -p $P1 --jsonfile $ROOT/input/t2.json",
  "modify -u $E --live --jsonfile $ROOT/input/t1.json",
  "modify -u $A --live --auto",
  "modify -u $A --live --delattr",
  "modify -u $A --live --addattr a --value b",
  ...[
    "modify -u $A --live --jsonfile $ROOT/input/t2.json",
    "modify -u $A --live --defined --jsonfile $ROOT/input/t2.json",
    "modify -u $B --live --defined --jsonfile $ROOT/input/t1.json",
    "modify -u $A --live --jsonfile $ROOT/input/missing.json",
    "modify -u $A --live --jsonfile $ROOT/input/broken.json",
    "modify -u $A --live --jsonfile $ROOT/input/directory",
  ].map(withoutScript),
]);

for (const status of [1, 2]) {
  const refusing = `${capabilities()}\n${onEvent("live", `echo no >&2; exit ${status}`)}`;
  compare(`a script that refuses with ${status}`, withScripts(callout("a.sh", refusing), watcher), [
    ...updates,
    libvirt,
  ]);
}
compare(
  "a script that refuses the definition",
  withScripts(callout("a.sh", `${capabilities()}\n${onEvent("pre", "exit 1")}`), watcher),
  updates,
);

compare(
  "defined with another type",
  withScripts(callout("a.sh", capabilities()), watcher, addDefinition(P1, A, { type: T2 })),
  [...updates.slice(0, 2), ...updates.slice(2).map(withoutScript)],
);

const elsewhere = {
  ...empty,
  ...input,
  ...parents,
  ...addActive(P1, T1, A),
  ...addDefinition(P2, A),
  ...callout("a.sh", capabilities()),
};
compare("defined elsewhere", elsewhere, [...updates.slice(0, 2), ...updates.slice(2).map(withoutScript)]);
compare("defined here and elsewhere", { ...elsewhere, ...addDefinition(P1, A) }, updates);

for (const [title, listed] of Object.entries({
  "no event live": { events: ["pre", "post", "get"] },
  "no action modify": { actions: ["start", "stop"] },
  "only live and modify": { events: ["live"], actions: ["modify"] },
})) {
  compare(`a script with ${title}`, withScripts(callout("a.sh", capabilities(listed)), watcher), updates);
}
compare("a script without capabilities", withScripts(callout("a.sh"), watcher), updates);
compare("no script", withScripts(watcher), updates);
