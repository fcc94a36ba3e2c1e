// What a careless caller leaves us: open descriptors, ignored and blocked signals, little stack and memory. Commands with a
// callout script do their work all the same, or say why they cannot.

import { spawn } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { A, definition, makeHost, P, T } from "./host.ts";
import { isNative, isOurs, launch, run } from "./program.ts";

const define = ["define", "-u", A, "-p", P, "-t", T];

/** A host with a script that is asked, and says how many files it has inherited. */
function makeHostWithScript() {
  const host = makeHost();
  host.script("callouts", "counting", '[ "$6" != capabilities ] || exit 2\nls /proc/self/fd >> "$root/files"');
  return host;
}

/** stdin, stdout, stderr, and the directory that `ls` reads; Node.js may leave one of its own. */
const filesOfScript = 5;

/** Runs what follows with this file open so many times more. */
const withFiles = (count: number, path = "/dev/null") => [
  "prlimit",
  "--nofile=20000",
  "perl",
  "-e",
  "$^F = 1 << 20; ($count, $path) = splice @ARGV, 0, 2;" +
    ' for (1 .. $count) { open my $file, "<", $path or die "$!\\n"; push @files, $file } exec @ARGV or die',
  `${count}`,
  path,
];

describe.runIf(isOurs)("open descriptors", () => {
  test.for([1018, 1024, 4096, 16_000])("%i are no obstacle, and no script gets them", async (count) => {
    const host = makeHostWithScript();
    expect(await run(host.root, define, { under: withFiles(count) })).toEqual({ end: 0, stdout: "", stderr: "" });
    expect(Object.keys(host.definitions())).toEqual([`${P}/${A}`]);
    for (const listing of host.read("files").split(/^0$/m).slice(1))
      expect(listing.trim().split("\n").length).toBeLessThan(filesOfScript);
  });

  test("one of many can be named on the command line", async () => {
    const host = makeHostWithScript();
    host.write("in.json", definition([{ speed: "7" }]));
    const line = ["define", "-u", A, "-p", P, "--jsonfile", "/dev/fd/1050"];
    const under = withFiles(1100, `${host.root}/in.json`);
    expect(await run(host.root, line, { under })).toEqual({ end: 0, stdout: "", stderr: "" });
    expect(host.definitions()).toEqual({ [`${P}/${A}`]: definition([{ speed: "7" }]) });
  });
});

const signals = ["HUP", "INT", "QUIT", "PIPE", "ALRM", "TERM", "CHLD", "USR1"];

describe.runIf(isOurs)("signals", () => {
  test.for(signals.flatMap((signal) => ["ignore", "block"].map((how) => [how, signal] as const)))(
    "%s %s: a script is asked and does not inherit it",
    async ([how, signal]) => {
      const host = makeHost();
      host.script(
        "callouts",
        "refusing",
        '[ "$6" != capabilities ] || exit 2\n' +
          'grep -E "^Sig(Blk|Ign)" /proc/self/status | cut -f 2 > "$root/signals"\nexit 3',
      );
      const { end, stderr } = await run(host.root, define, { under: ["env", `--${how}-signal=${signal}`] });
      expect({ end, stderr }).toMatchObject({ end: 1, stderr: expect.stringContaining("exit status 3") });
      // Those above 31 are the C library's own; make(1) leaves one of them ignored.
      const masks = host.read("signals").trim().split("\n");
      expect(masks.map((mask) => Number.parseInt(mask.slice(-8), 16) & 0x7fffffff)).toEqual([0, 0]);
    },
  );

  test("the wait for the lock ends although SIGALRM is ignored or blocked", async () => {
    const host = makeHost();
    const holder = spawn("flock", [`${host.root}/etc/mdevctl.d`, "sleep", "100"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void process.kill(-(holder.pid ?? 0), "SIGKILL"));
    await setTimeout(300);
    await Promise.all(
      ["ignore", "block"].map(async (how) => {
        const { end, stderr } = await run(host.root, define, { under: ["env", `--${how}-signal=ALRM`] });
        expect({ end, stderr }).toMatchObject({
          end: 1,
          stderr: expect.stringContaining("has held the lock for 30 s"),
        });
      }),
    );
  });

  test.for(["SIGHUP", "SIGINT", "SIGTERM"] as const)(
    "%s ends a command although the caller has blocked it",
    async (signal) => {
      const host = makeHost();
      host.script("callouts", "slow", '[ "$6" != capabilities ] || exit 2; echo > "$root/asked"; sleep 100');
      const command = launch(host.root, define, { under: ["env", `--block-signal=${signal}`] });
      while (!host.exists("asked")) await setTimeout(50);
      command.kill(signal);
      expect(await command.ended).toMatchObject({ end: signal });
      expect(host.definitions()).toEqual({});
    },
  );

  // Node.js itself takes every signal back from a caller that ignores it.
  test.runIf(isNative)("a signal that the caller ignores stays ignored", async () => {
    const host = makeHost();
    host.script("callouts", "slow", '[ "$6" != capabilities ] || exit 2; echo > "$root/asked"; sleep 1');
    const command = launch(host.root, define, { under: ["env", "--ignore-signal=HUP"] });
    while (!host.exists("asked")) await setTimeout(50);
    command.kill("SIGHUP");
    expect(await command.ended).toMatchObject({ end: 0 });
  });
});

const kilobyte = 1024;

/** JSON that takes more stack to read than there ever is. */
const deep = '{"mdev_type":'.repeat(20_000);

describe.runIf(isOurs)("limits", () => {
  test.for([64, 128, 256, 8192].map((size) => `${size * kilobyte}`).concat("unlimited"))(
    "with a stack of %s bytes a command works, and deeply nested JSON is an error",
    async (size) => {
      const host = makeHostWithScript();
      host.write("in.json", deep);
      const under = ["prlimit", `--stack=${size}`];
      const { end, stderr } = await run(host.root, ["define", "-p", P, "--jsonfile", `${host.root}/in.json`], {
        under,
      });
      expect({ end, stderr }).toEqual({ end: 1, stderr: expect.stringMatching(/^mdevctl: cannot read .*in.json: it/) });
      for (const line of [define, ["start", "-u", A], ["modify", "-u", A, "--auto"], ["list"], ["undefine", "-u", A]])
        expect(await run(host.root, line, { under })).toMatchObject({ end: 0, stderr: "" });
    },
  );

  test("with a limit on the size of files a command says so and leaves nothing behind", async () => {
    const host = makeHost();
    const { end, stderr } = await run(host.root, define, { under: ["prlimit", "--fsize=20"] });
    expect({ end, stderr }).toEqual({ end: 1, stderr: expect.stringContaining(`${P}/${A}: file too large\n`) });
    expect(host.definitions()).toEqual({});
  });

  // Node.js itself needs more.
  test.runIf(isNative).for([16, 32, 40])("with a stack of %i KiB nothing is begun", async (size) => {
    const host = makeHostWithScript();
    expect(await run(host.root, define, { under: ["prlimit", `--stack=${size * kilobyte}`] })).toEqual({
      end: 1,
      stdout: "",
      stderr: "mdevctl: the stack is too small\n'ulimit -s' shows and sets its size.\n",
    });
    expect(host.definitions()).toEqual({});
  });

  test.runIf(isNative)("without enough memory a command says so", async () => {
    const host = makeHost();
    host.write("in.json", deep);
    const line = ["define", "-u", A, "-p", P, "--jsonfile", `${host.root}/in.json`];
    const ends = new Set<string>();
    for (let size = 1024 * kilobyte; size < 4096 * kilobyte; size += 128 * kilobyte) {
      const under = ["prlimit", `--as=${size}`];
      // With less, the kernel cannot even load the program.
      if ((await run(host.root, ["--version"], { under })).end !== 0) continue;
      const { end, stderr } = await run(host.root, line, { under });
      ends.add(`${end}: ${stderr}`);
    }
    expect([...ends]).toEqual([
      "1: mdevctl: out of memory\n",
      `1: mdevctl: cannot read ${host.root}/in.json: it ends too early, at line 1, column ${deep.length + 1}: a value is expected\n`,
    ]);
  });
});
