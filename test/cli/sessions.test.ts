// The sessions in the manuals, the README and the guides, run in a shell as they are: each command prints what
// stands below it.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { program } from "./program.ts";

interface Step {
  readonly command: string;
  /** What it writes to stdout and stderr. */
  readonly output: string;
}

/** A step begins with `$ `; its command continues with `> ` in a here document, or after a backslash. */
function stepsIn(lines: readonly string[]): Step[] {
  const steps: { command: string; output: string }[] = [];
  let continued = false;
  for (const line of lines) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), output: "" });
    else if (last !== undefined && continued) last.command += `\n${line}`;
    else if (last !== undefined && line.startsWith("> ")) last.command += `\n${line.slice(2)}`;
    else if (last !== undefined) last.output += `${line}\n`;
    continued = line.endsWith("\\");
  }
  return steps;
}

function stepsInMarkdown(text: string): Step[] {
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = ""]) =>
    stepsIn(block.trimEnd().split("\n")),
  );
}

/** Reads displays in mdoc(7); those without a prompt are not sessions. */
function stepsInManual(text: string): Step[] {
  const unescaped = text.replaceAll("\\-", "-").replaceAll("\\e", "\\");
  return [...unescaped.matchAll(/^\.Bd -literal.*?\n(.*?)^\.Ed$/gms)].flatMap(([, block = ""]) =>
    stepsIn(block.trimEnd().split("\n")),
  );
}

/** A working directory, with the programs on the PATH. */
function workplace(): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  const directory = mkdtempSync(join(tmpdir(), "mdevctl-session-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "bin"));
  for (const name of ["mdevctl", "lsmdev"]) symlinkSync(program, join(directory, "bin", name));
  symlinkSync(resolve("docs"), join(directory, "docs"));
  const { MDEVCTL_ENV_ROOT, MDEVCTL_LOG, MDEVCTL_LOG_STYLE, MDEVCTL_CALLOUT_TIMEOUT, ...environment } = process.env;
  return { cwd: directory, env: { ...environment, PATH: `${directory}/bin:${process.env.PATH}` } };
}

/** Runs the commands in one shell. */
function play(steps: readonly Step[], place: ReturnType<typeof workplace>): Step[] {
  const mark = "--- end of step ---";
  const script = steps.map(({ command }) => `${command}\necho '${mark}'\n`).join("");
  const { stdout } = spawnSync("sh", ["-c", `exec 2>&1\n${script}`], { ...place, encoding: "utf8" });
  const outputs = stdout.split(`${mark}\n`);
  return steps.map(({ command }, index) => ({ command, output: outputs[index] ?? "" }));
}

test.each([
  ["man/mdevctl.8", stepsInManual],
  ["man/lsmdev.8", stepsInManual],
  ["man/mdevctl-state.5", stepsInManual],
  ["README.md", stepsInMarkdown],
])("the examples of %s work in a sandbox as printed", (file, stepsIn) => {
  const text = readFileSync(file, "utf8");
  const steps = stepsIn(text);
  expect(steps.length).toBe(text.match(/^\$ /gm)?.length);
  const place = workplace();
  execFileSync(program, ["sandbox", "host"], place);
  place.env.MDEVCTL_ENV_ROOT = join(place.cwd, "host");
  expect(play(steps, place)).toEqual(steps);
});

test.each(["docs/callouts.md", "docs/metrics.md", "docs/nvidia.md", "docs/state.md"])(
  "the session in %s works as printed",
  (file) => {
    const text = readFileSync(file, "utf8");
    const steps = stepsInMarkdown(text);
    expect(steps.length).toBe(text.match(/^\$ /gm)?.length);
    expect(play(steps, workplace())).toEqual(steps);
  },
);
