import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { UsageError, UserError } from "../errors.ts";
import { hostOf } from "../host.ts";
import { machine } from "../testing/machine.ts";
import { unflushedSystem } from "../testing/unflushed.ts";
import type { Target } from "./file.ts";
import { findHostName, parseLabels, readDesired, readLabelsFile } from "./sources.ts";

const self = { name: "gpu-1", labels: new Map([["pool", "inference"]]) };

/** A file about one parent. */
const about = (parent: string, when = "{}") =>
  `version: 1\ngroups:\n  - {when: ${when}, parent: ${parent}, devices: []}\n`;

/** A host with these files in a temporary directory; where a text begins with `-> `, there is a link. */
function prepare(
  files: Readonly<Record<string, string>>,
  stdin = "",
  variables: Readonly<Record<string, string>> = {},
) {
  const root = fs.mkdtempSync(join(tmpdir(), "mdevctl-test-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith("-> ")) fs.symlinkSync(text.slice(3), join(root, path));
    else fs.writeFileSync(join(root, path), text);
  }
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? root : variables[name]);
  const host = hostOf({ ...unflushedSystem(), environment, readStdin: () => stdin });
  const read = (path: string, about = self) =>
    readDesired(host, path === "-" ? path : `${root}/${path}`, about).map(({ target }) => nameTarget(target));
  return { root, host, read };
}

function nameTarget(target: Target): string {
  return "name" in target ? target.name : "";
}

test("a file is read, and so is stdin", () => {
  const { read } = prepare({ "state.yaml": about("file") }, about("stdin"));
  expect(read("state.yaml")).toEqual(["file"]);
  expect(read("-")).toEqual(["stdin"]);
});

test.each(["a.yaml", "state.txt", ".hidden"])("a file that is named may be called %s", (name) => {
  expect(prepare({ [name]: about("p") }).read(name)).toEqual(["p"]);
});

describe("of a directory", () => {
  test("the files count in the order of their names, whatever their form", () => {
    const { read } = prepare({
      "d/20.yaml": about("second"),
      "d/10.json": '{"version": 1, "groups": [{"parent": "first", "devices": []}]}',
      "d/Z.yml": about("third"),
      "d/a.yaml": about("fourth"),
    });
    expect(read("d")).toEqual(["first", "second", "third", "fourth"]);
    expect(read("d/")).toEqual(["first", "second", "third", "fourth"]);
  });

  test.each([".hidden.yaml", ".yaml", "yaml", "a.yaml~", "a.yaml.bak", "a.YAML", "README.md", "a.yaml/b.yaml"])(
    "%s does not count",
    (name) => {
      expect(prepare({ "d/x.yaml": about("x"), [`d/${name}`]: "}" }).read("d")).toEqual(["x"]);
    },
  );

  test("one without such files is a mistake", () => {
    expect(() => prepare({ "d/README.md": "" }).read("d")).toThrow(/there is no file in .*d that ends in .yaml/);
  });

  test("what Kubernetes makes of a ConfigMap is read once", () => {
    const { read } = prepare({
      "d/..2026_07_01_10_00_00.123/one.yaml": about("one"),
      "d/..2026_07_01_10_00_00.123/two.yaml": about("two"),
      "d/..data": "-> ..2026_07_01_10_00_00.123",
      "d/one.yaml": "-> ..data/one.yaml",
      "d/two.yaml": "-> ..data/two.yaml",
    });
    expect(read("d")).toEqual(["one", "two"]);
  });

  test("a mistake is named with the file that has it", () => {
    const { root, read } = prepare({ "d/a.yaml": about("p"), "d/b.yaml": "version: 1\ngruops: []" });
    expect(() => read("d")).toThrow(
      new UsageError(`${root}/d/b.yaml:2:1: there is no field 'gruops'`, "Did you mean 'groups'?"),
    );
  });

  test("a link that leads nowhere is a mistake", () => {
    const { root, read } = prepare({ "d/a.yaml": "-> none" });
    expect(() => read("d")).toThrow(new UsageError(`cannot read ${root}/d/a.yaml: no such file or directory`));
  });

  test("a parent that two files are about is a mistake that names both places", async () => {
    const { run, root } = machine({ files: { "d/a.yaml": about("mtty"), "d/b.yaml": about("mtty") } });
    const { status, stderr } = await run("plan", `${root}/d`);
    expect(stderr).toBe(`mdevctl: ${root}/d/b.yaml:3:5: mtty has a group already, at ${root}/d/a.yaml:3:5\n`);
    expect(status).toBe(2);
  });
});

test("a file that cannot be read is a mistake", () => {
  const { root, read } = prepare({ "large.yaml": " ".repeat(1024 * 1024 + 1) });
  expect(() => read("none.yaml")).toThrow(new UsageError(`cannot read ${root}/none.yaml: no such file or directory`));
  expect(() => read("large.yaml")).toThrow(new UsageError(`cannot read ${root}/large.yaml: file too large`));
});

test("control characters in the name of a file or of a field do not reach the terminal", async () => {
  const { run, root } = machine({ files: { "\x1b[2J.yaml": '"\\e[31m": 1' } });
  const { status, stderr } = await run("plan", `${root}/\x1b[2J.yaml`);
  expect(stderr).toContain("/\\x1b[2J.yaml:1:1: there is no field '\\x1b[31m'");
  expect(stderr).not.toContain("\x1b");
  expect(status).toBe(2);
});

test.each<[when: string, isMet: boolean]>([
  ["{}", true],
  ["{host: gpu-1}", true],
  ["{host: GPU-1}", false],
  ["{host: gpu}", false],
  ["{host: pu-1}", false],
  ["{host: gpu-*}", true],
  ["{host: 'gpu-1*'}", true],
  ["{host: '*'}", true],
  ["{host: '**'}", true],
  ["{host: '*-*'}", true],
  ["{host: '*1'}", true],
  ["{host: '*2'}", false],
  ["{host: 'g*p*1'}", true],
  ["{host: '*u-1*x'}", false],
  ["{host: 'gpu-?'}", true],
  ["{host: '?????'}", true],
  ["{host: '??????'}", false],
  ["{host: '*????'}", true],
  ["{host: '*??????'}", false],
  ["{host: 'gpu.1'}", false],
  ["{host: '[g]pu-1'}", false],
  ["{host: '(gpu-1)'}", false],
  ["{label: {}}", true],
  ["{label: {pool: inference}}", true],
  ["{label: {pool: '*'}}", false],
  ["{label: {pool: training}}", false],
  ["{label: {pool: inference, zone: a}}", false],
  ["{label: {zone: ''}}", false],
  ["{host: gpu-1, label: {pool: inference}}", true],
  ["{host: gpu-2, label: {pool: inference}}", false],
])("on the host gpu-1 with the label pool=inference, %s is %j", (when, isMet) => {
  expect(prepare({ "a.yaml": about("p", when) }).read("a.yaml")).toEqual(isMet ? ["p"] : []);
});

test("a pattern that nearly fits in very many ways is soon found not to fit", () => {
  const { read } = prepare({ "a.yaml": about("p", `{host: '${"*a".repeat(200)}*b'}`) });
  expect(read("a.yaml", { ...self, name: "a".repeat(10_000) })).toEqual([]);
  expect(read("a.yaml", { ...self, name: `${"a".repeat(10_000)}b` })).toEqual(["p"]);
});

const kernel = { "proc/sys/kernel/hostname": "gpu-1\n" };

test.each<[where: string, files: Record<string, string>, variables: Record<string, string>, name: string]>([
  ["in the kernel alone", kernel, {}, "gpu-1"],
  ["in MDEVCTL_HOST, too", kernel, { MDEVCTL_HOST: "node-1" }, "node-1"],
  ["in the kernel, and MDEVCTL_HOST is empty", kernel, { MDEVCTL_HOST: "" }, "gpu-1"],
  ["nowhere", {}, {}, ""],
])("the name of the host, which is %s, is found", (_, files, variables, name) => {
  expect(findHostName(prepare(files, "", variables).host)).toBe(name);
});

test.each<[text: string, labels: Record<string, string>]>([
  ["a=1", { a: "1" }],
  ["a=1,b=2", { a: "1", b: "2" }],
  ["nvidia.com/gpu=", { "nvidia.com/gpu": "" }],
  ["a=b=c", { a: "b=c" }],
  ["a=1,a=2", { a: "2" }],
])("the labels %s are understood", (text, labels) => {
  expect(Object.fromEntries(parseLabels(text))).toEqual(labels);
});

test.each([
  ["", "'' is not a label, as in pool=inference"],
  ["a", "'a' is not a label, as in pool=inference"],
  ["=1", "'=1' is not a label, as in pool=inference"],
  ["a=1,", "'' is not a label, as in pool=inference"],
  ["a=1,b", "'b' is not a label, as in pool=inference"],
])("%j are no labels", (text, message) => {
  expect(() => parseLabels(text)).toThrow(new UserError(message));
});

test.each<[text: string, labels: Record<string, string>]>([
  ["", {}],
  ['pool="inference"\nzone="a"', { pool: "inference", zone: "a" }],
  ['pool="inference"\n\n', { pool: "inference" }],
  ["pool=inference\r\nzone=a\r\n", { pool: "inference", zone: "a" }],
  ['nvidia.com/vgpu.config="A40-8Q"', { "nvidia.com/vgpu.config": "A40-8Q" }],
  ['a=""\nb=', { a: "", b: "" }],
  ['a="say \\"x\\" \\\\ \\u00e9"', { a: 'say "x" \\ é' }],
  ['a="\\x41"', { a: "\\x41" }],
  ["a=1=2", { a: "1=2" }],
])("a file with the labels %j is understood", (text, labels) => {
  const { root, host } = prepare({ labels: text });
  expect(Object.fromEntries(readLabelsFile(host, `${root}/labels`))).toEqual(labels);
});

test.each([
  ["pool", 1],
  ['a="1"\n="2"', 2],
  ["a=1\n\nb", 3],
])("a file with the labels %j is refused", (text, line) => {
  const { root, host } = prepare({ labels: text });
  expect(() => readLabelsFile(host, `${root}/labels`)).toThrow(
    new UsageError(`${root}/labels:${line}:1: there is no label, as in pool="inference"`),
  );
});

test("labels of the command line go before those of the file", async () => {
  const { run, root } = machine({
    files: { labels: "pool=a\nzone=z", "s.yaml": about("none", "{label: {pool: b, zone: z}}") },
  });
  const plan = ["plan", `${root}/s.yaml`, "--labels-file", `${root}/labels`];
  expect(await run(...plan)).toMatchObject({ status: 0, stderr: "" });
  expect(await run(...plan, "--label", "pool=b")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("there is no parent device none"),
  });
});
