// Names that lead somewhere else, and entries of the directories whose names aren't uuids in the stored spelling.

import { type Case, compare } from "./compare.ts";
import {
  A,
  addActive,
  addDefinition,
  addWaiting,
  definition,
  E,
  P1,
  parent,
  standard,
  T1,
  T2,
  type,
} from "./machine.ts";
import { directory, type Tree } from "./tree.ts";

const bad = ["", ".", "..", "../x", "a/b", "/x", "x/", "a/../b"];
const refusal = { differs: "names that lead elsewhere are refused" } as const;
const inFile = { differs: "names in a file that lead elsewhere are refused" } as const;

compare("a parent's name that leads elsewhere", { ...standard, ...parent("x", type(T1, 1)) }, [
  ...bad.flatMap((name): Case[] => [
    { args: ["define", "-u", E, `--parent=${name}`, "-t", T1], ...refusal },
    { args: ["define", "-u", E, `--parent=${name}`, "--jsonfile", "input/t1.json"], ...refusal },
    { args: ["start", "-u", E, `--parent=${name}`, "-t", T1], ...refusal },
    { args: ["start-parent-mdevs", name], ...refusal },
    { args: ["list", `--parent=${name}`], ...refusal },
    { args: ["list", "-d", `--parent=${name}`], ...refusal },
    { args: ["types", `--parent=${name}`], ...refusal },
    { args: ["undefine", "-u", A, `--parent=${name}`], ...refusal },
    { args: ["modify", "-u", A, `--parent=${name}`, "--auto"], ...refusal },
  ]),
  { args: ["define", "-u", E, "-p", "scripts.d", "-t", T1], ...refusal },
  { args: ["define", "-u", E, "-p", "a..b", "-t", T1] },
  { args: ["define", "-u", E, "-p", "...", "-t", T1] },
]);

compare("a type's name that leads elsewhere", standard, [
  ...bad.flatMap((name): Case[] => [
    { args: ["define", "-u", E, "-p", P1, `--type=${name}`], ...refusal },
    { args: ["modify", "-u", A, "--auto", `--type=${name}`], ...refusal },
    { args: ["start", "-u", E, "-p", P1, `--type=${name}`], ...refusal },
    {
      args: "define -u $E -p $P1 --jsonfile /dev/stdin",
      title: `type ${name}`,
      stdin: definition({ type: name }),
      ...inFile,
    },
  ]),
  {
    args: "start -u $E",
    title: "in the definition",
    machine: { ...standard, ...addDefinition(P1, E, { type: `../mdev_supported_types/${T1}` }) },
    ...inFile,
  },
]);

compare("an attribute's name that leads elsewhere", standard, [
  ...["", ".", "..", "../x", "/x", "a//b", "a/", "a/../b", "a/./b"].flatMap((name): Case[] => [
    { args: ["modify", "-u", A, `--addattr=${name}`, "--value", "1"], ...refusal },
    {
      args: "define -u $E -p $P1 --jsonfile /dev/stdin",
      title: `attribute ${name}`,
      stdin: definition({ attrs: [{ [name]: "1" }] }),
      ...inFile,
    },
  ]),
  {
    args: "start -u $E",
    title: "in the definition",
    machine: {
      ...standard,
      ...addWaiting(P1, E),
      ...addDefinition(P1, E, { type: T2, attrs: [{ "../../0000:00:03.0/stray": "1" }] }),
      "sys/devices/pci0000:00/0000:00:03.0/stray": "",
    },
    ...inFile,
  },
]);

/** The standard machine with a definition of this name. */
const machineWith = (name: string): Tree => ({ ...standard, ...addDefinition(P1, name) });
const onlyStored = { like: standard, differs: "only the stored spelling of a uuid counts" } as const;
const otherSpellings = [E.toUpperCase(), E.replaceAll("-", ""), `{${E}}`, `urn:uuid:${E}`];
compare("a definition under another spelling of its uuid", standard, [
  ...otherSpellings.flatMap((name) =>
    ["list -d", "list -d --dumpjson"].map(
      (args): Case => ({ args, title: name, machine: machineWith(name), ...onlyStored }),
    ),
  ),
  ...["modify -u $E --auto", "start -u $E"].map(
    (args): Case => ({ args, machine: machineWith(E.toUpperCase()), ...onlyStored }),
  ),
  { args: "undefine -u $E", machine: machineWith(E.toUpperCase()) },
]);

const silent = { differs: "only names that look like a uuid get a warning" } as const;
compare("a file that isn't a definition", standard, [
  ...["README", `${E}.bak`, ".swp", `${E.slice(1)}`].flatMap((name): Case[] => [
    { args: "list -d", title: name, machine: machineWith(name), ...silent },
    { args: "list -d --dumpjson", title: name, machine: machineWith(name), ...silent },
    { args: "undefine -u $E", title: name, machine: machineWith(name) },
  ]),
  { args: "list -d", title: "a directory", machine: { ...standard, [`etc/mdevctl.d/${P1}/directory`]: directory } },
]);

compare("a device under another spelling of its uuid", standard, [
  ...otherSpellings.flatMap((name): Case[] => [
    {
      args: "list",
      title: name,
      machine: { ...standard, ...addActive(P1, T1, name) },
      differs: "only the stored spelling of a uuid counts",
    },
    {
      args: "list --dumpjson",
      title: name,
      machine: { ...standard, ...addActive(P1, T1, name) },
      differs: "only the stored spelling of a uuid counts",
    },
    { args: "stop -u $E", title: name, machine: { ...standard, ...addActive(P1, T1, name) } },
  ]),
  { args: "list", title: "no uuid", machine: { ...standard, ...addActive(P1, T1, "mdev0") }, ...silent },
  { args: "stop -u $E", title: "no uuid", machine: { ...standard, ...addActive(P1, T1, "mdev0") } },
]);
