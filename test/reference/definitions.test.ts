// Definitions in every form in which a person or a program may write them, in /etc/mdevctl.d and as a jsonfile.

import { type Case, compare } from "./compare.ts";
import { addDefinition, addWaiting, E, empty, P1, parents, standard, T1 } from "./machine.ts";
import type { Tree } from "./tree.ts";

const good: Record<string, string> = {
  "as written": '{\n  "mdev_type": "T",\n  "start": "auto",\n  "attrs": []\n}',
  "without attributes": '{"mdev_type":"T","start":"manual"}',
  "attributes null": '{"mdev_type":"T","start":"auto","attrs":null}',
  "start in different letter case": '{"mdev_type":"T","start":"Auto"}',
  "start empty": '{"mdev_type":"T","start":""}',
  "start a number": '{"mdev_type":"T","start":1}',
  "start true": '{"mdev_type":"T","start":true}',
  "start a list": '{"mdev_type":"T","start":["auto"]}',
  "additional fields":
    '{"mdev_type":"T","start":"auto","extra":{"x":[1,2.5e3,null,true]},"attrs":[{"a":"1"},{"a":"2"}]}',
  "a field twice": '{"mdev_type":"T","mdev_type":"U","start":"auto"}',
  "blanks around": ' \n\t{ "mdev_type" : "T" , "start" : "auto" }\r\n ',
  "fields in a different order": '{"attrs":[{"z":"1"},{"a":"2"}],"start":"auto","mdev_type":"T"}',
  escapes: '{"mdev_type":"T\\u00fc","start":"auto","attrs":[{"a\\tb":"\\ud83d\\ude00\\/"}]}',
  "text that isn't ASCII": '{"mdev_type":"Tü","start":"auto","attrs":[{"é":"☃"}]}',
  "an attribute with an empty value": '{"mdev_type":"T","start":"auto","attrs":[{"a":""}]}',
  "names like numbers": '{"mdev_type":"7","start":"auto","attrs":[{"2":"b"},{"1":"a"}]}',
  "the same field twice in an attribute": '{"mdev_type":"T","start":"auto","attrs":[{"a":"1","a":"2"}]}',
};

const broken: Record<string, string> = {
  empty: "",
  blank: "  \n",
  truncated: '{"mdev_type":"T","start":"auto"',
  "text after it": '{"mdev_type":"T","start":"auto"} x',
  "two objects": '{"mdev_type":"T","start":"auto"}{}',
  "an extra comma": '{"mdev_type":"T","start":"auto",}',
  "a byte order mark": '\ufeff{"mdev_type":"T","start":"auto"}',
  "single quotes": "{'mdev_type':'T','start':'auto'}",
  "a comment": '{"mdev_type":"T","start":"auto"} // x',
  "a raw control character": '{"mdev_type":"T\n","start":"auto"}',
  "half a surrogate pair": '{"mdev_type":"\\ud800","start":"auto"}',
  "half a surrogate pair in an additional field": '{"mdev_type":"T","start":"auto","x":"\\udc00"}',
  "half a surrogate pair in an additional field's name": '{"mdev_type":"T","start":"auto","\\udc00":1}',
  "a number with a leading zero": '{"mdev_type":"T","start":"auto","x":01}',
  "a list": "[]",
  null: "null",
  "a string": '"x"',
  "a number": "1",
  "no type": '{"start":"auto"}',
  "type null": '{"mdev_type":null,"start":"auto"}',
  "no start": '{"mdev_type":"T"}',
  "start null": '{"mdev_type":"T","start":null}',
  "fields in different letter case": '{"Mdev_type":"T","Start":"auto"}',
  "attributes an empty object": '{"mdev_type":"T","start":"auto","attrs":{}}',
  "attributes an object": '{"mdev_type":"T","start":"auto","attrs":{"a":"b"}}',
  "attributes a string": '{"mdev_type":"T","start":"auto","attrs":"x"}',
  "attributes false": '{"mdev_type":"T","start":"auto","attrs":false}',
  "an attribute without a field": '{"mdev_type":"T","start":"auto","attrs":[{}]}',
  "an attribute with two fields": '{"mdev_type":"T","start":"auto","attrs":[{"a":"1","b":"2"}]}',
  "an attribute that is a number": '{"mdev_type":"T","start":"auto","attrs":[{"a":1}]}',
  "an attribute that is null": '{"mdev_type":"T","start":"auto","attrs":[{"a":null}]}',
  "an attribute that is a list": '{"mdev_type":"T","start":"auto","attrs":[["a","b"]]}',
  "an attribute that is a string": '{"mdev_type":"T","start":"auto","attrs":["a"]}',
  "null for an attribute": '{"mdev_type":"T","start":"auto","attrs":[null]}',
};

const crashing: Record<string, string> = {
  "type a number": '{"mdev_type":1,"start":"auto"}',
  "type a list": '{"mdev_type":["T"],"start":"auto"}',
  "type false": '{"mdev_type":false,"start":"auto"}',
};

const machineWith = (text: string): Tree => ({ ...standard, ...addDefinition(P1, E, text) });

for (const [title, text] of Object.entries(good)) {
  compare(`good: ${title}`, machineWith(text), [
    "list -dv",
    "list -d --dumpjson -u $E",
    "modify -u $E --manual",
    "undefine -u $E",
    { args: "define -u $F -p $P1 --jsonfile /dev/stdin", stdin: text },
    {
      args: "start -u $F -p $P1 --jsonfile /dev/stdin",
      stdin: text.replace('"T"', `"${T1}"`),
      machine: { ...standard, ...addWaiting(P1, "ffffffff-ffff-4fff-8fff-ffffffffffff") },
    },
  ]);
}

for (const [title, text] of Object.entries(broken)) {
  compare(`broken: ${title}`, machineWith(text), [
    "modify -u $E --manual",
    "start -u $E",
    `define -u $F -p $P1 --jsonfile $ROOT/etc/mdevctl.d/${P1}/${E}`,
    { args: "start -u $F -p $P1 --jsonfile /dev/stdin", stdin: text },
    { args: "list -d --dumpjson", like: standard, differs: "broken definitions are skipped" },
  ]);
}

for (const [title, text] of Object.entries(crashing)) {
  compare(`crashing: ${title}`, machineWith(text), [
    ...[
      "modify -u $E --manual",
      "start -u $E",
      `define -u $F -p $P1 --jsonfile $ROOT/etc/mdevctl.d/${P1}/${E}`,
      `modify -u $A -p $P1 --jsonfile $ROOT/etc/mdevctl.d/${P1}/${E}`,
      `start -u $F -p $P1 --jsonfile $ROOT/etc/mdevctl.d/${P1}/${E}`,
    ].map((args): Case => ({ args, differs: "a type that isn't text is an error" })),
    ...["list -d", "list -d --dumpjson"].map(
      (args): Case => ({ args, like: standard, differs: "broken definitions are skipped" }),
    ),
  ]);
}

const brokenText = '{"mdev_type":';
const elsewhere: Tree = { ...machineWith(brokenText), ...addDefinition("0000:00:04.0", E, brokenText) };
compare("one broken definition among others", elsewhere, [
  ...["list -dv", "list -d -p $P1", "list -d --dumpjson -p $P1"].map(
    (args): Case => ({ args, like: standard, differs: "broken definitions are skipped" }),
  ),
  "list",
  "list -v",
  "list -d -u $A",
  "list -d --dumpjson -u $A",
  "list -d -p $P2",
  "modify -u $A --manual",
  "modify -u $C -p $P1 --auto",
  "undefine -u $A",
  "undefine -u $C",
  "define -u $F -p $P1 -t $T1",
  "define -u $E -p $P1 -t $T1",
  "start -u $C -p $P1",
  "stop -u $A",
  "modify -u $E -p $P1 --auto",
  "modify -u $E --auto",
  "start -u $E -p $P1",
  "start -u $E",
  "start -u $E -p $P1 -t $T1",
  "start-parent-mdevs $P2",
  { args: "undefine -u $E", differs: "all broken definitions of a device can be undefined" },
  { args: "undefine -u $E -p $P1", differs: "broken definitions can be undefined" },
  { args: "undefine -u $E -f", differs: "all broken definitions of a device can be undefined" },
]);

const first = "00000000-0000-4000-8000-000000000000";
compare(
  "a broken definition at automatic start",
  { ...empty, ...parents, ...addDefinition(P1, first, brokenText), ...addDefinition(P1, E, { start: "auto" }) },
  [
    {
      args: "start-parent-mdevs $P1",
      like: { ...empty, ...parents, ...addDefinition(P1, E, { start: "auto" }) },
      differs: "broken definitions are skipped",
    },
  ],
);
