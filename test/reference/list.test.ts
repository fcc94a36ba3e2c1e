// What `list` prints: which devices, in which order, and what it says about each.

import { type Case, compare } from "./compare.ts";
import {
  A,
  addActive,
  addDefinition,
  addWaiting,
  B,
  C,
  D,
  deviceDirectory,
  E,
  empty,
  F,
  P1,
  P2,
  parent,
  parents,
  standard,
  T1,
  T2,
  type,
  without,
} from "./machine.ts";
import { callout, capabilities, onQuestion } from "./scripts.ts";
import { directory, type Tree } from "./tree.ts";

/** Every form of the listing. */
const listings = ["", "-d", "-v", "-dv", "--dumpjson", "-d --dumpjson"].map((form) => `list ${form}`.trim());

compare("a machine with nothing", empty, [...listings, "list -u $A", "list -p $P1"]);

compare("a machine with a few devices", standard, [
  ...listings.flatMap((list) =>
    [
      "",
      "-u $A",
      "-u $B",
      "-u $C",
      "-u $D",
      "-u $E",
      "-p $P1",
      "-p $P2",
      "-p nowhere",
      "-u $C -p $P1",
      "-u $D -p $P1",
    ].map((which) => `${list} ${which}`.trim()),
  ),
]);

const rows = [
  "list",
  "list -d",
  "list --dumpjson",
  "list -d --dumpjson",
  "list -u $A",
  "list -d -u $A",
  "list --dumpjson -u $A",
  "list -d --dumpjson -u $A",
];

compare(
  "active and defined with the same type",
  { ...empty, ...parents, ...addActive(P1, T1, A), ...addDefinition(P1, A, { start: "auto" }) },
  rows,
);
compare(
  "defined with another type",
  { ...empty, ...parents, ...addActive(P1, T1, A), ...addDefinition(P1, A, { type: T2, start: "auto" }) },
  rows,
);
compare(
  "defined under another parent only",
  { ...empty, ...parents, ...addActive(P1, T1, A), ...addDefinition(P2, A, { start: "auto" }) },
  rows,
);
compare(
  "defined under both parents",
  {
    ...empty,
    ...parents,
    ...addActive(P1, T1, A),
    ...addDefinition(P1, A),
    ...addDefinition(P2, A, { start: "auto" }),
  },
  rows,
);
compare("active on a parent that is gone", { ...without(standard, `sys/class/mdev_bus/${P1}`) }, ["list", "list -d"]);

const oddParents = ["10", "9", "a", "B", "0000:00:1f.0", "Z", "z", "é", "ä-1", "css_0.0.002a", "a b", ".hidden", "-x"];
compare(
  "parents with unusual names",
  {
    ...empty,
    ...Object.assign(
      {},
      ...oddParents.map((name) => ({
        ...parent(name, type("t1", 1)),
        ...addDefinition(name, A, { type: "t1" }),
        ...addDefinition(name, F),
      })),
    ),
    ...Object.assign(
      {},
      ...oddParents.map((name, index) =>
        addActive(name, "t1", `0000000${(index * 5) % 8}-000${index % 10}-4000-8000-00000000000${index % 9}`),
      ),
    ),
  },
  [...listings, "list -p a", "list -d -p 9", "list -d -p=.hidden --dumpjson", "list -p=-x", "list -d --dumpjson -u $A"],
);

compare(
  "types with unusual names",
  {
    ...empty,
    ...addDefinition(P1, A, { type: "a b" }),
    ...addDefinition(P1, B, { type: "ü" }),
    ...addDefinition(P1, C, { type: "1" }),
  },
  ["list -d", "list -d --dumpjson"],
);

compare(
  "attributes of every kind",
  {
    ...empty,
    ...addDefinition(P1, A, { attrs: [{ b: "1" }, { "10": "2" }, { "1": "3" }, { b: "1" }] }),
    ...addDefinition(P1, B, {
      attrs: [{ "power/control": "on" }, { assign_adapter: "0x05" }, { empty: "" }, { " ": " " }],
    }),
    ...addDefinition(P1, C, { attrs: [{ "é☃": "😀" }, { tab: "\t" }] }),
    ...addDefinition(P1, D, { attrs: [{ __proto__x: "1" }, { constructor: "2" }] }),
    [`etc/mdevctl.d/${P1}/${E}`]: `{"mdev_type":"t","start":"auto","attrs":[{"__proto__":"1"}]}`,
    ...addDefinition(P1, F, {
      attrs: Array.from({ length: 300 }, (_, index) => ({ [`name${index % 7}`]: `${index}` })),
    }),
  },
  [
    "list -d",
    "list -dv",
    "list -d --dumpjson",
    ...["$A", "$B", "$C", "$D", "$E", "$F"].flatMap((uuid) => [`list -dv -u ${uuid}`, `list -d --dumpjson -u ${uuid}`]),
  ],
);

compare(
  "attributes with quotes and control characters",
  { ...empty, ...addDefinition(P1, A, { attrs: [{ 'a"b': 'c\\d"' }, { "e\n": "\u0001\u007f\r" }] }) },
  ["list -d --dumpjson", { args: "list -dv", differs: "a name stays on its line" }],
);

const bus = "sys/bus/mdev/devices";
compare("a device that appears or disappears", { ...standard, ...addWaiting(P1, E) }, listings);
const withoutType = { ...standard, ...addActive(P1, "gone", E) };
compare("a device whose type link leads nowhere", withoutType, [
  ...listings.filter((list) => list.includes("-d ") || list.endsWith("d")),
  ...["list", "list -v", "list --dumpjson"].map(
    (args): Case => ({
      args,
      like: { ...withoutType, [`${deviceDirectory(P1)}/mdev_supported_types/gone`]: directory },
      differs: "two link targets tell what is active",
    }),
  ),
]);
compare("a device whose link leads nowhere", { ...standard, [`${bus}/${C}`]: { link: "../../../devices/nowhere" } }, [
  ...listings,
  "stop -u $C",
  "start -u $C -p $P1",
]);
compare("no bus", without(standard, "sys/bus"), listings);
compare("no sysfs", without(standard, "sys"), listings);
compare("a file instead of a parent's directory", { ...standard, "etc/mdevctl.d/README": "x\n" }, listings);
compare("a parent's directory without definitions", { ...standard, "etc/mdevctl.d/0000:00:04.0": directory }, [
  "list -d",
  "list -d --dumpjson",
]);

/** Devices spread over parents; every third only active, every third only defined, the rest both. */
function manyDevices(parentCount: number, perParent: number): Tree {
  const tree: Record<string, Tree[string]> = { ...empty };
  for (let index = 0; index < parentCount * perParent; index++) {
    const name = `0000:${(index % parentCount).toString(16).padStart(2, "0")}:00.${index % 8}`;
    const mixed = Math.imul(index + 1, 2654435761) >>> 0;
    const uuid = `${mixed.toString(16).padStart(8, "0")}-${(mixed >>> 16).toString(16).padStart(4, "0")}-4000-8000-${index.toString(16).padStart(12, "0")}`;
    Object.assign(tree, parent(name, type(T1, 4), type(T2, 0)));
    if (index % 3 !== 0) Object.assign(tree, addActive(name, index % 2 === 0 ? T1 : T2, uuid));
    if (index % 3 !== 1) {
      const attrs = Array.from({ length: index % 4 }, (_, attribute) => ({ [`attribute${attribute}`]: `${index}` }));
      Object.assign(
        tree,
        addDefinition(name, uuid, {
          type: index % 5 === 0 ? T1 : T2,
          start: index % 2 === 0 ? "auto" : "manual",
          attrs,
        }),
      );
    }
  }
  return tree;
}

const attributeScript = callout(
  "attributes.sh",
  `${capabilities()}\n${onQuestion("attributes", `[{"speed":"7"},{"speed":"8"}]`)}`,
);

compare("600 devices on 40 parents", manyDevices(40, 15), [
  ...listings,
  "list -p 0000:03:00.3",
  "list -d -p 0000:03:00.3",
  "types",
  "types --dumpjson",
]);
compare("a parent with 300 devices", manyDevices(1, 300), [
  ...listings,
  "list -p 0000:00:00.0",
  "list -d --dumpjson -p 0000:00:00.0",
]);
compare("90 devices whose script knows their attributes", { ...manyDevices(6, 15), ...attributeScript }, [
  "list -v",
  "list --dumpjson",
  "list -dv",
]);
