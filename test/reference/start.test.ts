// Starting and stopping devices, one by one and all devices of a parent, without scripts.

import { type Case, compare } from "./compare.ts";
import {
  A,
  addActive,
  addDefinition,
  addWaiting,
  B,
  C,
  deviceDirectory,
  E,
  empty,
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
import { directory, type Tree } from "./tree.ts";

compare("start", standard, [
  "start -u $A",
  "start -u $A -f",
  "start -u $A -p $P1",
  "start -u $A -p $P1 -t $T1",
  "start -u $A -p $P1 -t $T2",
  "start -u $A -p $P2",
  "start -u $A -p $P2 -t $T1",
  "start -u $A -t $T1",
  "start -u $A -t $T2",
  "start -u $B",
  "start -u $B -p $P2",
  "start -u $B -p $P2 -t $T1",
  "start -u $B -p $P2 -t $T2",
  "start -u $B -p $P1 -t $T1",
  "start -u $B -p nowhere -t $T1",
  "start -u $C",
  "start -u $C -t $T2",
  "start -u $C -p $P1",
  "start -u $C -p $P1 -t $T2",
  "start -u $C -p $P1 -t $T1",
  "start -u $C -p $P2",
  "start -u $C -p nowhere",
  "start -u $D",
  "start -u $D -f",
  "start -u $D -t $T1",
  "start -u $D -t $T2",
  "start -u $D -p $P2 -t $T1",
  "start -u $D -p $P1",
  "start -u $D -p $P1 -t $T1",
  "start -u $E",
  "start -u $E -p $P1",
  "start -u $E -t $T1",
  "start -u $E -p $P1 -t $T1",
  "start -u $E -p $P1 -t $T2 -f",
  "start -u $E -p $P1 -t nothing",
  "start -u $E -p $P2 -t $T1",
  "start -u $E -p nowhere -t $T1",
  "start -p $P1 -t $T1",
  "start -p $P2 -t $T2",
  "start -p $P2 -t $T1",
  "start -p $P1",
  "start -t $T1",
  "start",
]);

compare("start from a file", { ...standard, ...addWaiting(P1, E) }, [
  "start -u $E -p $P1 --jsonfile $ROOT/input/t2.json",
  "start -u $E -p $P1 --jsonfile $ROOT/input/plain.json",
  "start -u $E -p $P1 --jsonfile $ROOT/input/t1.json",
  "start -p $P1 --jsonfile $ROOT/input/t2.json",
  "start -p $P2 --jsonfile $ROOT/input/t2.json",
  "start -u $E --jsonfile $ROOT/input/t2.json",
  "start --jsonfile $ROOT/input/t2.json",
  "start -u $E -p $P1 -t $T1 --jsonfile $ROOT/input/t2.json",
  "start -u $C -p $P1 --jsonfile $ROOT/input/plain.json",
  "start -u $A -p $P1 --jsonfile $ROOT/input/plain.json",
  "start -u $E -p nowhere --jsonfile $ROOT/input/plain.json",
  "start -u $E -p $P1 --jsonfile $ROOT/input/missing.json",
  "start -u $E -p $P1 --jsonfile $ROOT/input/broken.json",
  "start -u $E -p $P1 --jsonfile $ROOT/input/directory",
  { args: "start --parent=$P1 --jsonfile=/dev/stdin", stdin: `{"mdev_type":"${T2}","start":"manual"}` },
  {
    args: "start --parent=$P1 --jsonfile=/dev/stdin --uuid=$E",
    stdin: `{"mdev_type":"${T1}","start":"manual","attrs":[{"speed":"9"}]}`,
  },
  { args: "start -p $P1 --jsonfile /dev/stdin", stdin: "" },
]);

/** E defined with these attributes, and its directory in sysfs ready to take them. */
const toStart = (...attrs: Readonly<Record<string, string>>[]): Tree => ({
  ...standard,
  ...addWaiting(P1, E),
  ...addDefinition(P1, E, { type: T2, attrs }),
});

compare("attributes at start", standard, [
  ...[
    toStart(),
    toStart({ speed: "1" }),
    toStart({ speed: "1" }, { speed: "22" }),
    toStart({ "power/control": "on" }, { speed: "5" }),
    toStart({ speed: "two words\n" }),
    toStart({ speed: "" }),
    toStart({ nothing: "1" }),
    toStart({ speed: "1" }, { nothing: "2" }, { speed: "333" }),
    toStart({ power: "1" }),
    toStart({ "speed/x": "1" }),
    toStart({ "nothing/x": "1" }),
    toStart({ "power/nothing": "1" }),
  ].map(
    (machine): Case => ({
      args: "start -u $E",
      title: machine[`etc/mdevctl.d/${P1}/${E}`]?.toString().replaceAll(/\s+/g, " ") ?? "",
      machine,
    }),
  ),
  {
    args: "start -u $E",
    title: "the attribute is a link to a file",
    machine: { ...toStart({ alias: "7" }), [`${deviceDirectory(P1)}/${E}/alias`]: { link: "speed" } },
  },
  {
    args: "start -u $D",
    title: "no device appears, and none can be removed",
    machine: { ...standard, ...parent(P2, type(T1, 1)) },
  },
  {
    args: "start -u $D -f",
    title: "no device appears, and none can be removed",
    machine: { ...standard, ...parent(P2, type(T1, 1)) },
  },
]);

compare(
  "parents",
  { ...empty, ...parent("matrix", type("vfio_ap-passthrough", 3)), ...parent("MTTY", type("mtty-1", 1)) },
  [
    "start -p matrix -t vfio_ap-passthrough",
    "start -p Matrix -t vfio_ap-passthrough",
    "start -p MATRIX -t vfio_ap-passthrough -f",
    "start -p mtty -t mtty-1",
    "start -p mtt -t mtty-1",
    "start -p matrix -t VFIO_AP-PASSTHROUGH",
    "start -p matrix -t mtty-1",
  ],
);

const instances = (text: string): Tree => ({ ...standard, ...parent(P1, type(T2, 0, { available_instances: text })) });
compare("instances", standard, [
  ...["1", "1\n", " 3 \n", "+2", "0", "0\n", "00", "x", "", "\n", "1 2", "1.5"].map(
    (text): Case => ({ args: "start -u $C -p $P1", title: JSON.stringify(text), machine: instances(text) }),
  ),
  { args: "start -u $C -p $P1", title: "-1", machine: instances("-1"), differs: "negative instances count as none" },
  {
    args: "start -u $C -p $P1",
    title: "more than fits into 32 bits",
    machine: instances("4294967296"),
    like: instances("1"),
    differs: "any number of instances is accepted",
  },
]);

compare("missing files", standard, [
  {
    args: "start -u $C -p $P1",
    title: "types",
    machine: without(standard, `${deviceDirectory(P1)}/mdev_supported_types`),
  },
  {
    args: "start -u $C -p $P1",
    title: "available_instances",
    machine: without(standard, `${deviceDirectory(P1)}/mdev_supported_types/${T2}/available_instances`),
  },
  { args: "start -u $C -p $P1", title: "parents", machine: without(standard, "sys/class") },
  { args: "start -p $P1 -t $T2", title: "sysfs", machine: without(standard, "sys") },
  { args: "start -u $C -p $P1", title: "the bus", machine: without(standard, "sys/bus") },
  {
    args: "start -u $C -p $P1",
    title: "the directory of the parent",
    machine: { ...without(standard, deviceDirectory(P1)), [`etc/mdevctl.d/${P1}`]: directory },
  },
  {
    args: "start -u $C -p $P1",
    title: "create",
    machine: without(standard, `${deviceDirectory(P1)}/mdev_supported_types/${T2}/create`),
    differs: "nothing is created in sysfs",
  },
]);

compare("stop", standard, [
  "stop -u $A",
  "stop -u $A -f",
  "stop -u $B",
  "stop -u $C",
  "stop -u $E",
  "stop -u $E -f",
  "stop",
  { args: "stop -u $E", title: "no type yet", machine: { ...standard, ...addWaiting(P1, E) } },
  {
    args: "stop -u $A",
    title: "no remove",
    machine: without(standard, `${deviceDirectory(P1)}/${A}/remove`),
    differs: "nothing is created in sysfs",
  },
  {
    args: "stop -u $A",
    title: "remove is a directory",
    machine: {
      ...without(standard, `${deviceDirectory(P1)}/${A}/remove`),
      [`${deviceDirectory(P1)}/${A}/remove`]: directory,
    },
  },
]);

/** A has a VFIO group and its node, as every device of a real kernel has. */
const withNode: Tree = {
  ...standard,
  [`${deviceDirectory(P1)}/${A}/iommu_group`]: { link: "../../../../kernel/iommu_groups/7" },
  "sys/kernel/iommu_groups/7": directory,
  "dev/vfio/7": "",
  "dev/vfio/8": "",
};

compare("stop of a device with a node", withNode, [
  "stop -u $A",
  "stop -u $A -f",
  { args: "stop -u $A", title: "in use", open: "dev/vfio/7", differs: "a device in use is not stopped" },
  { args: "stop -u $A -f", title: "in use", open: "dev/vfio/7", differs: "a device in use is stopped with a warning" },
  { args: "stop -u $A", title: "another one in use", open: "dev/vfio/8" },
]);

/** Four definitions on P1, two of them with the device's directory ready. */
const autostart: Tree = {
  ...empty,
  ...parents,
  ...addDefinition(P1, A, { type: T2, start: "auto", attrs: [{ speed: "1" }, { "power/control": "on" }] }),
  ...addDefinition(P1, B, { type: T2, start: "manual", attrs: [{ speed: "2" }] }),
  ...addDefinition(P1, C, { type: T1, start: "auto" }),
  ...addDefinition(P2, C, { type: T2, start: "auto" }),
  ...addDefinition(P1, E, { type: "nothing", start: "auto" }),
  ...addWaiting(P1, A),
  ...addWaiting(P1, B),
};

compare("start-parent-mdevs", autostart, [
  "start-parent-mdevs $P1",
  "start-parent-mdevs $P2",
  "start-parent-mdevs nowhere",
  "start-parent-mdevs 0000:00:02",
  {
    args: "start-parent-mdevs $P1",
    title: "on the standard machine",
    machine: standard,
    differs: "an active device is not started again",
  },
  { args: "start-parent-mdevs $P2", title: "on the standard machine", machine: standard },
  {
    args: "start-parent-mdevs $P1",
    title: "all active",
    machine: { ...empty, ...parents, ...addActive(P1, T1, A), ...addDefinition(P1, A, { start: "auto" }) },
    differs: "an active device is not started again",
  },
  {
    args: "start-parent-mdevs $P1",
    title: "an attribute fails",
    machine: { ...autostart, ...addDefinition(P1, A, { type: T2, start: "auto", attrs: [{ nothing: "1" }] }) },
  },
  {
    args: "start-parent-mdevs $P1",
    title: "the parent is gone",
    machine: without(autostart, `sys/class/mdev_bus/${P1}`),
  },
  {
    args: "start-parent-mdevs $P1",
    title: "only manual ones",
    machine: { ...empty, ...parents, ...addDefinition(P1, A), ...addDefinition(P1, B) },
  },
  {
    args: "start-parent-mdevs $P1",
    title: "an empty directory",
    machine: { ...empty, ...parents, [`etc/mdevctl.d/${P1}`]: directory },
  },
  { args: "start-parent-mdevs README", title: "a file", machine: { ...autostart, "etc/mdevctl.d/README": "" } },
]);
