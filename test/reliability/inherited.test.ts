// What a careless caller leaves us: open descriptors, ignored and blocked signals, low limits. Commands with a callout script do
// their work all the same, or say why they cannot.

import { describe, expect, test } from "vitest";
import { A, definition, makeHost, P, T } from "./host.ts";
import { isOurs, run } from "./program.ts";

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
