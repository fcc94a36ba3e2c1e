// What define, modify and start say about a JSON file that they cannot use, or that looks wrong.

import * as fs from "node:fs";
import { expect, test } from "vitest";
import { A, B, machine } from "../testing/machine.ts";

const good = '{"mdev_type":"mtty-1","start":"manual","attrs":[{"x":"1"}]}';
const commands = [
  ["define", "-u", B],
  ["modify", "-u", A],
  ["start", "-u", B],
];

/** What each command says about the file at this path below the machine's root, which `prepare` makes. */
async function refusals(path: string, prepare: (absolute: string) => void): Promise<string[]> {
  const { root, run, files, callout, steps } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: good } });
  callout("vendor", "exit 0");
  prepare(`${root}/${path}`);
  const before = files("etc");
  const messages: string[] = [];
  for (const words of commands) {
    const { status, stdout, stderr } = await run(...words, "-p", "mtty", "--jsonfile", `${root}/${path}`);
    expect({ words, status, stdout }).toEqual({ words, status: 1, stdout: "" });
    messages.push(stderr.replaceAll(root, "ROOT"));
  }
  expect(files("etc")).toEqual(before);
  expect(fs.readdirSync(`${root}/sys/bus/mdev/devices`)).toEqual([]);
  expect(steps()).toEqual([]);
  return messages;
}

test.each([
  ["that does not exist", "in.json", () => {}, "no such file or directory"],
  [
    "below a file",
    "file/in.json",
    (path: string) => fs.writeFileSync(path.replace("/in.json", ""), ""),
    "not a directory",
  ],
  ["that is a directory", "in.json", (path: string) => fs.mkdirSync(path), "is a directory"],
  [
    "that is a loop of links",
    "in.json",
    (path: string) => fs.symlinkSync("in.json", path),
    "too many levels of symbolic links",
  ],
  [
    "that is not UTF-8",
    "in.json",
    (path: string) => fs.writeFileSync(path, Buffer.from([0x22, 0xff, 0x22])),
    "not valid UTF-8",
  ],
  [
    "that is too large",
    "in.json",
    (path: string) => fs.writeFileSync(path, " ".repeat(1024 * 1024 + 1)),
    "file too large",
  ],
])("a file %s is refused in one line", async (_what, path, prepare, reason) => {
  expect(await refusals(path, prepare)).toEqual(commands.map(() => `mdevctl: cannot read ROOT/${path}: ${reason}\n`));
});

test.each([
  ["empty", "", "it is empty"],
  [
    "not JSON",
    "mdev_type: mtty-1\n",
    "not valid JSON at line 1, column 1: a value is expected, not 'mdev_type' without double quotes",
  ],
  [
    "truncated JSON",
    good.slice(0, -1),
    `it ends too early, at line 1, column ${good.length}: a comma or } is expected`,
  ],
  [
    "JSON with an extra comma",
    '{\n  "mdev_type": "mtty-1",\n  "start": "auto",\n}',
    "not valid JSON at line 4, column 1: a name in double quotes is expected, not '}'",
  ],
  ["JSON after a byte order mark", `\ufeff${good}`, "it begins with a byte order mark, which JSON does not have"],
  [
    "JSON with text after it",
    `${good} ${good}`,
    `not valid JSON at line 1, column ${good.length + 2}: the end is expected, not '{'`,
  ],
  ["not an object", "7", "it is not a JSON object"],
  ["a listing without devices", "[]", "it is an array, as listings are, not the object of one device"],
  ["a listing", `[{"mtty": [{"${A}": ${good}}]}]`, "it is an array, as listings are, not the object of one device"],
  ["without a type", '{"start":"auto"}', "field 'mdev_type' is missing"],
  [
    "with a misspelt type",
    good.replace("mdev_type", "mdev-type"),
    "field 'mdev_type' is missing, but there is 'mdev-type'",
  ],
  ["with a misspelt start mode", good.replace("start", "Start"), "field 'start' is missing, but there is 'Start'"],
  ["with a type that is not a string", '{"mdev_type":{},"start":"auto"}', "field 'mdev_type' is not a string"],
  ["without a start mode", '{"mdev_type":"mtty-1"}', "field 'start' is missing"],
  [
    "with attrs that are not an array",
    '{"mdev_type":"mtty-1","start":"auto","attrs":{"x":"1"}}',
    "field 'attrs' is not an array",
  ],
  [
    "with a value that is not a string",
    '{"mdev_type":"mtty-1","start":"auto","attrs":[{"x":1}]}',
    "entry 0 of 'attrs': the value of 'x' is not a string",
  ],
])("a file that is %s is refused in one line that says where the problem is", async (_what, text, reason) => {
  expect(await refusals("in.json", (path) => fs.writeFileSync(path, text))).toEqual(
    commands.map(() => `mdevctl: cannot read ROOT/in.json: ${reason}\n`),
  );
});

test.each([
  ["an empty type", '{"mdev_type":"","start":"auto"}', "'' cannot be a name, because it is empty"],
  ["a type that is a path", '{"mdev_type":"../x","start":"auto"}', "'../x' cannot be a name, because it has a '/'"],
  ["a type with a NUL", '{"mdev_type":"a\\u0000b","start":"auto"}', "'a\\x00b' cannot be a name, because it has a NUL"],
  ["the type ..", '{"mdev_type":"..","start":"auto"}', "'..' cannot be a name, because it is '..'"],
  [
    "an attribute that is absolute",
    good.replace('"x"', '"/etc/passwd"'),
    "'/etc/passwd' cannot be an attribute's name, because it is absolute",
  ],
  ["an attribute without a name", good.replace('"x"', '""'), "'' cannot be an attribute's name, because it is empty"],
  [
    "an attribute that leads out of the device",
    good.replace('"x"', '"a/../../remove"'),
    "'a/../../remove' cannot be an attribute's name, because it has a part that is '..'",
  ],
  [
    "an attribute with a NUL",
    good.replace('"x"', '"a\\u0000"'),
    "'a\\x00' cannot be an attribute's name, because it has a NUL",
  ],
])("a file with %s is refused before anything is touched", async (_what, text, problem) => {
  expect(await refusals("in.json", (path) => fs.writeFileSync(path, text))).toEqual(
    commands.map(([action, , uuid]) => `mdevctl: cannot ${action} ${uuid}: ${problem}\n`),
  );
});

test("a definition with a type or an attribute that leads elsewhere is not started", async () => {
  const { root, run, callout, steps } = machine({
    files: {
      [`etc/mdevctl.d/mtty/${A}`]: '{"mdev_type":"../../../x","start":"auto"}',
      [`etc/mdevctl.d/mtty/${B}`]: good.replace('"x"', '"../x"'),
    },
  });
  callout("vendor", "exit 0");
  for (const uuid of [A, B]) expect(await run("start", "-u", uuid)).toMatchObject({ status: 1, stdout: "" });
  expect(fs.readdirSync(`${root}/sys/bus/mdev/devices`)).toEqual([]);
  expect(steps()).toEqual([]);
});

test.each([
  ['"start":"automatic"', `field 'start' is "automatic", which is neither "auto" nor "manual"; taking "manual"`],
  ['"start":"Auto"', `field 'start' is "Auto", which is neither "auto" nor "manual"; taking "manual"`],
  ['"start":true', `field 'start' is true, which is neither "auto" nor "manual"; taking "manual"`],
  ['"start":"manual","attr":[{"x":"1"}]', "field 'attr' is ignored; attributes stand in field 'attrs'"],
  ['"start":"manual","Attributes":[]', "field 'Attributes' is ignored; attributes stand in field 'attrs'"],
])("a file with %s is accepted with a warning", async (fields, warning) => {
  const { root, run, read } = machine({
    files: { "in.json": `{"mdev_type":"mtty-1",${fields}}`, [`etc/mdevctl.d/mtty/${A}`]: good },
  });
  for (const words of commands) {
    expect(await run(...words, "-p", "mtty", "--jsonfile", `${root}/in.json`)).toEqual({
      status: 0,
      stdout: "",
      stderr: `mdevctl: warning: ${root}/in.json: ${warning}\n`,
    });
    await run("stop", "-u", B);
  }
  for (const uuid of [A, B]) {
    const text = '{\n  "mdev_type": "mtty-1",\n  "start": "manual",\n  "attrs": []\n}';
    expect(read(`etc/mdevctl.d/mtty/${uuid}`)).toBe(text);
  }
});

test.each([
  '"start":"auto"',
  '"start":"manual","attrs":[]',
  '"start":"manual","attrs":null',
  '"start":"auto","other":1',
])("a file with %s is accepted silently", async (fields) => {
  const { root, run } = machine({ files: { "in.json": `{"mdev_type":"mtty-1",${fields}}` } });
  const line = ["define", "-u", A, "-p", "mtty", "--jsonfile", `${root}/in.json`];
  expect(await run(...line)).toEqual({ status: 0, stdout: "", stderr: "" });
});
