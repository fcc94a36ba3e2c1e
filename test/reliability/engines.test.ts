// The built program does the same as its source does in this process, with thousands of definitions and hundreds of
// command lines. For the native build this compares two JavaScript engines, and two interfaces to the operating system.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { run as runHere } from "../../src/run.ts";
import { nodeSystem } from "../../src/system/node.ts";
import { active, both, defined, definitionLike, endingLine, jsonOf, twice } from "./arbitraries.ts";
import { A, definition, type Host, makeHost, P, T } from "./host.ts";
import { type Ended, isOurs, run } from "./program.ts";

async function runInProcess(root: string, args: readonly string[]): Promise<Ended> {
  const output = { stdout: "", stderr: "" };
  const environment: Readonly<Record<string, string>> = { MDEVCTL_ENV_ROOT: root };
  const end = await runHere({
    ...nodeSystem(),
    programName: "mdevctl",
    args,
    environment: (name) => environment[name],
    isTerminal: () => false,
    terminalWidth: () => 0,
    write: (stream, text) => {
      output[stream] += text;
    },
  });
  return { end, ...output };
}

test.runIf(isOurs)(
  "5,000 definitions of every kind are read as in this process, and refused in the same words",
  async () => {
    const host = makeHost();
    const texts = [...onlyForSome, ...fc.sample(jsonOf(definitionLike), 5000)];
    for (const [at, text] of texts.entries()) {
      host.write(`etc/mdevctl.d/${P}/${String(at).padStart(8, "0")}${A.slice(8)}`, text);
    }
    for (const args of [
      ["list", "-d", "--dumpjson"],
      ["list", "-d", "-v"],
      ["start-parent-mdevs", P],
    ]) {
      const wanted = await runInProcess(host.root, args);
      expect(await run(host.root, args)).toEqual(wanted);
      expect(wanted.stderr).toContain("cannot read");
    }
  },
);

test.runIf(isOurs)("300 command lines end as in this process, with the same output and the same files", async () => {
  const lines = fc.sample(endingLine, 300).filter((line) => !line.some((word) => word.includes("\0")));
  expect(lines.length).toBeGreaterThan(200);
  // Whether the program is lsmdev depends on its file name, which is not on the command line.
  for (const line of lines.filter(([command]) => command !== "lsmdev")) {
    const [mine, its] = [makeMachine(), makeMachine()] as const;
    const argsOn = ({ root }: Host) => line.map((word) => word.replaceAll("@root", root));
    const wanted = await runInProcess(mine.root, argsOn(mine));
    const ended = await run(its.root, argsOn(its));
    const normalizeEnd = (ofEnd: Ended, { root }: Host) =>
      JSON.parse(makeComparable(JSON.stringify({ line, ...ofEnd }), root));
    expect(normalizeEnd(ended, its)).toEqual(normalizeEnd(wanted, mine));
    expect(filesOf(its)).toEqual(filesOf(mine));
    for (const host of [mine, its]) host.remove();
  }
});

/** Not JSON, but some engine accepts it. */
const onlyForSome = ["-01", "5.", "5.e3", '"\\x"', '"\\ud800"', '"\t"', "1,", "[1,]", "+1", "0x1", "NaN", "/**/1"].map(
  (value) => `{"mdev_type":"mtty-1","start":"auto","other":${value}}`,
);

function makeMachine(): Host {
  const attributes = [{ speed: "fast" }];
  const host = makeHost({
    [`mtty/${defined}`]: definition(attributes),
    [`matrix/${both}`]: definition(),
    [`mtty/${twice}`]: definition(),
    [`matrix/${twice}`]: definition(attributes, "other"),
  });
  host.activate(active);
  host.activate(both);
  host.write("json/good", definition(attributes, T));
  host.write("json/bad", '{"mdev_type":1}');
  return host;
}

/** Paths without the root, and new UUIDs without their digits. */
function makeComparable(text: string, root: string): string {
  return text
    .replaceAll(root, "@root")
    .replaceAll(/"time":\d+/g, '"time":0')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, (uuid) =>
      known.has(uuid) ? uuid : "UUID",
    );
}

const known = new Set<string>([A, defined, active, both, twice]);

function filesOf({ root }: Host): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
  return files.map((path) => makeComparable(`${path}: ${readFileSync(path, "utf8")}`, root)).sort();
}
