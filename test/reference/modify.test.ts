// Modifying a definition. Live updates need a script and are in live.test.ts.

import { compare } from "./compare.ts";
import { A, addActive, addDefinition, definition, empty, P1, parents, standard, T1 } from "./machine.ts";

const three = { ...standard, ...addDefinition(P1, A, { start: "auto", attrs: [{ a: "0" }, { b: "1" }, { c: "2" }] }) };
const none = { ...standard, ...addDefinition(P1, A, { start: "auto" }) };
const compact = {
  ...standard,
  ...addDefinition(
    P1,
    A,
    `{"attrs":[{"a":"0"},{"b":"1"}],"start":"auto","other":[1,{"x":null}],"mdev_type":"${T1}"}\n`,
  ),
};

const additions = ["", "-i 0", "-i 1", "-i 2", "-i 3", "-i 4", "-i 5", "--index=3", "-i +1", "-i 01", "-i 4294967295"];
const outside = [
  "-i 4294967296",
  "-i 99999999999999999999",
  "-i=-1",
  "--index=-1",
  "-i -1",
  "-i x",
  "-i 1x",
  "-i 1.0",
  "-i 1e0",
  "-i 0x1",
  "-i ''",
  "-i=",
  "-i",
];

compare(
  "an invalid index",
  three,
  ["--addattr x --value y", "--delattr"].flatMap((change) => outside.map((index) => `modify -u $A ${change} ${index}`)),
);

for (const [subject, machine] of Object.entries({
  "three attributes": three,
  "no attributes": none,
  "a file written by hand": compact,
})) {
  compare(
    `${subject}, one added`,
    machine,
    additions.map((index) => `modify -u $A --addattr x --value y ${index}`.trim()),
  );
  compare(
    `${subject}, one deleted`,
    machine,
    additions.map((index) => `modify -u $A --delattr ${index}`.trim()),
  );
  compare(`${subject}, something else`, machine, [
    "modify -u $A --auto",
    "modify -u $A --manual",
    "modify -u $A --auto -t $T2",
    "modify -u $A --manual -t nothing",
    "modify -u $A --addattr x --value y -t $T2",
    "modify -u $A --delattr -t $T2",
    "modify -u $A -p $P1 --auto",
    "modify -u $A -p $P2 --auto",
    "modify -u $A -d --manual",
    "modify -u $A -f --manual",
    "modify -u $A -p $P1 --jsonfile $ROOT/input/t1.json",
    "modify -u $A -p $P1 --jsonfile $ROOT/input/t2.json",
    "modify -u $A -p $P1 --jsonfile $ROOT/input/plain.json -d -f",
    "modify -u $A --delattr; modify -u $A --delattr; modify -u $A --delattr; modify -u $A --delattr; list -dv",
    "modify -u $A --addattr a --value 1; modify -u $A --addattr a --value 2 -i 0; modify -u $A --delattr -i 1; list -dv",
  ]);
}

compare("values", three, [
  { args: ["modify", "-u", A, "--addattr", "x", "--value", ""] },
  { args: ["modify", "-u", A, "--addattr=x", "--value="] },
  { args: ["modify", "-u", A, "--addattr", "x", "--value", "two words"] },
  { args: ["modify", "-u", A, "--addattr", "x", "--value", 'a\nb\tc\\"d\u0001\u007f'] },
  { args: ["modify", "-u", A, "--addattr", "é/☃", "--value", "😀 ü"] },
  { args: ["modify", "-u", A, "--addattr", "power/control", "--value", "on"] },
  { args: ["modify", "-u", A, "--addattr", "a b", "--value", "="] },
  { args: ["modify", "-u", A, "--addattr", "10", "--value", "1"] },
  { args: ["modify", "-u", A, "--addattr", "__proto__", "--value", "1"] },
  { args: ["modify", "-u", A, "--addattr", "a=b", "--value=c=d"] },
  { args: ["modify", "-u", A, "--addattr", "x", "--value", "-1"] },
  { args: ["modify", "-u", A, "--addattr", "x", "--value=-1"] },
  { args: ["modify", "-u", A, "--addattr", "x", "--value", "-"] },
  { args: ["modify", "-u", A, "--addattr", "x", "--value", "--"] },
  { args: ["modify", "-u", A, "--addattr", "-x", "--value", "1"] },
  { args: ["modify", "-u", A, "--addattr=-x", "--value", "1"] },
  { args: ["modify", "-u", A, "--addattr", "x", "--value", "x".repeat(20_000)] },
  { args: ["modify", "-u", A, "--auto", "-t", "a b"] },
  { args: ["modify", "-u", A, "--auto", "-t", "ü\n"] },
]);

compare("which device", standard, [
  "modify -u $B --auto",
  "modify -u $B -p $P2 --auto",
  "modify -u $C --auto",
  "modify -u $C -p $P1 --auto",
  "modify -u $C -p $P2 --manual",
  "modify -u $C -p nowhere --manual",
  "modify -u $D --delattr",
  "modify -u $D --addattr a --value b -i 1",
  "modify -u $E --auto",
  "modify -u $E -p $P1 --delattr",
  "modify -u $E -f --auto",
  "modify --auto",
  "modify -p $P1 --auto",
]);

compare("from a file", standard, [
  "modify -u $A --jsonfile $ROOT/input/t1.json",
  "modify -u $C --jsonfile $ROOT/input/t1.json",
  "modify -u $C -p $P2 --jsonfile $ROOT/input/t2.json",
  "modify -u $A -p $P1 --jsonfile $ROOT/input/missing.json",
  "modify -u $A -p $P1 --jsonfile $ROOT/input/directory",
  "modify -u $A -p $P1 --jsonfile $ROOT/input/broken.json",
  "modify -u $A -p $P1 --jsonfile $ROOT/input/broken.json -f",
  {
    args: "modify --parent=$P1 --jsonfile=/dev/stdin --uuid=$A --defined",
    stdin: `{"mdev_type":"${T1}","start":"manual","attrs":[{"a":"b"}]}`,
  },
  { args: "modify -p $P1 --jsonfile /dev/stdin -u $A", stdin: definition({ type: "other" }) },
  { args: "modify -p $P1 --jsonfile /dev/stdin -u $A", stdin: "" },
  ...["modify -u $A -p $P2", "modify -u $E -p $P1", "modify -u $E -p nowhere", "modify -u $B -p $P2 -d"].map(
    (args) => ({
      args: `${args} --jsonfile $ROOT/input/t1.json`,
      differs: "only what is defined can be modified" as const,
    }),
  ),
]);

compare("live without a script for it", standard, [
  "modify -u $A --live --jsonfile $ROOT/input/t1.json",
  "modify -u $A --live --defined --jsonfile $ROOT/input/t1.json",
  "modify -u $A --live --jsonfile $ROOT/input/t1.json -f",
  "modify -u $B --live --jsonfile $ROOT/input/t1.json",
  "modify -u $C --live --jsonfile $ROOT/input/t1.json",
  "modify -u $E --live --jsonfile $ROOT/input/t1.json",
  "modify -u $A --live --jsonfile $ROOT/input/missing.json",
  "modify -u $A --live --jsonfile $ROOT/input/broken.json",
  "modify -u $A -p $P2 --live --jsonfile $ROOT/input/t1.json",
]);

compare("files written by hand", { ...empty, ...parents, ...addActive(P1, T1, A) }, [
  {
    args: "modify -u $A --auto",
    machine: { ...empty, ...addDefinition(P1, A, '\n {"start" : "manual",\t"mdev_type" : "a\\u0062c" }\r\n') },
  },
  {
    args: "modify -u $A --auto",
    machine: { ...empty, ...addDefinition(P1, A, '{"mdev_type":"a","mdev_type":"b","start":"x","start":"manual"}') },
  },
  {
    args: "modify -u $A --auto",
    machine: {
      ...empty,
      ...addDefinition(P1, A, '{"mdev_type":"\\ud83d\\ude00","start":"auto","attrs":[{"\\u00e9":"\\u2603\\u0000"}]}'),
    },
  },
]);
