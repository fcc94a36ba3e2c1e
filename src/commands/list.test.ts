import * as fs from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeDevice } from "../sandbox/machine.ts";
import { writeTree } from "../sandbox/tree.ts";
import { nodeSystem } from "../system/node.ts";
import { A, B, C, D, type Machine, machine } from "../testing/machine.ts";
import { answers, capable, declines } from "../testing/scripts.ts";

const serial = (start: string, attrs: readonly Readonly<Record<string, string>>[] = []) =>
  JSON.stringify({ mdev_type: "mtty-1", start, attrs });

/**
 * A is active and defined, B is active, C is defined under two parents, and D is active on one parent and defined under
 * another.
 */
async function busyMachine(): Promise<Machine> {
  const made = machine({
    files: {
      [`etc/mdevctl.d/mtty/${A}`]: serial("auto"),
      [`etc/mdevctl.d/mtty/${C}`]: serial("manual", [{ b: "1" }, { a: "2" }, { b: "3" }]),
      [`etc/mdevctl.d/gone/${C}`]: serial("auto"),
      [`etc/mdevctl.d/gone/${D}`]: serial("auto"),
    },
  });
  await made.run("start", "-u", A);
  await made.run("start", "-u", B, "-p", "matrix", "-t", "vfio_ap-passthrough");
  await made.run("start", "-u", D, "-p", "mtty", "-t", "mtty-2");
  return made;
}

const active = `${B} matrix vfio_ap-passthrough manual\n${A} mtty mtty-1 auto (defined)\n${D} mtty mtty-2 manual\n`;
const defined = `${C} gone mtty-1 auto\n${D} gone mtty-1 auto\n${A} mtty mtty-1 auto (active)\n${C} mtty mtty-1 manual\n`;
const attributesOfC = `  Attrs:\n    @{0}: {"b":"1"}\n    @{1}: {"a":"2"}\n    @{2}: {"b":"3"}\n`;
const lines = (text: string, part: string) =>
  text
    .split(/(?<=\n)/)
    .filter((line) => line.includes(part))
    .join("");

test.each([
  ["", active],
  ["--defined", defined],
  ["-d", defined],
  ["-u A", lines(active, A)],
  ["-u B", lines(active, B)],
  ["-u C", ""],
  ["-d -u C", lines(defined, C)],
  ["-du C", lines(defined, C)],
  ["-p mtty", lines(active, " mtty ")],
  ["--parent=mtty -d", lines(defined, " mtty ")],
  ["-p nowhere", ""],
  ["-d -p nowhere", ""],
  ["-p mtty -u D", lines(active, D)],
  ["-p gone -u D", ""],
  ["-d -p gone -u D", lines(defined, D)],
  ["-d -p mtty -u D", ""],
  ["-v", active],
  ["-dv", defined + attributesOfC],
  ["--defined --verbose -p gone", lines(defined, " gone ")],
])("list %s writes a line for each device, sorted by parent and UUID", async (line, stdout) => {
  const { run } = await busyMachine();
  const uuids: Readonly<Record<string, string>> = { A, B, C, D };
  const words = line.split(" ").filter((word) => word !== "");
  expect(await run("list", ...words.map((word) => uuids[word] ?? word))).toEqual({ status: 0, stdout, stderr: "" });
});

test.each(["lsmdev", "/usr/sbin/lsmdev", "mylsmdev"])("called as %s, the program is list", async (name) => {
  const { runAs } = await busyMachine();
  expect(await runAs(name)).toEqual({ status: 0, stdout: active, stderr: "" });
  expect(await runAs(name, "-d")).toEqual({ status: 0, stdout: defined, stderr: "" });
});

test("called by another name, the program is not list", async () => {
  const { runAs } = machine();
  expect(await runAs("lsmdev2", "-d")).toMatchObject({ status: 2, stdout: "" });
});

test("devices are sorted by the bytes of their parents' names and their UUIDs", async () => {
  const parents = ["9", "10", "0000:00:02.0", "B", "a", "Z", "é", "-x"];
  const files = parents.flatMap((parent) => [D, A].map((uuid) => [`etc/mdevctl.d/${parent}/${uuid}`, serial("auto")]));
  const { run } = machine({ files: Object.fromEntries(files) });
  const { stdout } = await run("list", "-d");
  const sorted = ["-x", "0000:00:02.0", "10", "9", "B", "Z", "a", "é"];
  expect(stdout).toBe(sorted.flatMap((parent) => [A, D].map((uuid) => `${uuid} ${parent} mtty-1 auto\n`)).join(""));
  const { stdout: json } = await run("list", "-d", "--dumpjson");
  expect(json.match(/(?<=^ {4}").*(?=": \[$)/gm)).toEqual(sorted);
});

test("a definition of another type marks its active device as defined, but is not marked as active", async () => {
  const { run } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: serial("auto") } });
  await run("start", "-u", A);
  await run("modify", "-u", A, "-a", "-t", "mtty-2");
  expect((await run("list")).stdout).toBe(`${A} mtty mtty-1 auto (defined)\n`);
  expect((await run("list", "-d")).stdout).toBe(`${A} mtty mtty-2 auto\n`);
});

const jsonOf = (type: string, start: string, indent: string, attrs = "[]") =>
  `{\n${indent}  "mdev_type": "${type}",\n${indent}  "start": "${start}",\n${indent}  "attrs": ${attrs}\n${indent}}`;

test("JSON has an object with all parents in the order of the lines, and an array of devices for each", async () => {
  const { run } = await busyMachine();
  expect(await run("list", "--dumpjson")).toEqual({
    status: 0,
    stderr: "",
    stdout: `[
  {
    "matrix": [
      {
        "${B}": ${jsonOf("vfio_ap-passthrough", "manual", "        ")}
      }
    ],
    "mtty": [
      {
        "${A}": ${jsonOf("mtty-1", "auto", "        ")}
      },
      {
        "${D}": ${jsonOf("mtty-2", "manual", "        ")}
      }
    ]
  }
]
`,
  });
});

const attrsOfC = `[\n    {\n      "b": "1"\n    },\n    {\n      "a": "2"\n    },\n    {\n      "b": "3"\n    }\n  ]`;

test.each([
  ["-u A", `${jsonOf("mtty-1", "auto", "")}\n`],
  ["-d -u A", `${jsonOf("mtty-1", "auto", "")}\n`],
  ["-d -u C -p mtty", `${jsonOf("mtty-1", "manual", "", attrsOfC)}\n`],
  ["-u C", "[]\n"],
  ["-d -u B", "[]\n"],
  ["-p nowhere", "[]\n"],
  ["-d -p nowhere", "[]\n"],
])("list --dumpjson %s is one device alone, or [] if there is none", async (line, stdout) => {
  const { run } = await busyMachine();
  const uuids: Readonly<Record<string, string>> = { A, B, C, D };
  const words = line.split(" ").map((word) => uuids[word] ?? word);
  expect(await run("list", "--dumpjson", ...words)).toEqual({ status: 0, stdout, stderr: "" });
});

test("very many devices of a parent are one array", async () => {
  const uuids = Array.from({ length: 200 }, (_, index) => A.slice(0, -3) + String(index).padStart(3, "0"));
  const parents = { mtty: uuids, other: uuids.slice(0, 65) };
  const files = Object.entries(parents).flatMap(([parent, ids]) =>
    ids.map((id) => [`etc/mdevctl.d/${parent}/${id}`, serial("auto")]),
  );
  const { run } = machine({ files: Object.fromEntries(files) });
  const device = { mdev_type: "mtty-1", start: "auto", attrs: [] };
  const listing = Object.entries(parents).map(([parent, ids]) => [parent, ids.map((id) => ({ [id]: device }))]);
  const { stdout } = await run("list", "-d", "--dumpjson");
  expect(stdout).toBe(`${JSON.stringify([Object.fromEntries(listing)], null, 2)}\n`);
  await run("start", "-u", uuids[199] ?? "", "-p", "mtty");
  expect(lines((await run("list", "-d")).stdout, "(active)")).toBe(`${uuids[199]} mtty mtty-1 auto (active)\n`);
});

test("JSON of one device under two parents is the whole array, and -v changes nothing", async () => {
  const { run } = await busyMachine();
  const { stdout } = await run("list", "--dumpjson", "-d", "-u", C);
  expect(JSON.parse(stdout)).toEqual([
    {
      gone: [{ [C]: { mdev_type: "mtty-1", start: "auto", attrs: [] } }],
      mtty: [{ [C]: { mdev_type: "mtty-1", start: "manual", attrs: [{ b: "1" }, { a: "2" }, { b: "3" }] } }],
    },
  ]);
  expect((await run("list", "--dumpjson", "-d", "-v", "-u", C)).stdout).toBe(stdout);
});

test("JSON of one parent is an array, even with one device", async () => {
  const { run } = await busyMachine();
  expect(JSON.parse((await run("list", "--dumpjson", "-p", "matrix")).stdout)).toEqual([
    { matrix: [{ [B]: { mdev_type: "vfio_ap-passthrough", start: "manual", attrs: [] } }] },
  ]);
});

test.each([
  ["", ""],
  ["-d", ""],
  ["-v", ""],
  ["--dumpjson", "[]\n"],
  ["--dumpjson -d", "[]\n"],
])("with nothing to list, list %s writes %j, even if the directories are missing", async (line, stdout) => {
  const { root, run } = machine();
  const words = line.split(" ").filter((word) => word !== "");
  expect(await run("list", ...words)).toEqual({ status: 0, stdout, stderr: "" });
  for (const path of ["etc", "usr", "sys"]) fs.rmSync(`${root}/${path}`, { recursive: true });
  expect(await run("list", ...words)).toEqual({ status: 0, stdout, stderr: "" });
});

test("the attributes of an active device are its script's answer, not those of the definition", async () => {
  const { run, callout } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: serial("auto") } });
  await run("start", "-u", A);
  await run("modify", "-u", A, "--addattr", "x", "--value", "defined");
  callout("vendor", answers("attributes", '[{"x":"active"}]'));
  expect((await run("list", "-v")).stdout).toBe(
    `${A} mtty mtty-1 auto (defined)\n  Attrs:\n    @{0}: {"x":"active"}\n`,
  );
  expect((await run("list", "-dv")).stdout).toBe(
    `${A} mtty mtty-1 auto (active)\n  Attrs:\n    @{0}: {"x":"defined"}\n`,
  );
  expect(JSON.parse((await run("list", "--dumpjson", "-u", A)).stdout).attrs).toEqual([{ x: "active" }]);
  expect(JSON.parse((await run("list", "-d", "--dumpjson", "-u", A)).stdout).attrs).toEqual([{ x: "defined" }]);
});

test("the script for a type gives attributes of active devices, with event get and action attributes", async () => {
  const { run, callout, calls } = await busyMachine();
  callout("10-crypto", `case $type in vfio_ap-*) ;; *) ${declines};; esac; ${capable()}`);
  callout("20-serial", `case $type in mtty-*) ;; *) ${declines};; esac; ${answers("attributes", '[{"t":"1"}]')}`);
  await run("list", "-v", "-p", "matrix");
  expect(calls().at(-1)).toEqual({
    step: "10-crypto get attributes none",
    args: `-t vfio_ap-passthrough -e get -a attributes -s none -u ${B} -p matrix`,
    stdin: "",
  });
  const { stdout } = await run("list", "-v");
  expect(stdout.match(/@{0}: {"t":"1"}/g)).toHaveLength(2);
});

test("each of many answers stands below its device", async () => {
  const { run, callout } = machine();
  const uuids = Array.from({ length: 20 }, (_, at) => A.replace(/11$/, `${at + 10}`));
  for (const uuid of uuids) await run("start", "-u", uuid, "-p", "matrix", "-t", "vfio_ap-passthrough");
  callout("vendor", `[ "$action" = attributes ] || exit 0; printf '[{"uuid":"%s"}]' "$uuid"`);
  const { stdout } = await run("list", "-v");
  expect(stdout).toBe(
    uuids.map((uuid) => `${uuid} matrix vfio_ap-passthrough manual\n  Attrs:\n    @{0}: {"uuid":"${uuid}"}\n`).join(""),
  );
});

test("scripts are asked about several devices at the same time", async () => {
  const { run, callout } = machine();
  for (const uuid of [A, B]) await run("start", "-u", uuid, "-p", "mtty", "-t", "mtty-1");
  // Each answers only after the other has been asked too.
  callout(
    "vendor",
    `[ "$action" = attributes ] || exit 0
touch "$root/asked-$uuid"
tries=0
until [ -e "$root/asked-${A}" ] && [ -e "$root/asked-${B}" ]; do
  tries=$((tries + 1)); [ $tries -lt 100 ] || exit 1; sleep 0.1
done
printf '[{"asked":"together"}]'`,
  );
  expect((await run("list", "-v")).stdout.match(/together/g)).toHaveLength(2);
});

test("a listing of definitions calls no script", async () => {
  const { run, callout, steps } = await busyMachine();
  callout("vendor", "exit 0");
  for (const args of [["-d"], ["-dv"], ["-d", "--dumpjson"]]) await run("list", ...args);
  expect(steps()).toEqual([]);
});

const broken: readonly (readonly [what: string, text: string, reason: string])[] = [
  ["not JSON", "{", "it ends too early, at line 1, column 2: a name in double quotes or } is expected"],
  ["empty", "", "it is empty"],
  ["without mdev_type", '{"start":"auto"}', "field 'mdev_type' is missing"],
  ["of another shape", '{"mdev_type":1,"start":"auto"}', "field 'mdev_type' is not a string"],
];

test.each(broken)("a definition that is %s is warned about, and the others are listed", async (_what, text, reason) => {
  const { root, run, write } = await busyMachine();
  const path = `etc/mdevctl.d/mtty/${B}`;
  write(path, text);
  const stderr = `mdevctl: warning: cannot read ${root}/${path}: ${reason}\n`;
  expect(await run("list", "-d")).toEqual({ status: 0, stdout: defined, stderr });
  expect(await run("list", "-d", "-p", "mtty")).toEqual({ status: 0, stdout: lines(defined, " mtty "), stderr });
  expect(await run("list", "-d", "--dumpjson", "-p", "gone")).toMatchObject({ status: 0, stderr: "" });
});

test.each(broken)("a listing of one device fails if its definition is %s", async (_what, text, reason) => {
  const { root, run, write } = await busyMachine();
  write(`etc/mdevctl.d/mtty/${C}`, text);
  expect(await run("list", "-d", "-u", C)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot read ${root}/etc/mdevctl.d/mtty/${C}: ${reason}\n`,
  });
});

test("a listing of an active device warns about its broken definition", async () => {
  const { root, run, write } = await busyMachine();
  write(`etc/mdevctl.d/mtty/${A}`, "{");
  const stderr = `mdevctl: warning: cannot read ${root}/etc/mdevctl.d/mtty/${A}: it ends too early, at line 1, column 2: a name in double quotes or } is expected\n`;
  expect(await run("list")).toEqual({ status: 0, stdout: active.replace("mtty-1 auto", "mtty-1 manual"), stderr });
});

test("neither scripts.d nor a file among the parents is a parent", async () => {
  const { run, write } = machine();
  write(`etc/mdevctl.d/scripts.d/${A}`, serial("auto"));
  write("etc/mdevctl.d/README", "text");
  write(`etc/mdevctl.d/.hidden/${B}`, serial("auto"));
  expect(await run("list", "-d")).toEqual({ status: 0, stdout: `${B} .hidden mtty-1 auto\n`, stderr: "" });
});

const otherSpellings: readonly string[] = [D.toUpperCase(), D.replaceAll("-", ""), `{${D}}`, `urn:uuid:${D}`];

test.each(otherSpellings)("a definition named %s is skipped with a warning, in every format", async (name) => {
  const { root, run, write } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: serial("auto") } });
  write(`etc/mdevctl.d/mtty/${name}`, serial("auto"));
  const { status, stdout, stderr } = await run("list", "-d");
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${A} mtty mtty-1 auto\n` });
  expect(stderr).toMatch(`mdevctl: warning: ${root}/etc/mdevctl.d/mtty/${name} is skipped`);
  expect((await run("list", "-d", "--dumpjson")).stdout).not.toContain(name);
  expect((await run("list", "-d", "-u", D)).stdout).toBe("");
});

test.each(otherSpellings)("a device named %s on the bus is skipped with a warning", async (name) => {
  const { root, run } = machine();
  await run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  writeTree(nodeSystem(), root, describeDevice({ uuid: name, parent: "virtual/mtty/mtty", type: "mtty-1" }));
  const { status, stdout, stderr } = await run("list");
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${A} mtty mtty-1 manual\n` });
  expect(stderr).toMatch(`mdevctl: warning: ${root}/sys/bus/mdev/devices/${name} is skipped`);
});

test("a file whose name is not a UUID at all is skipped silently", async () => {
  const { run } = machine({ files: { "etc/mdevctl.d/mtty/README": "text", [`etc/mdevctl.d/mtty/.${A}.new`]: "{" } });
  expect(await run("list", "-d")).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("a definition that is a link is read through the link, and so is a parent's directory", async () => {
  const { root, run } = machine({ files: { "store/a": serial("auto"), [`kept/${B}`]: serial("manual") } });
  fs.mkdirSync(`${root}/etc/mdevctl.d/mtty`);
  fs.symlinkSync("../../../store/a", `${root}/etc/mdevctl.d/mtty/${A}`);
  fs.symlinkSync("../../kept", `${root}/etc/mdevctl.d/zone`);
  const stdout = `${A} mtty mtty-1 auto\n${B} zone mtty-1 manual\n`;
  expect(await run("list", "-d")).toEqual({ status: 0, stdout, stderr: "" });
  expect((await run("list", "-d", "-u", B)).stdout).toBe(`${B} zone mtty-1 manual\n`);
});

test.each([
  [
    "whose link leads nowhere",
    (device: string, link: string) => {
      fs.rmSync(link);
      fs.symlinkSync("../nowhere/mtty/x", link);
      expect(fs.existsSync(device)).toBe(true);
    },
  ],
  ["without a type", (device: string) => fs.rmSync(`${device}/mdev_type`)],
])("a device %s is being removed, so it is not active", async (_what, change) => {
  const { root, run } = await busyMachine();
  change(`${root}/sys/devices/virtual/mtty/mtty/${A}`, `${root}/sys/bus/mdev/devices/${A}`);
  expect(await run("list")).toEqual({ status: 0, stdout: active.replace(/.*1111.*\n/, ""), stderr: "" });
  expect((await run("list", "-d")).stdout).not.toContain("(active)");
  expect(await run("stop", "-u", A)).toMatchObject({ status: 1 });
});

test("the output of list --dumpjson for a defined device can define the same device again", async () => {
  const anyText = fc.string({ unit: "binary", maxLength: 6 });
  const name = fc.constantFrom("speed", "power/control", "é", "10", "9");
  const configuration = fc.record({
    mdev_type: fc.constantFrom("mtty-1", "i915-GVTg_V5_4", "日本"),
    start: fc.constantFrom("auto", "manual"),
    attrs: fc.array(fc.tuple(name, anyText).map(([key, value]) => ({ [key]: value }))),
  });
  const { root, run, read, write } = machine();
  await fc.assert(
    fc.asyncProperty(configuration, async (value) => {
      write("in.json", JSON.stringify(value));
      expect(await run("define", "-u", A, "-p", "one", "--jsonfile", `${root}/in.json`)).toMatchObject({ status: 0 });
      const { stdout } = await run("list", "-d", "-u", A, "--dumpjson");
      expect(JSON.parse(stdout)).toEqual(value);
      write("out.json", stdout);
      expect(await run("define", "-u", A, "-p", "two", "--jsonfile", `${root}/out.json`)).toMatchObject({ status: 0 });
      expect(read(`etc/mdevctl.d/two/${A}`)).toBe(read(`etc/mdevctl.d/one/${A}`));
      await run("undefine", "-u", A);
    }),
    { numRuns: 20 },
  );
});
