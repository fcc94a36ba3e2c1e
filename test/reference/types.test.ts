// What `types` prints about the parents and what their drivers offer.

import { type Case, compare } from "./compare.ts";
import { deviceDirectory, empty, P1, P2, parent, standard, T1, T2, type, without } from "./machine.ts";
import { directory, type Tree } from "./tree.ts";

const both = ["types", "types --dumpjson"];

compare("the standard machine", standard, [
  ...both,
  ...both.flatMap((types) => [`${types} -p $P1`, `${types} -p $P2`, `${types} -p nowhere`]),
]);
compare("a machine without parents", empty, [...both, "types -p $P1"]);
compare("a machine without sysfs", without(empty, "sys"), both);
compare("a parent without types", { ...empty, ...parent(P1), ...parent(P2, type(T1, 1)) }, [
  ...both,
  "types -p $P1",
  "types -p $P1 --dumpjson",
]);
compare(
  "names in byte order",
  {
    ...empty,
    ...Object.assign(
      {},
      ...["10", "9", "a", "B", "é", "z"].map((name) =>
        parent(name, type("b", 1), type("A", 1), type("10", 1), type("9", 1)),
      ),
    ),
  },
  both,
);
compare(
  "many parents",
  {
    ...empty,
    ...Object.assign(
      {},
      ...Array.from({ length: 100 }, (_, index) => parent(`0000:${index}`, type(T1, index), type(T2, 0))),
    ),
  },
  both,
);

/** A machine where one of the types of P1 has these files. */
const withType = (files: Tree): Tree => ({
  ...empty,
  ...parent(P1, type("a", 3, files), type("b", 4)),
  ...parent(P2, type("a", 5)),
});

compare("files of every kind", empty, [
  ...Object.entries({
    "name trimmed": { name: " n m \n\n" },
    "empty name": { name: "" },
    "blank name": { name: " \n" },
    "name that isn't ASCII": { name: "Grüße ☃" },
    "name with quotes": { name: 'a "b" \\ \t c' },
    "description in lines": { description: "num_heads=4\nframebuffer=1024M\n" },
    "description with empty lines": { description: "a\n\nb\n\n c \r\n" },
    "description without a newline": { description: "a" },
    "empty description": { description: "" },
    "blank description": { description: "\n" },
    "description in CRLF lines": { description: "a\r\nb\r\n" },
    both: { name: "n\n", description: "d\n" },
    "api empty": { device_api: "" },
    "api trimmed": { device_api: " vfio-ccw \n" },
    "instances without a newline": { available_instances: "12" },
    "instances with blanks": { available_instances: " 3 " },
    "instances zero": { available_instances: "0\n" },
    "instances with leading zeros": { available_instances: "007\n" },
    "most instances": { available_instances: "2147483647\n" },
    "additional files": { devices: directory, max_instance: "4\n" },
  }).flatMap(([title, files]) => both.map((args): Case => ({ args, title, machine: withType(files) }))),
  {
    args: "types",
    title: "name in two lines",
    machine: withType({ name: "a\nb\n" }),
    differs: "a name stays on its line",
  },
  { args: "types --dumpjson", title: "name in two lines", machine: withType({ name: "a\nb\n" }) },
  ...both.map(
    (args): Case => ({
      args,
      title: "a stray file among the types",
      machine: { ...withType({}), [`${deviceDirectory(P1)}/mdev_supported_types/file`]: "" },
    }),
  ),
]);

const rest = without(withType({}), `${deviceDirectory(P1)}/mdev_supported_types/a`);
const broken: Record<string, Tree> = {
  "instances missing": without(withType({}), `${deviceDirectory(P1)}/mdev_supported_types/a/available_instances`),
  "api missing": without(withType({}), `${deviceDirectory(P1)}/mdev_supported_types/a/device_api`),
  "instances not a number": withType({ available_instances: "x\n" }),
  "instances in hex": withType({ available_instances: "0x10\n" }),
  "instances with an exponent": withType({ available_instances: "1e3\n" }),
  "instances with a fraction": withType({ available_instances: "2.0\n" }),
  "instances empty": withType({ available_instances: "" }),
  "name a directory": withType({ name: directory }),
};
compare("a type that cannot be read", empty, [
  ...Object.entries(broken).flatMap(([title, machine]) =>
    both.map((args): Case => ({ args, title, machine, like: rest, differs: "unreadable types are skipped" })),
  ),
]);

compare("more instances than fit into 32 bits", withType({ available_instances: "4294967296\n" }), [
  ...both.map(
    (args): Case => ({
      args,
      like: withType({ available_instances: "2147483647\n" }),
      differs: "any number of instances is accepted",
    }),
  ),
]);

compare(
  "a parent that cannot be read",
  { ...withType({}), "sys/class/mdev_bus/gone": { link: "../../devices/gone" } },
  [
    ...both.map((args): Case => ({ args, like: withType({}), differs: "unreadable types are skipped" })),
    "types -p $P1",
  ],
);
compare("a parent whose driver is gone", without(withType({}), `${deviceDirectory(P1)}/mdev_supported_types`), [
  ...both.map(
    (args): Case => ({
      args,
      like: without(withType({}), `sys/class/mdev_bus/${P1}`),
      differs: "unreadable types are skipped",
    }),
  ),
]);
