// Invalid things in place of a definition. Nothing hangs or crashes on them, other devices are not affected, the device
// itself is refused with a reason, and it can always be undefined.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { A, B, C, definition, type Host, makeHost, P, T } from "./host.ts";
import { isOurs, run } from "./program.ts";
import { Verdict } from "./verdict.ts";

interface Hostile {
  readonly what: string;
  readonly put: (path: string, host: Host) => void | Promise<void>;
  /** What the error says about it. */
  readonly problem: string;
  readonly onlyRoot?: true;
  /** mdevctl 1.4.0 has no such limit. */
  readonly onlyOurs?: true;
  readonly staysWhenUndefined?: true;
}

const text = (content: string | Buffer) => (path: string) => fs.writeFileSync(path, content);
const link = (target: string) => (path: string) => fs.symlinkSync(target, path);
const shell = (command: string) => (path: string) => void execFileSync("sh", ["-c", command, "sh", path]);
const noFile = "it is not a regular file";

const things: readonly Hostile[] = [
  { what: "a pipe", put: shell('mkfifo "$1"'), problem: noFile },
  { what: "a pipe with a writer", put: openPipe, problem: noFile },
  { what: "a socket", put: listen, problem: noFile },
  { what: "an endless device", put: shell('mknod "$1" c 1 5'), problem: noFile, onlyRoot: true },
  { what: "a directory", put: (path) => fs.mkdirSync(path), problem: noFile },
  {
    what: "a directory that is not empty",
    put: (path) => void fs.mkdirSync(`${path}/inside`, { recursive: true }),
    problem: noFile,
    staysWhenUndefined: true,
  },
  { what: "a dangling link", put: link("nowhere"), problem: "no such file or directory" },
  { what: "a link to itself", put: link(A), problem: "too many levels of symbolic links" },
  { what: "a link to a directory", put: link("."), problem: noFile },
  { what: "a link to an endless device", put: link("/dev/zero"), problem: noFile },
  { what: "a sparse file of 100 GiB", put: shell('truncate -s 100G "$1"'), problem: "file too large" },
  {
    what: "a file of 1 MiB and one byte",
    put: text(definition().padEnd(1024 * 1024 + 1)),
    problem: "file too large",
    onlyOurs: true,
  },
  { what: "an empty file", put: text(""), problem: "it is empty" },
  { what: "half a definition", put: text(definition().slice(0, 30)), problem: "it ends too early" },
  { what: "invalid UTF-8", put: text(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), problem: "not valid UTF-8" },
  { what: "NUL bytes", put: text(Buffer.alloc(4096)), problem: "not valid JSON at line 1, column 1" },
  {
    what: "half a surrogate pair",
    put: text(definition().replace(T, "\\ud800")),
    problem: "not valid JSON at line 2, column 16",
  },
  { what: "nested arrays that are not closed, 200,000 deep", put: text("[".repeat(200_000)), problem: "" },
  { what: "nested arrays, 200,000 deep", put: text(`${"[".repeat(200_000)}${"]".repeat(200_000)}`), problem: "" },
  { what: "nested objects, 100,000 deep", put: text('{"a":'.repeat(100_000)), problem: "" },
  {
    what: "attributes 200,000 deep",
    put: text(`{"mdev_type":"t","start":"auto","attrs":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
    problem: "",
  },
  { what: "a string that is not closed", put: text(`"${"x".repeat(1_000_000)}`), problem: "" },
  { what: "a string of backslashes that is not closed", put: text(`"${"\\".repeat(1_000_000)}`), problem: "" },
  { what: "an invalid word of a million letters", put: text("x".repeat(1_000_000)), problem: "" },
  { what: "a type that is a number", put: text('{"mdev_type":1,"start":"auto"}'), problem: "field 'mdev_type'" },
];

function openPipe(path: string): void {
  execFileSync("mkfifo", [path]);
  const writer = fs.openSync(path, fs.constants.O_RDWR);
  onTestFinished(() => fs.closeSync(writer));
}

async function listen(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(path, done));
  onTestFinished(() => void server.close());
}

const isRoot = process.getuid?.() === 0;
const seconds = 60;

test.for(things.filter(({ onlyRoot, onlyOurs }) => (isRoot || !onlyRoot) && (isOurs || !onlyOurs)))(
  "$what in place of a definition",
  async ({ what, put, problem, staysWhenUndefined }) => {
    const verdict = new Verdict("a command with an invalid definition present", what);
    const host = makeHost({ [`${P}/${B}`]: definition() });
    const path = `${host.root}/etc/mdevctl.d/${P}/${A}`;
    await put(path, host);
    for (const uuid of [A, B]) host.activate(uuid);

    const others: readonly (readonly [line: string, stdout: string])[] = [
      ["list -d", `${B} ${P} ${T} auto (active)\n`],
      ["list", `${B} ${P} ${T} auto (defined)\n`],
      [`list -d -u ${B}`, `${B} ${P} ${T} auto (active)\n`],
      [`modify -u ${B} --manual`, ""],
    ];
    for (const [line, stdout] of others) {
      const result = await torture(line);
      if (result.end !== 0) verdict.lost("other devices affected", `${line}: ${result.stderr}`);
      if (isOurs) expect({ line, ...result }).toMatchObject({ end: 0, stdout: expect.stringContaining(stdout) });
    }
    for (const line of [
      `list -d -u ${A}`,
      `modify -u ${A} --auto`,
      `start -u ${A}`,
      `define -u ${A} -p ${P} -t ${T}`,
    ]) {
      const result = await torture(line);
      if (result.end === 0 && !line.startsWith("list")) verdict.lost("accepted as a definition", line);
      const reason = line.startsWith("define") ? `it is defined under ${P} already` : `${path}: ${problem}`;
      // A link is not ours to modify, whatever it leads to.
      const refusal = line.startsWith("modify") && fs.lstatSync(path).isSymbolicLink() ? "is a link to" : reason;
      if (isOurs) expect(result).toEqual({ end: 1, stdout: "", stderr: expect.stringContaining(refusal) });
    }
    await torture(`start-parent-mdevs ${P}`);
    const undefining = await torture(`undefine -u ${A}`);
    const isThere = fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (isThere && !staysWhenUndefined) verdict.lost("cannot be undefined", undefining.stderr);
    if (isThere === (undefining.end === 0)) verdict.lost("success reported, not done", undefining.stderr);
    verdict.conclude();

    async function torture(line: string) {
      const result = await run(host.root, line.split(" "), { seconds });
      verdict.tried++;
      if (result.end === "SIGKILL") verdict.lost("hangs", line);
      else if (![0, 1].includes(Number(result.end))) verdict.lost("crashes", `${line}: ${result.end} ${result.stderr}`);
      if (/\bbug\b/.test(result.stderr)) verdict.lost("crashes", `${line}: ${result.stderr}`);
      return result;
    }
  },
);

describe.runIf(isOurs)("names", () => {
  const good = { [`${P}/${B}`]: definition() };
  const line = `${B} ${P} ${T} auto\n`;

  test.each<[string, (directory: string) => void, string]>([
    ["not UTF-8", shell('cd "$1" && mkdir "$(printf \'a\\377\')"'), "its name is not valid UTF-8"],
    ["a link to itself", (directory) => fs.symlinkSync("loop", `${directory}/loop`), "too many levels"],
    ["a pipe", shell('mkfifo "$1/pipe"'), ""],
    ["a link to a pipe", shell('mkfifo "$1/pipe"; ln -s pipe "$1/link"'), ""],
  ])("a parent's directory that is %s does no harm to others", async (_what, put, warning) => {
    const host = makeHost(good);
    put(`${host.root}/etc/mdevctl.d`);
    const listed = await run(host.root, ["list", "-d"], { seconds });
    expect(listed).toEqual({ end: 0, stdout: line, stderr: expect.stringContaining(warning) });
    expect(await run(host.root, ["list", "-d", "-u", B], { seconds })).toMatchObject({ end: 0, stdout: line });
    expect(await run(host.root, ["undefine", "-u", B], { seconds })).toMatchObject({ end: 0 });
  });

  test("a name on the command line that is not UTF-8 is refused, not replaced by another name", async () => {
    const host = makeHost();
    const under = ["sh", "-c", 'exec "$@" --parent "$(printf \'a\\377\')"', "sh"];
    const result = await run(host.root, ["define", "-u", A, "-t", T], { under });
    expect(result).toEqual({ end: 2, stdout: "", stderr: expect.stringContaining("is not valid UTF-8") });
    expect(fs.readdirSync(`${host.root}/etc/mdevctl.d`)).toEqual([]);
  });

  test("an attribute whose name leads out of the device is not written, and the device is removed again", async () => {
    const host = makeHost({ [`${P}/${A}`]: definition([{ speed: "fast" }, { "driver/bind": "1" }]) });
    host.write("sys/bus/driver/bind", "");
    fs.symlinkSync("../../../bus/driver", `${host.root}/sys/devices/${P}/${A}/driver`);
    const result = await run(host.root, ["start", "-u", A]);
    expect(result).toEqual({ end: 1, stdout: "", stderr: expect.stringContaining("leads out of the device") });
    expect(host.read("sys/bus/driver/bind")).toBe("");
    expect(host.device().active).toBe(false);
  });
});

describe.runIf(isOurs)("a --jsonfile", () => {
  const define = (file: string) => ["define", "-u", A, "-p", P, "--jsonfile", file];

  test.each([
    ["a pipe from the shell", 'echo "$JSON" | "$@" /dev/stdin'],
    ["a process substitution", 'mkfifo p; echo "$JSON" > p & "$@" p'],
  ])("that is %s is read to its end", async (_what, command) => {
    const host = makeHost();
    const under = ["sh", "-c", `cd "$MDEVCTL_ENV_ROOT"; ${command}`, "sh"];
    const environment = { JSON: definition([{ speed: "fast" }]) };
    const result = await run(host.root, define("").slice(0, -1), { under, environment, seconds });
    expect(result).toEqual({ end: 0, stdout: "", stderr: "" });
    const text = JSON.stringify({ mdev_type: T, start: "auto", attrs: [{ speed: "fast" }] }, null, 2);
    expect(host.read(`etc/mdevctl.d/${P}/${A}`)).toBe(text);
  });

  test.each([
    ["/dev/zero", "file too large"],
    ["/", "is a directory"],
    ["/nowhere", "no such file or directory"],
    ["/dev/null", "it is empty"],
    ["/proc/self/cmdline", "not valid JSON"],
  ])("%s is refused", async (file, problem) => {
    const host = makeHost();
    const result = await run(host.root, define(file), { seconds });
    expect(result).toEqual({ end: 1, stdout: "", stderr: expect.stringContaining(`cannot read ${file}: ${problem}`) });
    expect(host.definitions()).toEqual({});
  });

  test("whose definition would be too large to be read again is refused", async () => {
    const host = makeHost();
    // Small enough as it is, but not with a line and indentation for each attribute.
    const attrs = Array.from({ length: 60_000 }, () => ({ a: "1" }));
    host.write("file", JSON.stringify({ mdev_type: T, start: "auto", attrs }));
    const result = await run(host.root, define(`${host.root}/file`), { seconds });
    expect(result).toMatchObject({ end: 1, stderr: expect.stringContaining("would be larger than 1 MiB") });
    expect(host.definitions()).toEqual({});
  });
});

test("100,000 definitions under one parent, among other files, can be listed and changed", async () => {
  const verdict = new Verdict("100,000 definitions under one parent");
  const host = makeHost({ [`${P}/${B}`]: definition() });
  const directory = `${host.root}/etc/mdevctl.d/${P}`;
  const many = 100_000;
  for (let at = 0; at < many; at++) {
    const digits = at.toString(16).padStart(8, "0");
    fs.writeFileSync(`${directory}/${digits}${A.slice(8)}`, definition());
    if (at % 10 === 0) fs.writeFileSync(`${directory}/note-${digits}`, "");
  }
  const listed = await run(host.root, ["list", "-d"]);
  verdict.tried = many;
  if (listed.stdout.split("\n").length !== many + 2) verdict.lost("listing incomplete", listed.stderr);
  for (const line of [`modify -u ${B} --manual`, `undefine -u ${B}`, `define -u ${C} -p ${P} -t ${T}`]) {
    const { end, stderr } = await run(host.root, line.split(" "));
    if (end !== 0) verdict.lost("command fails", `${line}: ${stderr}`);
  }
  verdict.conclude();
});
