import * as fs from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { A, B, C, type Machine, machine } from "../testing/machine.ts";
import { capable, declines, on } from "../testing/scripts.ts";

type Fields = Readonly<Record<string, string>>;

function definition({ type = "mtty-1", start = "manual", attrs = [] as readonly Fields[] } = {}): string {
  return JSON.stringify({ mdev_type: type, start, attrs }, null, 2);
}

const definitionOfA = `etc/mdevctl.d/mtty/${A}`;
const three = [{ x: "0" }, { y: "1" }, { x: "2" }];

/** A is defined with these attributes. */
function machineWith(attrs: readonly Fields[]): Machine {
  return machine({ files: { [definitionOfA]: definition({ attrs }) } });
}

test.each([
  ["--auto", definition(), definition({ start: "auto" })],
  ["-a", definition(), definition({ start: "auto" })],
  ["--manual", definition({ start: "auto" }), definition()],
  ["-m", definition({ start: "auto" }), definition()],
  ["-a -t mtty-2", definition({ attrs: three }), definition({ start: "auto", type: "mtty-2", attrs: three })],
  ["--auto", definition({ start: "auto" }), definition({ start: "auto" })],
  ["--delattr --type mtty-2", definition({ attrs: three }), definition({ type: "mtty-2", attrs: three.slice(0, 2) })],
  ["--addattr z --value 3 --type mtty-2", definition(), definition({ type: "mtty-2", attrs: [{ z: "3" }] })],
  ["--auto -d", definition(), definition({ start: "auto" })],
  ["--auto --defined", definition(), definition({ start: "auto" })],
  ["--auto -p mtty", definition(), definition({ start: "auto" })],
])("modify %s changes only that part of the definition", async (line, before, after) => {
  const { run, files } = machine({ files: { [definitionOfA]: before } });
  expect(await run("modify", "-u", A, ...line.split(" "))).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(files("etc")).toEqual({ [definitionOfA]: after });
});

test.each([
  ["--addattr z --value 3", [], [{ z: "3" }]],
  ["--addattr z --value 3", three, [...three, { z: "3" }]],
  ["--addattr x --value 2", three, [...three, { x: "2" }]],
  ["--addattr power/control --value on", [], [{ "power/control": "on" }]],
  ["--addattr z --value= ", [], [{ z: "" }]],
  ["--addattr z --value 3 --index 0", three, [{ z: "3" }, ...three]],
  ["--addattr z --value 3 -i 1", three, [three[0], { z: "3" }, ...three.slice(1)]],
  ["--addattr z --value 3 --index=3", three, [...three, { z: "3" }]],
  ["--addattr z --value 3 --index 0", [], [{ z: "3" }]],
  ["--delattr", three, three.slice(0, 2)],
  ["--delattr", [], []],
  ["--delattr --index 0", three, three.slice(1)],
  ["--delattr -i 1", three, [three[0], three[2]]],
  ["--delattr -i2", three, three.slice(0, 2)],
])("modify %s turns the attributes %j into %j", async (line, before, after) => {
  const { run, read } = machineWith(before);
  const words = line.trimEnd().split(" ");
  expect(await run("modify", "-u", A, ...words)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(JSON.parse(read(definitionOfA) ?? "").attrs).toEqual(after);
});

test.each([
  [
    "--addattr z --value 3 --index 4",
    three,
    "index 4 is out of range, it has 3 attributes",
    '@{0} {"x":"0"}, @{1} {"y":"1"}, @{2} {"x":"2"}\n',
  ],
  ["--addattr z --value 3 --index 1", [], "index 1 is out of range, it has 0 attributes", ""],
  [
    "--delattr --index 3",
    three,
    "index 3 is out of range, it has 3 attributes",
    '@{0} {"x":"0"}, @{1} {"y":"1"}, @{2} {"x":"2"}\n',
  ],
  [
    "--delattr --index 4294967295",
    [{ x: "0" }],
    "index 4294967295 is out of range, it has 1 attribute",
    '@{0} {"x":"0"}\n',
  ],
  ["--delattr --index 0", [], "index 0 is out of range, it has 0 attributes", ""],
])("modify %s of the attributes %j is refused, and the message shows them", async (line, attrs, problem, shown) => {
  const { run, files } = machineWith(attrs);
  const before = files("etc");
  expect(await run("modify", "-u", A, ...line.split(" "))).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot modify ${A}: ${problem}\n${shown}`,
  });
  expect(files("etc")).toEqual(before);
});

test("after any additions and removals, the attributes are those of a list edited in the same way", async () => {
  const edit = fc.record({
    name: fc.constantFrom("x", "y", "power/control"),
    value: fc.string({ maxLength: 3 }),
    add: fc.boolean(),
    index: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 6 }), async (edits) => {
      const root = machineWith([]);
      const expected: Fields[] = [];
      for (const { name, value, add, index } of edits) {
        const at = index === undefined ? [] : [`--index=${index}`];
        const { status } = await root.run(
          "modify",
          "-u",
          A,
          ...at,
          ...(add ? ["--addattr", name, `--value=${value}`] : ["--delattr"]),
        );
        const place = index ?? (add ? expected.length : Math.max(expected.length - 1, 0));
        const fits = add ? place <= expected.length : index === undefined || place < expected.length;
        expect(status).toBe(fits ? 0 : 1);
        if (fits) expected.splice(place, add ? 0 : 1, ...(add ? [{ [name]: value }] : []));
      }
      expect(root.read(definitionOfA)).toBe(definition({ attrs: expected }));
    }),
    { numRuns: 15 },
  );
});

test("with --jsonfile the file replaces type, start mode and attributes", async () => {
  const { root, run, files } = machine({
    files: {
      [definitionOfA]: definition({ start: "auto", attrs: three }),
      "in.json": '{"start":"manual","mdev_type":"mtty-2","attrs":[{"z":"9"}],"other":true}',
    },
  });
  const line = ["modify", "-u", A, "-p", "mtty", "--jsonfile", `${root}/in.json`];
  expect(await run(...line)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(files("etc")).toEqual({ [definitionOfA]: definition({ type: "mtty-2", attrs: [{ z: "9" }] }) });
});

test("with --jsonfile a parent is needed", async () => {
  const { root, run, files } = machine({
    files: { [definitionOfA]: definition(), "in.json": definition({ start: "auto" }) },
  });
  expect(await run("modify", "-u", A, "--jsonfile", `${root}/in.json`)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot modify ${A}: --jsonfile needs --parent\n`,
  });
  expect(files("etc")).toEqual({ [definitionOfA]: definition() });
});

test.each([
  ["anywhere", ["-u", B, "--auto"], "it is not defined"],
  ["under the parent", ["-u", A, "-p", "matrix", "--auto"], "it is not defined under matrix"],
  ["under the parent", ["-u", A, "-p", "matrix", "--jsonfile", "ROOT/in.json"], "it is not defined under matrix"],
])("a device that is not defined %s cannot be modified: %j", async (_where, args, problem) => {
  const { root, run, files } = machine({ files: { [definitionOfA]: definition(), "in.json": definition() } });
  const { status, stdout, stderr } = await run("modify", ...args.map((word) => word.replace("ROOT", root)));
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(`mdevctl: cannot modify ${args[1]}: ${problem}\n`);
  expect(files("etc")).toEqual({ [definitionOfA]: definition() });
});

test("with definitions under several parents one has to be chosen", async () => {
  const other = `etc/mdevctl.d/matrix/${A}`;
  const { run, files } = machine({ files: { [definitionOfA]: definition(), [other]: definition() } });
  expect(await run("modify", "-u", A, "--auto")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: ${A} is defined under several parents: matrix, mtty\nChoose one: --parent matrix\n`,
  });
  expect(await run("modify", "-u", A, "--auto", "-p", "matrix")).toMatchObject({ status: 0 });
  expect(files("etc")).toEqual({ [definitionOfA]: definition(), [other]: definition({ start: "auto" }) });
});

test("a broken definition cannot be modified, and stays as it is", async () => {
  const { root, run, files } = machine({ files: { [definitionOfA]: '{"mdev_type":7,"start":"auto"}' } });
  expect(await run("modify", "-u", A, "--manual")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot read ${root}/${definitionOfA}: field 'mdev_type' is not a string\n`,
  });
  expect(files("etc")).toEqual({ [definitionOfA]: '{"mdev_type":7,"start":"auto"}' });
});

test("the definition keeps its mode and owner", async () => {
  const { root, run } = machineWith([]);
  fs.chmodSync(`${root}/${definitionOfA}`, 0o640);
  const before = fs.statSync(`${root}/${definitionOfA}`);
  await run("modify", "-u", A, "--auto");
  const { mode, uid, gid } = fs.statSync(`${root}/${definitionOfA}`);
  expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
});

test("unknown fields are lost when the definition is written again", async () => {
  const text = '{"comment":"mine","mdev_type":"mtty-1","start":"manual"}';
  const { run, files } = machine({ files: { [definitionOfA]: text } });
  expect(await run("modify", "-u", A, "--auto")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(files("etc")).toEqual({ [definitionOfA]: definition({ start: "auto" }) });
});

test("a definition that is a link is refused, and the message says where it leads", async () => {
  const { root, run, files } = machine({ files: { "store/a.json": definition() } });
  fs.mkdirSync(`${root}/etc/mdevctl.d/mtty`);
  fs.symlinkSync("../../../store/a.json", `${root}/${definitionOfA}`);
  const before = files();
  expect(await run("modify", "-u", A, "--auto")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot modify ${A}: ${root}/${definitionOfA} is a link to ../../../store/a.json\nChange it where it is kept.\n`,
  });
  expect(files()).toEqual(before);
});

test("a parent's directory that is a link is refused, and the message says where it leads", async () => {
  const { root, run, files } = machine({ files: { [`store/${A}`]: definition() } });
  fs.symlinkSync("../../store", `${root}/etc/mdevctl.d/mtty`);
  const before = files();
  const { status, stderr } = await run("modify", "-u", A, "--auto");
  expect(status).toBe(1);
  expect(stderr).toContain(`mdevctl: cannot modify ${A}: ${root}/etc/mdevctl.d/mtty is a link to ../../store\n`);
  expect(files()).toEqual(before);
});

test("an active device is not touched", async () => {
  const file = `etc/mdevctl.d/matrix/${A}`;
  const text = definition({ type: "vfio_ap-passthrough", attrs: [{ assign_adapter: "5" }] });
  const { run, read, steps, callout } = machine({ files: { [file]: text } });
  await run("start", "-u", A);
  callout("vendor", capable());
  expect(await run("modify", "-u", A, "--addattr", "assign_adapter", "--value", "6")).toMatchObject({ status: 0 });
  expect(read(`sys/bus/mdev/devices/${A}/assign_adapter`)).toBe("5\n");
  expect(steps()).toEqual(["vendor get capabilities none", "vendor pre modify none", "vendor post modify success"]);
});

const change = definition({ type: "vfio_ap-passthrough", start: "auto", attrs: [{ assign_adapter: "7" }] });
const definitionOfC = `etc/mdevctl.d/matrix/${C}`;
const before = definition({ type: "vfio_ap-passthrough" });

/** C is active on matrix and perhaps defined, and the change to it is in a file. */
async function liveMachine(
  files: Fields = {},
): Promise<Machine & { live: (...args: string[]) => ReturnType<Machine["run"]> }> {
  const made = machine({ files: { "change.json": change } });
  await made.run("start", "-u", C, "-p", "matrix", "-t", "vfio_ap-passthrough");
  for (const [path, text] of Object.entries(files)) made.write(path, text);
  made.notifier("logger", "exit 0");
  return {
    ...made,
    live: (...args) => made.run("modify", "-u", C, "--live", "--jsonfile", `${made.root}/change.json`, ...args),
  };
}

test.each([[[]], [["-p", "matrix"]]])(
  "for a live change with %j the script gets the file on stdin, and then the notifiers are called",
  async (args) => {
    const { callout, live, files, calls } = await liveMachine();
    callout("vendor", capable());
    expect(await live(...args)).toEqual({ status: 0, stdout: "", stderr: "" });
    const device = `-u ${C} -p matrix`;
    expect(calls().slice(1)).toEqual([
      {
        step: "vendor live modify none",
        args: `-t vfio_ap-passthrough -e live -a modify -s none ${device}`,
        stdin: JSON.stringify(JSON.parse(change)),
      },
      {
        step: "logger notify modify none",
        args: `-t vfio_ap-passthrough -e notify -a modify -s none ${device}`,
        stdin: "",
      },
    ]);
    expect(files("etc")).toEqual({});
  },
);

test.each([[[]], [["--force"]]])("a failure of the live change fails the command: %j", async (args) => {
  const { callout, live } = await liveMachine();
  callout("vendor", `${capable()}; ${on("live", "echo 'in use' >&2; exit 1")}`);
  const { status, stdout, stderr } = await live(...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^vendor: in use\nmdevctl: cannot .* live: callout script vendor refuses: exit status 1\n$/);
});

test.each([
  ["no script", "", []],
  ["a script without capabilities", "exit 0", ["vendor get capabilities none"]],
  ["a script that is not for the type", declines, ["vendor get capabilities none"]],
  ["capabilities without the event", capable({ events: ["pre", "post"] }), ["vendor get capabilities none"]],
  ["capabilities without the action", capable({ actions: ["start"] }), ["vendor get capabilities none"]],
])("with %s there is no live change, even with --force", async (_what, script, expected) => {
  const { callout, live, steps } = await liveMachine({ [definitionOfC]: before });
  if (script !== "") callout("vendor", script);
  const { status, stderr } = await live();
  expect(status).toBe(1);
  expect(stderr).toMatch(/^mdevctl: cannot .* live: .*support/);
  expect(steps()).toEqual(expected);
  expect(await live("--force")).toMatchObject({ status: 1 });
  expect(await live("--force", "--defined")).toMatchObject({ status: 1 });
});

test("with --live --defined a script may still refuse the definition after the device has changed", async () => {
  const { callout, live, files, steps } = await liveMachine({ [definitionOfC]: before });
  callout("vendor", `${capable()}; ${on("pre", "exit 1")}`);
  const refused = await live("--defined");
  expect(refused).toMatchObject({ status: 1, stdout: "" });
  expect(refused.stderr).toContain("; the running device has changed all the same\n");
  expect(steps()).toContain("vendor live modify none");
  expect(files("etc")).toEqual({ [definitionOfC]: before });
  expect(await live("--defined", "--force")).toMatchObject({ status: 0, stdout: "" });
  expect(files("etc")).toEqual({ [definitionOfC]: change });
});

test("only an active device can be changed live", async () => {
  const { run, live, callout, steps } = await liveMachine({ [definitionOfC]: before });
  callout("vendor", capable());
  await run("stop", "-u", C);
  const asked = steps().length;
  const { status, stderr } = await live();
  expect(status).toBe(1);
  expect(stderr).toContain(`mdevctl: cannot modify ${C}: it is not active\n`);
  expect(steps()).toHaveLength(asked);
});

test.each([
  ["parent", ["-p", "mtty"], change, "its parent is matrix, which cannot change"],
  ["type", [], definition({ type: "mtty-1" }), "its type is vfio_ap-passthrough, which cannot change to mtty-1"],
])("the %s cannot change live", async (_what, args, text, problem) => {
  const { live, callout, steps, write } = await liveMachine();
  callout("vendor", capable());
  write("change.json", text);
  expect(await live(...args)).toMatchObject({ status: 1, stderr: `mdevctl: cannot modify ${C} live: ${problem}\n` });
  expect(steps()).toEqual([]);
});

test("with --live --defined the device changes first and then its definition", async () => {
  const { callout, live, files, read, steps } = await liveMachine({ [definitionOfC]: before });
  callout("vendor", `${capable()}; grep -c assign_adapter "$root/${definitionOfC}" >> "$root/seen"; exit 0`);
  expect(await live("--defined")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(steps()).toEqual([
    "vendor get capabilities none",
    "vendor live modify none",
    "logger notify modify none",
    "vendor pre modify none",
    "vendor post modify success",
    "logger notify modify success",
  ]);
  expect(read("seen")).toBe("0\n0\n1\n");
  expect(files("etc")).toEqual({ [definitionOfC]: change });
});

test("with --live --defined the definition stays when the device does not change", async () => {
  const { callout, live, files } = await liveMachine({ [definitionOfC]: before });
  callout("vendor", `${capable()}; ${on("live", "exit 1")}`);
  expect(await live("--defined", "--force")).toMatchObject({ status: 1 });
  expect(files("etc")).toEqual({ [definitionOfC]: before });
});

test.each([
  ["no definition", {}, `cannot modify ${C}: it is not defined under matrix`],
  [
    "a definition of another type",
    { [definitionOfC]: definition() },
    `cannot modify ${C} live: its definition has another type, mtty-1`,
  ],
])("with --live --defined and %s nothing changes", async (_what, definitions, problem) => {
  const { callout, live, files, steps } = await liveMachine(definitions);
  callout("vendor", capable());
  const { status, stderr } = await live("--defined");
  expect(status).toBe(1);
  expect(stderr).toContain(`mdevctl: ${problem}\n`);
  expect(files("etc")).toEqual(definitions);
  expect(steps()).toEqual([]);
});
