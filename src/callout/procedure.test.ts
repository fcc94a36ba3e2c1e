import { expect, test } from "vitest";
import { adapters, busyMachine, defineA, definitionOfA, plain } from "../testing/callouts.ts";
import { A, B, C, machine } from "../testing/machine.ts";
import { declines, on } from "../testing/scripts.ts";

const question =
  '{"provides":{"version":2,"actions":["start","stop","define","undefine","modify","attributes","capabilities"],"events":["pre","post","notify","get","live"]}}';

test.each([
  [
    "define",
    "define -u D -p mtty -t mtty-2 -a",
    "mtty-2",
    "D",
    "mtty",
    plain.replace("mtty-1", "mtty-2").replace("manual", "auto"),
  ],
  ["define", "define -u D -p matrix --jsonfile ROOT/in.json", "vfio_ap-passthrough", "D", "matrix", adapters],
  ["undefine", "undefine -u C", "vfio_ap-passthrough", "C", "matrix", adapters],
  [
    "modify",
    "modify -u C --delattr -i 0",
    "vfio_ap-passthrough",
    "C",
    "matrix",
    adapters.replace('{"assign_adapter":"5"},', ""),
  ],
  [
    "modify",
    "modify -u A -a -t mtty-2",
    "mtty-2",
    "A",
    "mtty",
    plain.replace("mtty-1", "mtty-2").replace("manual", "auto"),
  ],
  ["start", "start -u C", "vfio_ap-passthrough", "C", "matrix", adapters],
  ["start", "start -u D -p mtty -t mtty-2", "mtty-2", "D", "mtty", plain.replace("mtty-1", "mtty-2")],
  ["start", "start -u D -p matrix --jsonfile ROOT/in.json", "vfio_ap-passthrough", "D", "matrix", adapters],
  ["stop", "stop -u B", "mtty-1", "B", "mtty", plain],
])(
  "scripts around %s are told the action, the device and its configuration: mdevctl %s",
  async (action, line, type, uuid, parent, stdin) => {
    const { root, run, callout, notifier, calls } = await busyMachine();
    callout("vendor", "exit 0");
    notifier("logger", "exit 0");
    const uuids: Readonly<Record<string, string>> = { A, B, C, D: "abcdefab-cdef-4abc-8def-abcdefabcdef" };
    const { status, stdout, stderr } = await run(
      ...line.split(" ").map((word) => uuids[word] ?? word.replace("ROOT", root)),
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    const device = `-u ${uuids[uuid]} -p ${parent}`;
    expect(calls()).toEqual([
      {
        step: "vendor get capabilities none",
        args: `-t ${type} -e get -a capabilities -s none ${device}`,
        stdin: question,
      },
      { step: `vendor pre ${action} none`, args: `-t ${type} -e pre -a ${action} -s none ${device}`, stdin },
      { step: `vendor post ${action} success`, args: `-t ${type} -e post -a ${action} -s success ${device}`, stdin },
      {
        step: `logger notify ${action} success`,
        args: `-t ${type} -e notify -a ${action} -s success ${device}`,
        stdin: "",
      },
    ]);
  },
);

test("the work is done between pre and post", async () => {
  const { run, callout, notifier, read } = machine();
  const look = `test -e "$root/${definitionOfA}" && echo "$event there" >> "$root/seen" || echo "$event nothing" >> "$root/seen"`;
  callout("vendor", look);
  notifier("logger", look);
  await run(...defineA);
  expect(read("seen")).toBe("get nothing\npre nothing\npost there\nnotify there\n");
});

test("when pre fails nothing is done, post is not called, and the notifiers get state none", async () => {
  const { run, callout, notifier, read, steps } = machine();
  callout("vendor", on("pre", "exit 1"));
  notifier("logger", "exit 0");
  expect(await run(...defineA)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot define ${A}: callout script vendor refuses: exit status 1\n`,
  });
  expect(read(definitionOfA)).toBeUndefined();
  expect(steps()).toEqual(["vendor get capabilities none", "vendor pre define none", "logger notify define none"]);
});

test.each(["-f", "--force"])("%s continues with a warning when pre fails", async (force) => {
  const { run, callout, notifier, read, steps } = machine();
  callout("vendor", on("pre", "exit 1"));
  notifier("logger", "exit 0");
  expect(await run(...defineA, force)).toEqual({
    status: 0,
    stdout: "",
    stderr: "mdevctl: warning: callout script vendor refuses: exit status 1; going on because of --force\n",
  });
  expect(read(definitionOfA)).toContain("mtty-1");
  expect(steps().slice(1)).toEqual([
    "vendor pre define none",
    "vendor post define success",
    "logger notify define success",
  ]);
});

test.each([
  ["define", `define -u ${A} -p mtty -t mtty-2`],
  ["undefine", `undefine -u ${A}`],
  ["modify", `modify -u ${A} --auto`],
  ["start", `start -u ${A}`],
  ["stop", `stop -u ${B}`],
])("%s fails when a script refuses, but not with --force", async (action, line) => {
  const { run, callout, files } = await busyMachine();
  if (action === "define") await run("undefine", "-u", A);
  callout("vendor", on("pre", "exit 1"));
  const before = { files: files("etc"), list: await run("list") };
  const { status, stderr } = await run(...line.split(" "));
  expect(status).toBe(1);
  expect(stderr).toMatch(/^mdevctl: cannot .*: callout script vendor refuses: exit status 1\n$/);
  expect({ files: files("etc"), list: await run("list") }).toEqual(before);
  expect(await run(...line.split(" "), "--force")).toMatchObject({ status: 0, stdout: "" });
  expect({ files: files("etc"), list: await run("list") }).not.toEqual(before);
});

test("when the work fails, post and the notifiers get state failure", async () => {
  const { run, callout, notifier, steps } = machine();
  callout("vendor", "exit 0");
  notifier("logger", "exit 0");
  expect(await run("start", "-u", A, "-p", "mtty", "-t", "nonsense")).toMatchObject({ status: 1 });
  expect(steps()).toEqual([
    "vendor get capabilities none",
    "vendor pre start none",
    "vendor post start failure",
    "logger notify start failure",
  ]);
});

test("--force does not hide a failure of the work itself", async () => {
  const { run, callout } = machine();
  callout("vendor", on("pre", "exit 1"));
  expect(await run("start", "-u", A, "-p", "mtty", "-t", "nonsense", "--force")).toMatchObject({ status: 1 });
});

test("failures of post and of the notifiers are ignored", async () => {
  const { run, callout, notifier, read, steps } = machine();
  callout("vendor", on("post", "exit 1"));
  notifier("killed", "kill -9 $$");
  notifier("unhappy", "exit 1");
  expect(await run(...defineA)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(read(definitionOfA)).toContain("mtty-1");
  expect(steps().slice(2)).toEqual([
    "vendor post define success",
    "killed notify define success",
    "unhappy notify define success",
  ]);
});

test("a script that declined pre may still handle post if no other script accepted pre", async () => {
  const { run, callout, steps } = machine();
  callout("late", `${on("post", "exit 0")}; ${declines}`);
  await run(...defineA);
  expect(steps()).toEqual(["late get capabilities none", "late pre define none", "late post define success"]);
});
