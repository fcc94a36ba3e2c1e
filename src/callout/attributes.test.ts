import { expect, test } from "vitest";
import { busyMachine } from "../testing/callouts.ts";
import { B, C, D } from "../testing/machine.ts";
import { answers, capable, declines, on } from "../testing/scripts.ts";

test.each([
  ["nothing", ""],
  ["an empty array", "[]"],
  ["an array of an empty object", "[{}]"],
  ["null", "null"],
  ["an empty array and a newline", "[]\n"],
])("a script that answers %s knows no attributes", async (_what, answer) => {
  const { run, callout, read } = await busyMachine();
  callout("vendor", answers("attributes", answer));
  expect(await run("define", "-u", B)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(read(`etc/mdevctl.d/mtty/${B}`)).toContain('"attrs": []');
});

test.each([
  ["an array", '[{"b":"1"},{"a":"2"},{"b":"1"}]'],
  ["an array over several lines", '[\n  {"b": "1"},\n  {"a": "2"},\n  {"b": "1"}\n]\n'],
])("attributes that a script gives as %s are stored in their order", async (_what, answer) => {
  const { run, callout, calls, read } = await busyMachine();
  callout("vendor", answers("attributes", answer));
  await run("define", "-u", B);
  expect(JSON.parse(read(`etc/mdevctl.d/mtty/${B}`) ?? "")).toEqual({
    mdev_type: "mtty-1",
    start: "manual",
    attrs: [{ b: "1" }, { a: "2" }, { b: "1" }],
  });
  expect(calls().find(({ step }) => step === "vendor get attributes none")).toEqual({
    step: "vendor get attributes none",
    args: `-t mtty-1 -e get -a attributes -s none -u ${B} -p mtty`,
    stdin: "",
  });
});

test("NUL bytes at the end of an answer are ignored", async () => {
  const { run, callout, read } = await busyMachine();
  callout("vendor", on("attributes", `printf '[{"a":"1"}]\\0\\0'; exit 0`));
  await run("define", "-u", B);
  expect(read(`etc/mdevctl.d/mtty/${B}`)).toContain('"a": "1"');
});

const badAnswers: readonly (readonly [what: string, script: string, reason: string])[] = [
  ["exit status 1", on("attributes", "exit 1"), "exit status 1"],
  ["a fatal signal", on("attributes", "kill -15 $$"), "it was killed by SIGTERM"],
  [
    "plain text",
    answers("attributes", "speed=1"),
    "not valid JSON at line 1, column 1: a value is expected, not 'speed=1' without double quotes",
  ],
  ["an object", answers("attributes", '{"a":"1"}'), "field 'attrs' is not an array"],
  [
    "a value that is no text",
    answers("attributes", '[{"a":null}]'),
    "entry 0 of 'attrs': the value of 'a' is not a string",
  ],
  [
    "two fields in one entry",
    answers("attributes", '[{"a":"1","b":"2"}]'),
    "entry 0 of 'attrs' is not an object with one field",
  ],
  ["invalid UTF-8", on("attributes", `printf '[{"a":"\\377"}]'; exit 0`), "its answer is not valid UTF-8"],
];

test.each(badAnswers)(
  "define fails, with and without --force, if a script answers the question about attributes with %s",
  async (_what, script, reason) => {
    const { run, callout, read, steps } = await busyMachine();
    callout("vendor", script);
    for (const force of [[], ["--force"]]) {
      const { status, stdout, stderr } = await run("define", "-u", B, ...force);
      expect({ status, stdout, stderr }).toEqual({
        status: 1,
        stdout: "",
        stderr: `mdevctl: cannot read the attributes of ${B}: callout script vendor fails: ${reason}\n`,
      });
      expect(steps().at(-1)).toBe("vendor post define failure");
    }
    expect(read(`etc/mdevctl.d/mtty/${B}`)).toBeUndefined();
  },
);

test.each(badAnswers)(
  "a listing leaves out, with a warning, what a script answers about attributes with %s",
  async (_what, script, reason) => {
    const { run, callout } = await busyMachine();
    callout("vendor", script);
    expect(await run("list", "-v")).toEqual({
      status: 0,
      stdout: `${B} mtty mtty-1 manual\n`,
      stderr: `mdevctl: warning: cannot read the attributes of ${B}: callout script vendor fails: ${reason}\n`,
    });
  },
);

test("a listing warns once about a script that fails for many devices", async () => {
  const { run, callout } = await busyMachine();
  await run("start", "-u", C, "-p", "mtty", "-t", "mtty-1");
  await run("start", "-u", D, "-p", "mtty", "-t", "mtty-1");
  callout(
    "vendor",
    `[ $uuid = ${C} ] || ${answers("attributes", "?")}; ${answers("attributes", '[{"speed":"9600"}]')}`,
  );
  const { stdout, stderr } = await run("list", "--dumpjson");
  expect(stdout.match(/9600/g)).toHaveLength(1);
  expect(stderr).toBe(
    `mdevctl: warning: cannot read the attributes of ${B}: callout script vendor fails: not valid JSON at line 1, column 1: a value is expected, not '?' (and of 1 other device)\n`,
  );
});

test("a listing does not warn of a script whose capabilities lack attributes", async () => {
  const { run, callout } = await busyMachine();
  callout("vendor", capable({ actions: ["start"] }));
  expect(await run("list", "-v")).toEqual({ status: 0, stdout: `${B} mtty mtty-1 manual\n`, stderr: "" });
});

test("numbers and booleans in an answer count as their text", async () => {
  const { run, callout, read } = await busyMachine();
  const numbers = '{"a":5}, {"b":-1.50}, {"c":12345678901234567890}, {"d": 1e2}, {"true":true}, {"f":false}';
  callout("vendor", answers("attributes", `[{"s":"1, true \\"2\\""}, ${numbers}]`));
  expect(await run("define", "-u", B)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(JSON.parse(read(`etc/mdevctl.d/mtty/${B}`) ?? "").attrs).toEqual([
    { s: '1, true "2"' },
    { a: "5" },
    { b: "-1.50" },
    { c: "12345678901234567890" },
    { d: "1e2" },
    { true: "true" },
    { f: "false" },
  ]);
});

test("an answer of numbers may have up to 1 MiB, whatever their quotes add", async () => {
  const { run, callout } = await busyMachine();
  callout("vendor", on("attributes", `{ printf '['; yes '{"a":1},' | head -n 100000; echo '{"a":1}]'; }; exit 0`));
  const { stdout, stderr } = await run("list", "-v");
  expect(stderr).toBe("");
  expect(stdout).toContain('@{100000}: {"a":"1"}');
});

test("an answer of many NULs is read in one go", async () => {
  const { run, callout, read } = await busyMachine();
  callout("vendor", on("attributes", "head -c 16000000 /dev/zero; echo; exit 0"));
  const { status, stderr } = await run("define", "-u", B);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot read the attributes of ${B}: callout script vendor fails: it is larger than 1 MiB\n`,
  });
  expect(read(`etc/mdevctl.d/mtty/${B}`)).toBeUndefined();
});

test("if no script knows the attributes there are none, and define succeeds", async () => {
  const { run, callout, read } = await busyMachine();
  callout("10-other", declines);
  callout("20-other", declines);
  expect(await run("define", "-u", B)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(read(`etc/mdevctl.d/mtty/${B}`)).toContain('"attrs": []');
});
