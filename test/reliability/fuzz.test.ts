// Whatever is on the command line, in a definition, in a file for apply or in a script's answer, the exit status is one that is
// documented, no bug is reported, nothing outside the root is touched, and every definition is whole. This runs in this process, on a machine
// in memory, and skips the native build. $MDEVCTL_FUZZ_CASES is the total number of cases.

import { normalize } from "node:path/posix";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { run } from "../../src/run.ts";
import { sandboxCards } from "../../src/sandbox/parents.ts";
import { writeSandbox } from "../../src/sandbox/simulate.ts";
import type { Outcome, Program } from "../../src/system.ts";
import { testParents } from "../../src/testing/machine.ts";
import { parsePlan } from "../../src/testing/plan.ts";
import {
  active,
  attributesLike,
  both,
  capabilitiesLike,
  commandLine,
  defined,
  definitionLike,
  fresh,
  goodDefinition,
  jsonOf,
  outcomeWith,
  text,
  twice,
} from "./arbitraries.ts";
import { definition } from "./host.ts";
import { Memory, type Run } from "./memory.ts";
import { isNative } from "./program.ts";
import { brokenText, foreignText, planOptions, stateText } from "./states.ts";

const cases = Number(process.env.MDEVCTL_FUZZ_CASES ?? 120_000);
let commandLines = 0;
afterAll(() => {
  if (!isNative) console.log(`fuzzing: ${cases} cases, ${commandLines} command lines`);
});

const root = "/root";
const definitions = `${root}/etc/mdevctl.d`;
const scripts = `${root}/usr/lib/mdevctl/scripts.d`;
const tool = `${root}/usr/bin/nvidia-smi`;

/** Few virtual functions are looked at sooner. */
const cards = sandboxCards.map((card) => ({ ...card, functions: card.functions.slice(0, 3) }));
const goodState = `version: 1
groups:
  - {card: 0000:82:00.0, devices: [{type: L40S-8Q, count: 2}, {type: L40S-8Q, vf: 2, start: manual}]}
  - {parent: mtty, devices: [{type: mtty-1, uuid: ${defined}, start: manual}, {type: mtty-2}]}
`;

/** Made once; each case has a copy. */
const machine = await makeMachine();

async function makeMachine(): Promise<Memory> {
  const memory = new Memory();
  memory.put("/outside/file", "theirs");
  memory.put(`${root}/json/good`, definition([{ "power/control": "on" }], "mtty-1"));
  memory.put(`${root}/json/bad`, '{"mdev_type":1}');
  memory.put(`${root}/state/good.yaml`, goodState);
  writeSandbox(memory.system({ args: [] }), root, { parents: testParents, cards });
  const attributes = [{ assign_adapter: "5" }, { assign_domain: "4" }];
  memory.put(`${definitions}/mtty/${defined}`, definition([], "mtty-1"));
  memory.put(`${definitions}/matrix/${both}`, definition(attributes, "vfio_ap-passthrough"));
  memory.put(`${definitions}/mtty/${twice}`, definition([], "mtty-2"));
  memory.put(`${definitions}/matrix/${twice}`, definition(attributes, "vfio_ap-passthrough"));
  for (const args of [
    ["start", "-u", both],
    ["start", "-u", active, "-p", "mtty", "-t", "mtty-2"],
  ]) {
    expect(await call(memory, { args })).toMatchObject({ status: 0, stderr: "" });
  }
  return memory;
}

async function call(memory: Memory, { environment, ...rest }: Run) {
  memory.output = { stdout: "", stderr: "" };
  const status = await run(memory.system({ ...rest, environment: { ...environment, MDEVCTL_ENV_ROOT: root } }));
  commandLines++;
  return { status, ...memory.output };
}

/** Paths that may change: definitions, their directories, states before and claims, metrics, and what the simulated kernel writes. */
const mayChange =
  /^\/root\/(etc\/mdevctl\.d\/[^/]+(\/[^/]+)?|(var|var\/lib|run)(\/mdevctl(\/.+)?)?|(sys|dev\/vfio)\/.+|mdevctl-sandbox\.[^/]+|out\.prom[^/]*)$/;

const looksForUsers = ["stop", "status", "doctor", "monitor", "metrics", "plan", "apply", "export", "import"];

/** What others than 0, 1 and 2 mean. */
const findings: Readonly<Record<string, readonly number[]>> = { doctor: [3], plan: [3, 4], apply: [4] };

/** Runs one command line and checks what must hold for all of them. */
async function torture(memory: Memory, line: Run) {
  memory.changed.clear();
  memory.seen.clear();
  const result = await call(memory, line);
  const { status, stdout, stderr } = result;
  const isFinding = findings[line.args[0] ?? ""]?.includes(status) ?? false;
  if (![0, 1, 2].includes(status) && !isFinding) throw new Error(`status ${status}`);
  if (/\bbug\b/.test(stderr)) throw new Error(stderr);
  if (isFinding && stdout.includes("check-crashed")) throw new Error(stdout);
  // What has failed of a plan is told where the plan is.
  const isTold = stderr !== "" || (line.args[0] === "apply" && stdout !== "");
  if (status !== 0 && !isFinding && !isTold) throw new Error(`status ${status}, and no word about it`);
  // What the driver's program answers is kept until the next boot, and what apply was asked for.
  const changed = [...memory.changed].filter(
    (path) => !/^\/root\/run(\/mdevctl(\/(nvidia-smi|applied\.json).*)?)?$/.test(path),
  );
  if ((status === 2 || line.args[0] === "plan") && changed.length > 0) throw new Error(`changed ${changed}`);
  for (const path of memory.changed) if (!mayChange.test(path)) throw new Error(`changed ${path}`);
  const takesFiles = ["plan", "apply", "import"].includes(line.args[0] ?? "");
  const named = line.args.map((arg, at) => {
    if (takesFiles) return arg.replace(/^--labels-file=/, "");
    if (arg === "--syslog") return "/dev/kmsg";
    if (arg.startsWith("--jsonfile=")) return arg.slice("--jsonfile=".length);
    return line.args[at - 1] === "--jsonfile" ? arg : root;
  });
  for (const path of memory.seen) {
    const isInside = `${root}/`.startsWith(`${path}/`) || path.startsWith(`${root}/`);
    const isNamed = named.some((file) => normalize(`${file}/`).startsWith(`${path}/`));
    const isProcess = looksForUsers.some((name) => line.args.includes(name)) && `${path}/`.startsWith("/proc/");
    if (!isInside && !isNamed && !isProcess) throw new Error(`touched ${path}`);
  }
  return result;
}

/** A share of all cases. */
function share(part: number): fc.Parameters<unknown> {
  return { numRuns: Math.ceil(cases * part) };
}

const nothing: Outcome = { end: { status: 2 }, stdout: "", stderr: "" };
const agreed: Outcome = { end: { status: 0 }, stdout: "", stderr: "" };

test.skipIf(isNative)("any command lines leave definitions that are whole", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commandLine, { minLength: 1, maxLength: 3 }), async (lines) => {
      const memory = machine.copy();
      for (const line of lines) {
        const args = line.map((word) => word.replaceAll("@root", root));
        const before = definitionsIn(memory);
        const { status } = await torture(memory, { args, programName: args[0] === "lsmdev" ? "lsmdev" : "mdevctl" });
        const after = definitionsIn(memory);
        for (const text of after.values()) configurationOf(text);
        // Only these continue with the next device when one fails.
        if (status !== 0 && !["undefine", "apply"].includes(args[0] ?? "")) expect(after).toEqual(before);
      }
    }),
    share(0.35),
  );
});

function definitionsIn(memory: Memory): Map<string, string> {
  const files = Object.entries(memory.tree(definitions));
  return new Map(files.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])));
}

function configurationOf(text: string): unknown {
  const { mdev_type, start, attrs } = JSON.parse(text);
  if (typeof mdev_type !== "string" || !["auto", "manual"].includes(start) || !Array.isArray(attrs))
    throw new Error(text);
  return { mdev_type, start, attrs };
}

// Definitions

test.skipIf(isNative)("any definition leaves the others usable and can be undefined", async () => {
  await fc.assert(
    fc.asyncProperty(jsonOf(definitionLike), fc.nat(), async (content, choice) => {
      const memory = machine.copy();
      memory.put(`${scripts}/callouts/vendor`, "");
      memory.put(`${definitions}/mtty/${defined}`, content);
      memory.put(`${root}/json/any`, content);
      const listed = await torture(memory, { args: ["list", "-d"] });
      expect(listed.status).toBe(0);
      for (const uuid of [both, twice]) expect(listed.stdout).toContain(`\n${uuid} `.slice(1));
      const lines = [
        ["list", "-d", "-u", defined],
        ["list", "-d", "--dumpjson"],
        ["start", "-u", defined],
        ["modify", "-u", defined, "--auto"],
        ["modify", "-u", defined, "--delattr"],
        ["modify", "-u", twice, "-p", "mtty", "--jsonfile", `${root}/json/any`],
        ["define", "-u", fresh, "-p", "mtty", "--jsonfile", `${root}/json/any`],
        ["start", "-u", fresh, "-p", "mtty", "--jsonfile", `${root}/json/any`],
        ["start-parent-mdevs", "mtty"],
      ];
      await torture(memory, { args: lines[choice % lines.length] ?? [], program: () => nothing });
      for (const [path, each] of definitionsIn(memory)) if (!path.endsWith(defined)) configurationOf(each);
      expect(await torture(memory, { args: ["undefine", "-u", defined], program: () => nothing })).toMatchObject({
        status: 0,
      });
    }),
    share(0.25),
  );
});

test.skipIf(isNative)("what define writes, list prints and define reads is the same device", async () => {
  await fc.assert(
    fc.asyncProperty(goodDefinition, async (wanted) => {
      const memory = machine.copy();
      const path = `${definitions}/mtty/${fresh}`;
      const define = { args: ["define", "-u", fresh, "-p", "mtty", "--jsonfile", `${root}/json/any`] };
      const print = { args: ["list", "-d", "-u", fresh, "--dumpjson"] };
      const succeed = async (line: Run) => {
        const { status, stdout, stderr } = await torture(memory, line);
        expect(status).toBe(0);
        // Hardly any of these types is one of mtty's.
        expect(stderr).toMatch(/^(mdevctl: warning: \S+ is defined, but mtty has no type .*\n)?$/);
        return stdout;
      };
      memory.put(`${root}/json/any`, JSON.stringify(wanted));
      await succeed(define);
      const written = memory.tree(path)[path];
      expect(written).toBe(JSON.stringify(wanted, null, 2));
      const printed = await succeed(print);
      expect(printed).toBe(`${written}\n`);

      memory.put(`${root}/json/any`, printed);
      await succeed({ args: ["undefine", "-u", fresh] });
      await succeed(define);
      expect(memory.tree(path)[path]).toBe(written);
      expect(await succeed(print)).toBe(printed);
    }),
    share(0.1),
  );
});

// Files of what the host should have

interface StateCase {
  readonly state: string;
  readonly options: readonly string[];
  /** Whether the driver's program tells what devices take. */
  readonly tellsSizes: boolean;
}

const caseWith = (state: fc.Arbitrary<string>): fc.Arbitrary<StateCase> =>
  fc.record({ state, options: planOptions, tellsSizes: fc.boolean() });

const sizes = machine.tree(tool)[tool]?.match(/(?<=<< 'END'\n).*(?=^END$)/ms)?.[0];

function lineOf(command: string, { state, options, tellsSizes }: StateCase): Run {
  const answer: Outcome = tellsSizes ? { end: { status: 0 }, stdout: sizes, stderr: "" } : nothing;
  const program = ({ path }: Program) => (path === tool ? answer : nothing);
  return { args: [command, "-", ...options], stdin: state, program };
}

test.skipIf(isNative).each([
  ["text", brokenText, 0.75],
  ["file", stateText, 0.05],
] as const)("a plan of any %s changes nothing", async (_, states, part) => {
  await fc.assert(
    fc.asyncProperty(caseWith(states), async (each) => {
      const { status, stdout } = await torture(machine.copy(), lineOf("plan", each));
      if ([0, 4].includes(status) && each.options.includes("--json")) parsePlan(stdout);
    }),
    share(part),
  );
});

test.skipIf(isNative)("any file leaves whole definitions, and nothing to do if it can be applied", async () => {
  await fc.assert(
    fc.asyncProperty(caseWith(stateText), async (each) => {
      const memory = machine.copy();
      const { status, stdout } = await torture(memory, lineOf("apply", each));
      for (const definition of definitionsIn(memory).values()) configurationOf(definition);
      if (status === 1 || status === 2) return;
      if (each.options.includes("--json")) expect(parsePlan(stdout).in_sync).toBe(status === 0);
      const again = lineOf("plan", { ...each, options: [...each.options, "--detailed-exitcode"] });
      expect((await torture(memory, again)).status).toBe(status);
    }),
    share(0.03),
  );
});

test.skipIf(isNative)("what is imported from any file can be planned", async () => {
  await fc.assert(
    fc.asyncProperty(foreignText, async (text) => {
      const memory = machine.copy();
      const args = ["import", "-", "--config=a", "--gpu=0=0000:82:00.0"];
      const { status, stdout } = await torture(memory, { args, stdin: text });
      if (status !== 0) return;
      const planned = await torture(memory, { args: ["plan", "-"], stdin: stdout });
      // An address may be that of a card with one of the PCI ids.
      if (planned.status === 2) expect(planned.stderr).toContain("has a group already");
    }),
    share(0.02),
  );
});

// Scripts

const calls: readonly (readonly string[])[] = [
  ["define", "-u", active],
  ["list", "-v"],
  ["list", "--dumpjson"],
  ["define", "-u", fresh, "-p", "mtty", "-t", "mtty-1", "--auto"],
  ["modify", "-u", defined, "--addattr", "a", "--value", "b", "--force"],
  ["modify", "-u", both, "--live", "--defined", "--jsonfile", `${root}/json/matrix`],
  ["start", "-u", defined],
  ["start", "-u", defined, "--force"],
  ["stop", "-u", active],
  ["undefine", "-u", twice],
  ["start-parent-mdevs", "mtty"],
];

interface Answers {
  readonly capabilities: Outcome;
  readonly attributes: Outcome;
  readonly other: Outcome;
}

/** Runs a command line with two callout scripts and a notifier that all answer alike. */
async function runWithAnswers({ capabilities, attributes, other }: Answers, args: readonly string[]): Promise<void> {
  const memory = machine.copy();
  for (const script of ["callouts/10-vendor", "callouts/20-vendor", "notifiers/log"])
    memory.put(`${scripts}/${script}`, "");
  memory.put(`${root}/json/matrix`, definition([{ assign_domain: "1" }], "vfio_ap-passthrough"));
  const program = ({ args: [, , , , , action] }: Program) =>
    action === "capabilities" ? capabilities : action === "attributes" ? attributes : other;
  const before = definitionsIn(memory);
  const { status, stdout } = await torture(memory, { args, program });
  const after = definitionsIn(memory);
  for (const each of after.values()) configurationOf(each);
  if (status !== 0 && args[0] !== "undefine") expect(after).toEqual(before);
  if (args[0] === "list") expect([status, stdout.includes(active)]).toEqual([0, true]);
}

test.skipIf(isNative)("any answer about attributes is harmless", async () => {
  const answer = outcomeWith(
    jsonOf(attributesLike).chain((json) => fc.constantFrom(json, `${json}\0\0`, `\n${json}\n`)),
  );
  await fc.assert(
    fc.asyncProperty(answer, fc.constantFrom(...calls.slice(0, 3)), async (attributes, args) => {
      await runWithAnswers({ capabilities: nothing, attributes, other: agreed }, args);
    }),
    share(0.15),
  );
});

test.skipIf(isNative)("any answer about capabilities, and any end of a script, is harmless", async () => {
  const capabilities = outcomeWith(jsonOf(capabilitiesLike));
  const attributes = outcomeWith(jsonOf(attributesLike));
  await fc.assert(
    fc.asyncProperty(
      fc.record({ capabilities, attributes, other: outcomeWith(text) }),
      fc.constantFrom(...calls),
      runWithAnswers,
    ),
    share(0.15),
  );
});
