// Scripts that do not end, do not stop writing, leave something running, or are not owned by root: mdevctl ends in time
// with the right result, and nothing keeps running except what a script has put into the background on purpose.

import * as fs from "node:fs";
import { basename, dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { A, B, definition, type Host, makeHost, P, T } from "./host.ts";
import { isOurs, run } from "./program.ts";
import { Verdict } from "./verdict.ts";

const define = ["define", "-u", A, "-p", P, "-t", T];
const isThere = (host: Host) => Object.keys(host.definitions()).length > 0;

/** Has no capabilities, so that it gets every event. */
const withoutCapabilities = '[ "$6" != capabilities ] || exit 2';

interface Unruly {
  readonly what: string;
  readonly script: string;
  /** How many seconds it may take; two by default. */
  readonly timeout?: number;
  /** The reason in the error; without one the command succeeds. */
  readonly reason?: string;
}

const stopped = "it was stopped after 2 seconds";

const unruly: readonly Unruly[] = [
  { what: "a script that does not end", script: "sleep 100", reason: stopped },
  { what: "a script that ignores signals", script: "trap '' TERM INT HUP; sleep 100", reason: stopped },
  { what: "a script that stops itself", script: "kill -STOP $$", reason: stopped },
  {
    what: "a script whose descendant leaves its process group",
    script: "setsid sleep 100 & sleep 100",
    reason: stopped,
  },
  {
    what: "a script with endless output",
    script: "yes",
    timeout: 60,
    reason: "it was stopped after 16 MiB of output",
  },
  {
    what: "a script with endless messages",
    script: "yes >&2",
    timeout: 60,
    reason: "it was stopped after 16 MiB of output",
  },
  { what: "a script that leaves something running", script: "sleep 100 & exit 0" },
  { what: "a script that leaves an endless writer running", script: "yes & exit 0", timeout: 60 },
  { what: "a script that is killed", script: "kill -KILL $$", reason: "it was killed by SIGKILL" },
  { what: "a script that closes everything", script: "exec <&- >&- 2>&-; exit 0" },
];

/** The processes of these scripts end after 100 seconds: a command that takes this long waits for them. */
const seconds = 60;

test.for(unruly)("$what", async ({ what, script, timeout = 2, reason }) => {
  const verdict = new Verdict("an unruly script", what);
  const host = makeHost();
  host.script("callouts", "unruly", `${withoutCapabilities}\necho $$ >> "$root/pids"\n${script}`);
  onTestFinished(() => killAll(host));
  const started = Date.now();
  const result = await run(host.root, define, { environment: { MDEVCTL_CALLOUT_TIMEOUT: `${timeout}` }, seconds });
  const took = (Date.now() - started) / 1000;
  verdict.tried++;
  if (result.end === "SIGKILL") verdict.lost("hangs", `${took} s`);
  if (reason !== undefined && (result.end === 0 || isThere(host))) verdict.lost("counted as agreement", result.stderr);
  if (reason === undefined && result.end !== 0) verdict.lost("fails", result.stderr);
  if (isOurs && reason !== undefined) {
    expect(result.stderr).toContain(`mdevctl: cannot define ${A}: callout script unruly refuses: ${reason}\n`);
    await setTimeout(200);
    for (const pid of scriptsOf(host)) if (isRunning(pid)) verdict.lost("script left behind", pid);
  }
  verdict.conclude();
});

test.runIf(isOurs)("millions of lines from a script are passed on in little memory", async () => {
  const host = makeHost();
  host.script("callouts", "noisy", `${withoutCapabilities}\nyes | head -c 4194304 >&2`);
  const under = ["prlimit", `--data=${160 * 1024 * 1024}`];
  const { end, stderr } = await run(host.root, ["start", "-u", A, "-p", P, "-t", T], { under, seconds });
  expect(end).toBe(0);
  // For each of pre and post.
  expect(stderr).toBe("noisy: y\n".repeat(2 * 2097152));
});

test.runIf(isOurs)("a listing does not wait for a script longer than its time limit", async () => {
  const host = makeHost({ [`${P}/${B}`]: definition() });
  host.activate(B);
  host.script("callouts", "slow", "sleep 100");
  const result = await run(host.root, ["list", "-v"], { environment: { MDEVCTL_CALLOUT_TIMEOUT: "1" } });
  expect(result).toMatchObject({ end: 0, stdout: `${B} ${P} ${T} auto (defined)\n` });
});

test.runIf(isOurs).each(["0", "-1", "1.5", "ten", "9999999"])(
  "a time limit of '%s' seconds is refused before anything is done",
  async (seconds) => {
    const host = makeHost();
    host.script("notifiers", "quiet", "exit 0");
    const result = await run(host.root, define, { environment: { MDEVCTL_CALLOUT_TIMEOUT: seconds } });
    expect(result).toMatchObject({ end: 1, stderr: expect.stringContaining("MDEVCTL_CALLOUT_TIMEOUT") });
    expect(isThere(host)).toBe(false);
  },
);

describe.runIf(process.getuid?.() === 0)("root does not run", () => {
  const scripts = "usr/lib/mdevctl/scripts.d";
  const script = `${scripts}/callouts/theirs`;

  const untrusted: readonly (readonly [what: string, change: (root: string) => void, named: string])[] = [
    ["someone else's script", (root) => fs.chownSync(`${root}/${script}`, 65534, 65534), script],
    ["a script that its group can write", (root) => fs.chmodSync(`${root}/${script}`, 0o775), script],
    ["a world-writable script", (root) => fs.chmodSync(`${root}/${script}`, 0o757), script],
    [
      "a script in someone else's directory",
      (root) => fs.chownSync(`${root}/${scripts}/callouts`, 65534, 0),
      `${scripts}/callouts`,
    ],
    [
      "a script in a world-writable directory",
      (root) => fs.chmodSync(`${root}/${scripts}/callouts`, 0o777),
      `${scripts}/callouts`,
    ],
    [
      "a script below a world-writable directory",
      (root) => fs.chmodSync(`${root}/usr/lib/mdevctl`, 0o777),
      "usr/lib/mdevctl",
    ],
    ["a link to a script in a world-writable directory", linkToOpenDirectory, "open"],
    ["a world-writable notifier", openNotifier, `${scripts}/notifiers/theirs`],
  ];

  function linkToOpenDirectory(root: string): void {
    fs.mkdirSync(`${root}/open`);
    fs.renameSync(`${root}/${script}`, `${root}/open/script`);
    fs.symlinkSync(`${root}/open/script`, `${root}/${script}`);
    fs.chmodSync(`${root}/open`, 0o777);
  }

  function openNotifier(root: string): void {
    fs.renameSync(`${root}/${script}`, `${root}/${scripts}/notifiers/theirs`);
    fs.chmodSync(`${root}/${scripts}/notifiers/theirs`, 0o777);
  }

  /** What runs only if the check before and the call look at different things. */
  const slippery: readonly (readonly [what: string, install: (host: Host) => Partial<Place>])[] = [
    [
      "a script that another user makes behind a dangling link while an earlier one runs",
      (host) => {
        const make = `cp '${host.root}/theirs' '${host.root}/tmp/b'; chown 65534 '${host.root}/tmp/b'`;
        host.script("callouts", "10-earlier", `${make}\nexit 2`);
        fs.symlinkSync(`${host.root}/tmp/b`, `${host.root}/${scripts}/callouts/20-link`);
        return {};
      },
    ],
    [
      "someone else's script behind a link that is not UTF-8",
      (host) => {
        const path = Buffer.concat([Buffer.from(`${host.root}/tmp/own`), Buffer.of(0xff)]);
        copyTheirs(host, path);
        fs.writeFileSync(`${host.root}/tmp/own\ufffd`, "#!/bin/sh\nexit 2\n", { mode: 0o755 });
        fs.symlinkSync(path, `${host.root}/${scripts}/callouts/link`);
        return {};
      },
    ],
    [
      "someone else's script that a link reaches with .. below a root that is a link",
      (host) => {
        const name = `theirs-${basename(host.root)}`;
        fs.mkdirSync(`${host.root}/tmp/a`);
        fs.symlinkSync(host.root, `${host.root}/tmp/a/root`);
        copyTheirs(host, `${dirname(host.root)}/${name}`);
        onTestFinished(() => fs.rmSync(`${dirname(host.root)}/${name}`));
        // Root's own, where the link would lead if the root were no link.
        copyTheirs(host, `${host.root}/tmp/a/${name}`, 0);
        fs.symlinkSync(`../../../../../../${name}`, `${host.root}/${scripts}/callouts/link`);
        return { root: `${host.root}/tmp/a/root` };
      },
    ],
    [
      "someone else's script that a link reaches with .. beyond a relative root",
      (host) => {
        copyTheirs(host, `${host.root}/tmp/theirs`);
        fs.symlinkSync(`../../../../../../${basename(host.root)}/tmp/theirs`, `${host.root}/${scripts}/callouts/link`);
        return { root: basename(host.root), directory: dirname(host.root) };
      },
    ],
  ];

  interface Place {
    readonly root: string;
    readonly directory: string;
  }

  /** A script that says that it ran, made by another user. */
  function copyTheirs(host: Host, path: string | Buffer, owner = 65534): void {
    fs.copyFileSync(`${host.root}/theirs`, path);
    fs.chownSync(path, owner, owner);
  }

  test.each(slippery)("%s", async (what, install) => {
    const verdict = new Verdict("a command of root with someone else's script", what);
    const host = makeHost();
    fs.writeFileSync(`${host.root}/theirs`, `#!/bin/sh\necho ran >> '${host.root}/ran'\nexit 0\n`, { mode: 0o755 });
    fs.mkdirSync(`${host.root}/tmp`);
    fs.chmodSync(`${host.root}/tmp`, 0o1777);
    const { root = host.root, directory } = install(host);
    const result = await run(root, define, { directory });
    verdict.tried++;
    if (fs.existsSync(`${host.root}/ran`)) verdict.lost("runs it", result.stderr);
    if (isOurs) expect(result.stderr).toMatch(/belongs to the user with id 65534|is not valid UTF-8/);
    verdict.conclude();
  });

  test.each(untrusted)("%s", async (what, change, named) => {
    const verdict = new Verdict("a command of root with someone else's script", what);
    const host = makeHost({ [`${P}/${B}`]: definition() });
    host.activate(B);
    host.script("callouts", "theirs", 'echo "$4" >> "$root/ran"; exit 0');
    change(host.root);
    const lines = [define.join(" "), `modify -u ${B} --auto`, `undefine -u ${B}`, `start -u ${A} -p ${P} -t ${T}`];
    const before = JSON.stringify([host.definitions(), host.device()]);
    for (const line of [...lines, `stop -u ${B}`]) {
      const result = await run(host.root, line.split(" "));
      verdict.tried++;
      if (!isOurs) continue;
      expect(result).toEqual({
        end: 1,
        stdout: "",
        stderr: expect.stringMatching(/^mdevctl: will not run .* as root: /),
      });
      expect(result.stderr).toContain(` ${host.root}/${named} `);
    }
    if (isOurs) expect(JSON.stringify([host.definitions(), host.device()])).toBe(before);
    const listed = await run(host.root, ["list", "-v"]);
    verdict.tried++;
    if (listed.end !== 0 || !listed.stdout.startsWith(`${B} ${P}`)) verdict.lost("listing incomplete", listed.stderr);
    if (fs.existsSync(`${host.root}/ran`)) verdict.lost("runs it", host.read("ran"));
    verdict.conclude();
  });
});

function scriptsOf(host: Host): string[] {
  return fs.existsSync(`${host.root}/pids`) ? host.read("pids").trim().split("\n") : [];
}

/** A zombie is not running. */
function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Kills what the scripts of a host have started, which have its root in their environment. */
function killAll(host: Host): void {
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(host.root)) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended, or is not ours.
    }
  }
}
