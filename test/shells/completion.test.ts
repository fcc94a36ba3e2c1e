// The completion scripts in real shells, on a sandbox: what is offered while a command line is typed, and what a tab
// completes. candidates.* ask each shell.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadCommands } from "../../src/commands.ts";

const commands = await loadCommands();

const program = resolve(process.env.MDEVCTL_BIN ?? "dist/mdevctl.js");
const active = "0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60";
const defined = "1e2a8d63-4b46-4a1f-8e4d-6b3c9d2f5a71";
const full = "3a4c0f75-6d68-4c3b-8a6f-8d5ebf4b7c93";
const both = "2f3b9e74-5c57-4b2a-9f5e-7c4dae3a6b82";

let work: string;
let environment: NodeJS.ProcessEnv;

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "mdevctl-shells-"));
  mkdirSync(join(work, "bin"));
  for (const name of ["mdevctl", "lsmdev"]) symlinkSync(program, join(work, "bin", name));
  environment = {
    ...process.env,
    PATH: `${join(work, "bin")}:${process.env.PATH}`,
    HOME: work,
    TERM: "dumb",
    MDEVCTL_ENV_ROOT: join(work, "host"),
  };
  mdevctl("sandbox", join(work, "host"));
  mdevctl("start", "--uuid", active, "--parent", "mtty", "--type", "mtty-2");
  mdevctl("define", "--uuid", defined, "--parent", "matrix", "--type", "vfio_ap-passthrough");
  mdevctl("define", "--uuid", both, "--parent", "0000:41:00.4", "--type", "nvidia-558");
  mdevctl("start", "--uuid", both);
  // Nothing more can be created on the card.
  mdevctl("start", "--uuid", full, "--parent", "0000:82:00.4", "--type", "L40S-48Q");
});

afterAll(() => rmSync(work, { recursive: true }));

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

function mdevctl(...args: string[]): string {
  return execFileSync(join(work, "bin/mdevctl"), args, { env: environment, encoding: "utf8" });
}

function script(shell: Shell): string {
  return resolve("dist/completions", { bash: "mdevctl.bash", zsh: "_mdevctl", fish: "mdevctl.fish" }[shell]);
}

/** What the shell offers at the end of the line, sorted; whole words, without descriptions. */
function listOffers(shell: Shell, line: string): string[] {
  const options = { bash: [], zsh: ["-f"], fish: ["--no-config"] }[shell];
  const args = [...options, resolve(`test/shells/candidates.${shell}`), script(shell), line];
  const { stdout, stderr, error } = spawnSync(shell, args, { env: environment, encoding: "utf8" });
  expect({ error, stderr }).toEqual({ error: undefined, stderr: "" });
  const word = line.slice(line.lastIndexOf(" ") + 1);
  const prefix = word.includes("=") ? word.slice(0, word.indexOf("=") + 1) : "";
  const kept = shell === "bash" ? word.slice(prefix.length).replace(/[^:]*$/, "") : "";
  const candidates = stdout.split("\n").filter((candidate) => candidate !== "");
  // A shell shows duplicates only once.
  return [...new Set(candidates.map((candidate) => kept + candidate.replace(/\t.*/, "").replace(prefix, "")))].sort();
}

const virtualFunctions = ["00.4", "00.5", "00.6", "00.7", "01.0", "01.1", "01.2", "01.3"].map(
  (slot) => `0000:41:${slot}`,
);
const card = ["00.4", "00.5", "00.6", "00.7", "01.0", "01.1", "01.2", "01.3"].map((slot) => `0000:82:${slot}`);
const nvidiaTypes = ["nvidia-557", "nvidia-558", "nvidia-563", "nvidia-566"];
const parents = ["0000:00:02.0", ...virtualFunctions, "0000:82:00.0", ...card, "matrix", "mtty"];

describe.each(shells)("in %s", (shell) => {
  test("the commands that the help shows are offered", () => {
    const names = commands.filter(({ hidden }) => !hidden).map(({ name }) => name);
    expect(listOffers(shell, "mdevctl ").filter((word) => !word.startsWith("-"))).toEqual([...names, "help"].sort());
    expect(listOffers(shell, "mdevctl help ")).toEqual([...names, "help"].sort());
    expect(listOffers(shell, "mdevctl un")).toEqual(["undefine"]);
    expect(listOffers(shell, "mdevctl --v")).toEqual(["--version"]);
  });

  test.each(commands)("every option of $name is offered", ({ name, options }) => {
    const expected = ["help", ...options.map((option) => option.name)].map((option) => `--${option}`);
    expect(listOffers(shell, `mdevctl ${name} --`)).toEqual(expected.sort());
  });

  test.each([
    ["an active device without a definition", "mdevctl define --uuid ", [active, full]],
    ["a defined device that is not active", "mdevctl start --uuid ", [defined]],
    ["an active device", "mdevctl stop -u ", [active, both, full]],
    ["a defined device", "mdevctl undefine --uuid=", [defined, both]],
    ["a defined device of the given parent", "mdevctl modify --parent matrix --uuid ", [defined]],
    ["any device", "lsmdev --uuid ", [active, defined, both, full]],
    ["a device that is partly typed", "mdevctl stop --uuid 0d", [active]],
    ["an active device as an argument", "mdevctl stop ", [active, both, full]],
    ["a defined device as an argument after an option", "mdevctl undefine --force ", [defined, both]],
    ["a device that is partly typed as an argument", "mdevctl start 1e", [defined]],
    ["a parent or a card", "mdevctl start --parent ", parents],
    ["a parent, a card or a device", "mdevctl status ", [active, defined, both, full, ...parents].sort()],
    ["a device to be examined, partly typed", "mdevctl doctor 1e", [defined]],
    ["a parent that is partly typed, with a colon", "mdevctl types --parent 0000:4", virtualFunctions],
    ["a parent in the same word", "mdevctl types --parent=0000:4", virtualFunctions],
    ["a parent as an operand", "mdevctl start-parent-mdevs m", ["matrix", "mtty"]],
    ["a parent with a definition", "mdevctl undefine --parent ", ["0000:41:00.4", "matrix"]],
    ["a parent with a device", "lsmdev -p ", ["0000:41:00.4", "0000:82:00.4", "matrix", "mtty"]],
    ["a type of the given parent", "mdevctl define --parent mtty --type ", ["mtty-1", "mtty-2"]],
    ["a type of the parent in the same word", "mdevctl define --parent=mtty -t ", ["mtty-1", "mtty-2"]],
    ["a type of the given device's parent", `mdevctl modify --uuid ${defined} --auto --type `, ["vfio_ap-passthrough"]],
    ["a type of the parent of a device that is an argument", `mdevctl modify ${defined} -t `, ["vfio_ap-passthrough"]],
    ["a type of the parent of a device in the same word", `mdevctl modify --uuid=${both} -t `, nvidiaTypes],
    [
      "a type of the given parent, whatever the device",
      `mdevctl modify -u ${defined} -p mtty -t `,
      ["mtty-1", "mtty-2"],
    ],
    ["a type of any parent for a new device", `mdevctl start --uuid ${active} --type mtty`, ["mtty-1", "mtty-2"]],
    ["a type of any parent", "mdevctl define --type nvidia-55", ["nvidia-557", "nvidia-558"]],
    ["a file", "mdevctl define --jsonfile package-l", ["package-lock.json"]],
    ["a file as an operand", "mdevctl plan package-l", ["package-lock.json"]],
    ["a file as an operand after an option", "mdevctl apply --prune package-l", ["package-lock.json"]],
    ["a file of labels", "mdevctl apply --labels-file package-l", ["package-lock.json"]],
    ["a word that the option takes", "mdevctl attach --for ", ["kubevirt", "libvirt", "nova", "qemu"]],
    ["such a word in the same word, partly typed", "mdevctl attach 0d1f --for=li", ["libvirt"]],
    ["nothing for a number", "mdevctl modify --index ", []],
  ])("%s is offered: %s", (_, line, expected) => {
    expect(listOffers(shell, line)).toEqual(expected);
  });

  test.each([
    ["an option that excludes a given one", "mdevctl define --auto --", "--jsonfile"],
    ["an option that a given one excludes", "mdevctl define --jsonfile x --", "--type"],
    ["one of several that exclude each other", "mdevctl modify --manual --", "--auto"],
    ["an option a second time", "lsmdev --verbose --", "--verbose"],
    ["an option that was given with its value in the same word", "mdevctl start --uuid=x --", "--uuid"],
    ["the card beside the parent", "mdevctl export --parent mtty --", "--card"],
    ["an option whose value was given as an argument", "mdevctl stop 0d1f --", "--uuid"],
  ])("%s is not offered", (_, line, option) => {
    const options = listOffers(shell, line);
    expect(options).toContain("--help");
    expect(options).not.toContain(option);
  });

  test.each(["mdevctl stop --uuid 0d1f ", "mdevctl stop 0d1f "])("no device is offered a second time: %s", (line) => {
    expect(listOffers(shell, line).filter((word) => !word.startsWith("-"))).toEqual([]);
  });

  test.each(["--parent 0000:00", "--parent=0000:00", "-p 0000:0"])("a tab completes a PCI address: %s", (typed) => {
    const start = { bash: "bash --norc -i", zsh: "zsh -f -i", fish: "fish --no-config" }[shell];
    const prepare = shell === "zsh" ? "autoload -Uz compinit; compinit -D -u; " : "";
    const input = `${prepare}source ${script(shell)}\nmdevctl types ${typed}\t\nexit\n`;
    const { stdout } = spawnSync("script", ["-qec", start, "/dev/null"], { env: environment, encoding: "utf8", input });
    expect(stdout).toContain("i915-GVTg_V5_4");
  });
});
