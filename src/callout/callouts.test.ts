import * as fs from "node:fs";
import { expect, test } from "vitest";
import { A, B, C, type Machine, machine } from "../testing/machine.ts";
import { answers, capable, declines, on } from "../testing/scripts.ts";

const defineA = ["define", "-u", A, "-p", "mtty", "-t", "mtty-1"];
const definitionOfA = `etc/mdevctl.d/mtty/${A}`;
const plain = '{"mdev_type":"mtty-1","start":"manual","attrs":[]}';
const adapters =
  '{"mdev_type":"vfio_ap-passthrough","start":"auto","attrs":[{"assign_adapter":"5"},{"assign_adapter":"6"}]}';

/** A is defined and B active, of one type; C is defined with attributes. */
async function busyMachine(): Promise<Machine> {
  const made = machine({ files: { [`etc/mdevctl.d/matrix/${C}`]: adapters, "in.json": adapters } });
  await made.run(...defineA);
  await made.run("start", "-u", B, "-p", "mtty", "-t", "mtty-1");
  return made;
}

/** The directories of callout scripts; the first one comes first. */
const directories = ["usr/lib/mdevctl/scripts.d/callouts", "etc/mdevctl.d/scripts.d/callouts"];

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
  "around %s scripts are told what is done to which device, and its configuration: mdevctl %s",
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

test("when pre fails nothing is done, post is not asked, and the notifiers hear of state none", async () => {
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

test.each(["-f", "--force"])("%s goes on when pre fails, with a warning", async (force) => {
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
])("%s is refused by a script, and done with --force", async (action, line) => {
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

test("when the work fails, post and the notifiers hear of state failure", async () => {
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

test("--force does not make a failure of the work a success", async () => {
  const { run, callout } = machine();
  callout("vendor", on("pre", "exit 1"));
  expect(await run("start", "-u", A, "-p", "mtty", "-t", "nonsense", "--force")).toMatchObject({ status: 1 });
});

test("what post and the notifiers answer is ignored", async () => {
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

test("scripts are asked in the order of their names, those below usr/lib first", async () => {
  const { run, script, steps } = machine();
  for (const name of ["b", "9", "a", "10", "B"]) script(`${directories[0]}/${name}`, declines);
  for (const name of ["z", "0"]) script(`${directories[1]}/${name}`, declines);
  expect(await run(...defineA)).toMatchObject({ status: 0, stderr: "" });
  const order = ["10", "9", "B", "a", "b", "0", "z"];
  expect(steps()).toEqual(
    ["get capabilities none", "pre define none", "post define success"].flatMap((step) =>
      order.map((name) => `${name} ${step}`),
    ),
  );
});

test("notifiers are told in the order of their names, those below usr/lib first", async () => {
  const { run, script, steps } = machine();
  for (const name of ["b", "9", "a", "10"]) script(`usr/lib/mdevctl/scripts.d/notifiers/${name}`, "exit 0");
  for (const name of ["z", "0"]) script(`etc/mdevctl.d/scripts.d/notifiers/${name}`, "exit 0");
  await run(...defineA);
  expect(steps()).toEqual(["10", "9", "a", "b", "0", "z"].map((name) => `${name} notify define success`));
});

test("without capabilities the first script that does not pass over decides, and hears the outcome alone", async () => {
  const { run, callout, steps } = machine();
  callout("10-other", declines);
  callout("20-mine", "exit 0");
  callout("30-late", "exit 1");
  expect(await run(...defineA)).toMatchObject({ status: 0, stderr: "" });
  expect(steps().filter((step) => !step.includes("capabilities"))).toEqual([
    "10-other pre define none",
    "20-mine pre define none",
    "20-mine post define success",
  ]);
});

test("without capabilities the first script that does not pass over decides, also when it refuses", async () => {
  const { run, callout, steps } = machine();
  callout("10-other", declines);
  callout("20-mine", on("pre", "exit 7"));
  callout("30-late", "exit 0");
  const { status, stderr } = await run(...defineA);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot define ${A}: callout script 20-mine refuses: exit status 7\n`,
  });
  expect(steps().filter((step) => !step.includes("capabilities"))).toEqual([
    "10-other pre define none",
    "20-mine pre define none",
  ]);
});

test("a script that passed over pre may still take post, when no other agreed to pre", async () => {
  const { run, callout, steps } = machine();
  callout("late", `${on("post", "exit 0")}; ${declines}`);
  await run(...defineA);
  expect(steps()).toEqual(["late get capabilities none", "late pre define none", "late post define success"]);
});

test.each([
  [
    "without #! line",
    (path: string) => fs.writeFileSync(path, "exit 1\n", { mode: 0o755 }),
    "not an executable program",
  ],
  [
    "without permission to execute it",
    (path: string) => fs.writeFileSync(path, "#!/bin/sh\nexit 1\n", { mode: 0o644 }),
    "permission denied",
  ],
  [
    "with an interpreter that is missing",
    (path: string) => fs.writeFileSync(path, "#!/nowhere/sh\n", { mode: 0o755 }),
    "no such file or directory",
  ],
  ["that is empty", (path: string) => fs.writeFileSync(path, "", { mode: 0o755 }), "not an executable program"],
  ["that is a link to nowhere", (path: string) => fs.symlinkSync("nowhere", path), "no such file or directory"],
])("a script %s is skipped with one warning", async (_what, install, reason) => {
  const { root, run, callout, steps } = machine();
  const path = `${root}/${directories[0]}/10-broken`;
  install(path);
  callout("20-good", "exit 0");
  expect(await run(...defineA)).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: script ${path} is skipped: ${reason}\n`,
  });
  expect(steps()).toEqual(["20-good get capabilities none", "20-good pre define none", "20-good post define success"]);
});

test("a script may be a link, and a directory among the scripts is none", async () => {
  const { root, run, script, steps } = machine();
  script("opt/vendor/script", on("pre", "exit 1"));
  fs.symlinkSync(`${root}/opt/vendor/script`, `${root}/${directories[0]}/vendor`);
  fs.mkdirSync(`${root}/${directories[0]}/a-directory`);
  const { status, stderr } = await run(...defineA);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot define ${A}: callout script vendor refuses: exit status 1\n`,
  });
  expect(steps()[0]).toBe("vendor get capabilities none");
});

test("a script that is killed by a signal has failed", async () => {
  const { run, callout, read } = machine();
  callout("vendor", on("pre", "kill -9 $$"));
  expect(await run(...defineA)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot define ${A}: callout script vendor refuses: it was killed by SIGKILL\n`,
  });
  expect(read(definitionOfA)).toBeUndefined();
});

test("a script with capabilities is the one for the type: every event goes to it alone", async () => {
  const { run, callout, notifier, steps } = await busyMachine();
  callout("10-old", declines);
  callout("20-mine", capable());
  callout("30-old", "exit 1");
  notifier("logger", "exit 0");
  expect(await run("define", "-u", B)).toMatchObject({ status: 0, stderr: "" });
  expect(steps()).toEqual([
    "10-old get capabilities none",
    "20-mine get capabilities none",
    "20-mine pre define none",
    "20-mine get attributes none",
    "20-mine post define success",
    "logger notify define success",
  ]);
});

test("a script with capabilities is asked after its type, so each type can have its own", async () => {
  const { run, callout, steps } = await busyMachine();
  callout("10-serial", `case $type in mtty-*) ;; *) ${declines};; esac; ${capable()}`);
  callout("20-crypto", `case $type in vfio_ap-*) ;; *) ${declines};; esac; ${capable()}`);
  await run("start", "-u", C);
  await run("stop", "-u", B);
  expect(steps()).toEqual([
    "10-serial get capabilities none",
    "20-crypto get capabilities none",
    "20-crypto pre start none",
    "20-crypto post start success",
    "10-serial get capabilities none",
    "10-serial pre stop none",
    "10-serial post stop success",
  ]);
});

test("an answer about capabilities counts unless the exit status is 2", async () => {
  const { run, callout, steps } = machine();
  callout("10-declines", capable().replace("exit 0", "exit 2"));
  callout("20-fails", capable().replace("exit 0", "exit 1"));
  callout("30-old", "exit 1");
  expect(await run(...defineA)).toMatchObject({ status: 0 });
  expect(steps().slice(2)).toEqual(["20-fails pre define none", "20-fails post define success"]);
});

test("with capabilities, exit status 2 is a refusal", async () => {
  const { run, callout } = machine();
  callout("10-mine", `${capable()}; ${on("pre", declines)}`);
  callout("20-old", "exit 0");
  const { status, stderr } = await run(...defineA);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot define ${A}: callout script 10-mine refuses: exit status 2\n`,
  });
});

test.each([
  ["nothing", answers("capabilities", "")],
  ["a text", answers("capabilities", "what?")],
  ["other JSON", answers("capabilities", "{}")],
  [
    "what is not UTF-8",
    on("capabilities", `printf '{"supports":{"version":2,"actions":["start"],"events":["\\377"]}}'; exit 0`),
  ],
])("a script that answers %s about its capabilities has none, and is tried as the others", async (_what, answer) => {
  const { run, callout, steps } = machine();
  callout("10-odd", answer);
  callout("20-other", capable());
  expect(await run(...defineA)).toMatchObject({ status: 0, stderr: "" });
  expect(steps()).toEqual([
    "10-odd get capabilities none",
    "20-other get capabilities none",
    "20-other pre define none",
    "20-other post define success",
  ]);
});

test.each([
  ["action", { actions: ["start"] }, "it does not support action 'define'"],
  ["event", { events: ["post"] }, "it does not support event 'pre'"],
])(
  "with capabilities that lack the %s, the command fails without calling the script",
  async (_what, supports, reason) => {
    const { run, callout, notifier, read, steps } = machine();
    callout("vendor", capable(supports));
    notifier("logger", "exit 0");
    expect(await run(...defineA)).toEqual({
      status: 1,
      stdout: "",
      stderr: `mdevctl: cannot define ${A}: callout script vendor refuses: ${reason}\n`,
    });
    expect(read(definitionOfA)).toBeUndefined();
    expect(steps()).toEqual(["vendor get capabilities none", "logger notify define none"]);
  },
);

test("with capabilities that lack the action, --force does the work", async () => {
  const { run, callout, read, steps } = machine();
  callout("vendor", capable({ actions: ["start"] }));
  expect(await run(...defineA, "--force")).toMatchObject({ status: 0, stdout: "" });
  expect(read(definitionOfA)).toContain("mtty-1");
  expect(steps()).toEqual(["vendor get capabilities none"]);
});

test("with capabilities that lack post, it is skipped silently", async () => {
  const { run, callout, notifier, steps } = machine();
  callout("vendor", capable({ events: ["pre"] }));
  notifier("logger", "exit 0");
  expect(await run(...defineA)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(steps().slice(1)).toEqual(["vendor pre define none", "logger notify define success"]);
});

test("unknown names among the capabilities are warned about and ignored", async () => {
  const { root, run, callout } = machine();
  callout("vendor", capable({ events: ["pre", "post", "later"] }));
  expect(await run(...defineA)).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: script ${root}/${directories[0]}/vendor supports an event 'later', which does not exist\n`,
  });
});

test.each([
  ["that there are some", capable()],
  ["that there are none", "exit 0"],
])("capabilities are asked for once in a command, also %s is remembered", async (_what, script) => {
  const definitions = [A, B, C].map((uuid) => [`etc/mdevctl.d/mtty/${uuid}`, plain.replace("manual", "auto")]);
  const { run, callout, steps } = machine({ files: Object.fromEntries(definitions) });
  callout("vendor", script);
  await run("start-parent-mdevs", "mtty");
  expect(steps().filter((step) => step === "vendor get capabilities none")).toHaveLength(1);
  expect(steps().filter((step) => step === "vendor pre start none")).toHaveLength(3);
});

test("a script that passed over an event is not asked the same again in one command", async () => {
  const definitions = [A, B, C].map((uuid) => [`etc/mdevctl.d/mtty/${uuid}`, plain.replace("manual", "auto")]);
  const { run, callout, steps } = machine({ files: Object.fromEntries(definitions) });
  callout("10-other", declines);
  callout("20-mine", "exit 0");
  await run("start-parent-mdevs", "mtty");
  expect(steps().filter((step) => step === "10-other pre start none")).toHaveLength(1);
  expect(steps().filter((step) => step === "20-mine pre start none")).toHaveLength(3);
});

/** Has a value as long as several pipes can hold. */
const long = JSON.stringify({ mdev_type: "mtty-1", start: "manual", attrs: [{ speed: "x".repeat(300_000) }] });

test("a script may write much before it reads all of its input", async () => {
  const { root, run, read, write } = machine({ files: { "long.json": long } });
  const path = `${directories[0]}/talker`;
  write(
    path,
    `#!/bin/sh\nhead -c 500000 /dev/zero\nhead -c 500000 /dev/zero | tr '\\0' e >&2\ncat > '${root}/input'\nexit 0\n`,
  );
  fs.chmodSync(`${root}/${path}`, 0o755);
  const { status, stdout } = await run("define", "-u", A, "-p", "mtty", "--jsonfile", `${root}/long.json`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(read("input")).toBe(long);
});

test("a script may close its input early", async () => {
  const { root, run, read, write } = machine({ files: { "long.json": long } });
  const path = `${directories[0]}/deaf`;
  write(path, "#!/bin/sh\nexec <&-\nexit 0\n");
  fs.chmodSync(`${root}/${path}`, 0o755);
  expect(await run("define", "-u", A, "-p", "mtty", "--jsonfile", `${root}/long.json`)).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  expect(read(definitionOfA)).toContain("xxx");
});

test("what a script prints is used for its answers only", async () => {
  const { run, callout, notifier } = await busyMachine();
  callout("vendor", "echo chatter");
  notifier("logger", "echo chatter");
  expect(await run("undefine", "-u", A)).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("what a failing script says on stderr is passed on, with its file name before each line", async () => {
  const { run, callout } = machine();
  callout("vendor.sh", on("pre", "echo 'no memory' >&2; echo 'try later' >&2; exit 1"));
  const { stderr } = await run(...defineA);
  expect(stderr).toBe(
    `vendor.sh: no memory\nvendor.sh: try later\nmdevctl: cannot define ${A}: callout script vendor.sh refuses: exit status 1\n`,
  );
});

test("of a notifier only what it says when it fails is passed on, and the command is done all the same", async () => {
  const { run, notifier } = machine();
  notifier("10-sent.sh", "echo chatter >&2");
  notifier("20-lost.sh", "echo 'no route' >&2; exit 1");
  expect(await run(...defineA)).toEqual({ status: 0, stdout: "", stderr: "20-lost.sh: no route\n" });
});

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
])("the attributes that a script answers as %s are stored in their order", async (_what, answer) => {
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
  ["with status 1", on("attributes", "exit 1"), "exit status 1"],
  ["by a signal", on("attributes", "kill -15 $$"), "it was killed by SIGTERM"],
  ["with a text", answers("attributes", "speed=1"), "not valid JSON at line 1, column 1"],
  ["with an object", answers("attributes", '{"a":"1"}'), "field 'attrs' is not an array"],
  [
    "with a value that is no string",
    answers("attributes", '[{"a":1}]'),
    "entry 0 of 'attrs': the value of 'a' is not a string",
  ],
  [
    "with two fields in one",
    answers("attributes", '[{"a":"1","b":"2"}]'),
    "entry 0 of 'attrs' is not an object with one field",
  ],
  ["with what is not UTF-8", on("attributes", `printf '[{"a":"\\377"}]'; exit 0`), "its answer is not valid UTF-8"],
];

test.each(badAnswers)(
  "an answer about attributes that ends %s fails define, with and without --force",
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
  "an answer about attributes that ends %s leaves a listing without them",
  async (_what, script) => {
    const { run, callout } = await busyMachine();
    callout("vendor", script);
    expect(await run("list", "-v")).toMatchObject({ status: 0, stdout: `${B} mtty mtty-1 manual\n` });
  },
);

test("without a script that knows them there are no attributes, and define succeeds", async () => {
  const { run, callout, read } = await busyMachine();
  callout("10-other", declines);
  callout("20-other", declines);
  expect(await run("define", "-u", B)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(read(`etc/mdevctl.d/mtty/${B}`)).toContain('"attrs": []');
});
