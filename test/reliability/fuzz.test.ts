// Whatever is on the command line, in a definition or in a script's answer: the exit status is 0, 1 or 2, nothing is a bug, nothing
// outside of the root is touched, and every definition is whole. In this process, on a machine in memory. $MDEVCTL_FUZZ_CASES is how
// many cases there are in all.

import { normalize } from "node:path/posix";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { type Option, takesValue } from "../../src/cli/command.ts";
import { loadCommands } from "../../src/commands.ts";
import { run } from "../../src/run.ts";
import { writeSandbox } from "../../src/system/sandbox-tree.ts";
import type { Outcome, Program } from "../../src/system.ts";
import { testParents } from "../../src/testing/machine.ts";
import { definition } from "./host.ts";
import { Memory, type Run } from "./memory.ts";

const cases = Number(process.env.MDEVCTL_FUZZ_CASES ?? 120_000);
let commandLines = 0;
afterAll(() => console.log(`fuzzing: ${cases} cases, ${commandLines} command lines`));

/** Defined; active; both; defined under two parents. */
const [defined, active, both, twice] = [
  "11111111-1111-4111-8111-111111111111",
  "22222222-2222-4222-8222-222222222222",
  "33333333-3333-4333-8333-333333333333",
  "abcdefab-cdef-4abc-8def-abcdefabcdef",
] as const;
const fresh = "99999999-9999-4999-8999-999999999999";

const root = "/root";
const definitions = `${root}/etc/mdevctl.d`;
const scripts = `${root}/usr/lib/mdevctl/scripts.d`;

/** Made once; each case has a copy. */
const machine = await makeMachine();

async function makeMachine(): Promise<Memory> {
  const memory = new Memory();
  memory.put("/outside/file", "theirs");
  memory.put(`${root}/json/good`, definition([{ "power/control": "on" }], "mtty-1"));
  memory.put(`${root}/json/bad`, '{"mdev_type":1}');
  writeSandbox(memory.system({ args: [] }), root, testParents);
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

/** Definitions and directories for them, and what the simulated kernel writes. */
const mayChange = /^\/root\/(etc\/mdevctl\.d\/[^/]+(\/[^/]+)?|sys\/.+|mdevctl-sandbox\.[^/]+)$/;

/** Runs one command line and holds the result against what must hold for all of them. */
async function torture(memory: Memory, line: Run) {
  memory.changed.clear();
  memory.seen.clear();
  const result = await call(memory, line);
  const { status, stderr } = result;
  if (![0, 1, 2].includes(status)) throw new Error(`status ${status}`);
  if (/\bbug\b/.test(stderr)) throw new Error(stderr);
  if (status !== 0 && stderr === "") throw new Error(`status ${status}, and no word about it`);
  if (status === 2 && memory.changed.size > 0) throw new Error(`wrong usage, and changed ${[...memory.changed]}`);
  for (const path of memory.changed) if (!mayChange.test(path)) throw new Error(`changed ${path}`);
  const named = line.args.map((arg, at) => {
    if (arg === "--syslog") return "/dev/kmsg";
    if (arg.startsWith("--jsonfile=")) return arg.slice("--jsonfile=".length);
    return line.args[at - 1] === "--jsonfile" ? arg : root;
  });
  for (const path of memory.seen) {
    const isInside = `${root}/`.startsWith(`${path}/`) || path.startsWith(`${root}/`);
    const isNamed = named.some((file) => normalize(`${file}/`).startsWith(`${path}/`));
    if (!isInside && !isNamed) throw new Error(`touched ${path}`);
  }
  return result;
}

/** A share of all cases. */
function share(part: number): fc.Parameters<unknown> {
  return { numRuns: Math.ceil(cases * part) };
}

const nothing: Outcome = { end: { status: 2 }, stdout: "", stderr: "" };
const agreed: Outcome = { end: { status: 0 }, stdout: "", stderr: "" };

// Command lines

const commands = await loadCommands();
const options: readonly Option[] = commands.flatMap((command) => command.options);
const junk = fc.oneof(
  fc.constantFrom(
    "",
    ".",
    "..",
    "-",
    "--",
    "scripts.d",
    "../outside",
    "../../../outside",
    "/outside/file",
    "a/b",
    "x".repeat(300),
    "\0",
    "\ufffd",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);

const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  UUID: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom<string>(defined, active, both, twice, fresh) },
    fc.uuid(),
    fc.constantFrom(`{${defined}}`, `urn:uuid:${both}`, active.replaceAll("-", ""), twice.toUpperCase(), `${defined}0`),
  ),
  PARENT: fc.constantFrom("mtty", "matrix", "MTTY", "new"),
  TYPE: fc.constantFrom("mtty-1", "mtty-2", "vfio_ap-passthrough", "other"),
  FILE: fc.constantFrom(`${root}/json/good`, `${root}/json/bad`, `${root}/json`, `${root}/none`, "/outside/file"),
  NAME: fc.constantFrom("assign_adapter", "power/control", "../x", "a//b", "/a", "__proto__", "12"),
  N: fc.oneof(
    fc.integer({ min: -2, max: 5 }).map(String),
    fc.constantFrom("4294967295", "4294967296", "1e3", "0x1", " 1"),
  ),
};

function wordsFor(option: Option): fc.Arbitrary<string[]> {
  const short = option.short === undefined ? `--${option.name}` : `-${option.short}`;
  if (!takesValue(option)) return fc.constantFrom([`--${option.name}`], [short]);
  const value = fc.oneof({ weight: 8, arbitrary: values[option.placeholder] ?? junk }, junk);
  return value.chain((text) =>
    fc.constantFrom([`--${option.name}`, text], [`--${option.name}=${text}`], [short, text], [`${short}${text}`]),
  );
}

/** As someone could mean it. */
const meant = fc.constantFrom(...commands.filter(({ name }) => name !== "sandbox")).chain((command) => {
  const operand =
    command.operand === undefined ? fc.constant([]) : fc.tuple(values[command.operand.placeholder] ?? junk);
  const chosen = fc.subarray([...command.options]).chain((some) => fc.tuple(...some.map(wordsFor)));
  return fc.tuple(operand, chosen).map(([words, given]) => [command.name, ...given.flat(), ...words]);
});

/** As it could come from a cat on the keyboard; `sandbox` writes wherever it is told to. */
const wild = fc
  .tuple(
    fc.constantFrom(...commands.map(({ name }) => name), "help", "--version", "-Vh", "lsmdev", "", "defin"),
    fc.array(
      fc.oneof(
        fc.constantFrom(...options).chain(wordsFor),
        junk.map((text) => [text]),
      ),
      { maxLength: 6 },
    ),
  )
  .map(([command, words]) => [command, ...words.flat()])
  .filter(([command]) => command !== "sandbox");

const commandLine = fc.oneof({ weight: 4, arbitrary: meant }, wild);

test("any command lines", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commandLine, { minLength: 1, maxLength: 3 }), async (lines) => {
      const memory = machine.copy();
      for (const args of lines) {
        const before = definitionsIn(memory);
        const { status } = await torture(memory, { args, programName: args[0] === "lsmdev" ? "lsmdev" : "mdevctl" });
        const after = definitionsIn(memory);
        for (const text of after.values()) configurationOf(text);
        // Only undefine goes on with the next definition when one fails.
        if (status !== 0 && args[0] !== "undefine") expect(after).toEqual(before);
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

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("\0", "..", "../../../outside", "a/b", "x".repeat(300)),
);
const someJson = fc.jsonValue({ maxDepth: 3 });
const attributesLike = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.dictionary(text, text, { minKeys: 1, maxKeys: 1 }), { maxLength: 3 }) },
  fc.array(fc.oneof(fc.dictionary(text, someJson, { maxKeys: 2 }), someJson), { maxLength: 3 }),
  someJson,
);
const definitionLike = fc.record(
  {
    mdev_type: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("mtty-1", "mtty-2") }, text, someJson),
    start: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("auto", "manual") }, someJson),
    attrs: attributesLike,
    other: someJson,
  },
  { requiredKeys: [] },
);

/** JSON of such values; with something cut out or put in; or anything. */
function jsonOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const whole = value.map((each) => JSON.stringify(each) ?? "");
  const damaged = fc.tuple(
    whole,
    fc.nat(),
    fc.nat({ max: 4 }),
    fc.oneof(fc.constantFrom("", "\\ud800", '"', "{", ",", "\\"), text),
  );
  return fc.oneof(
    { weight: 5, arbitrary: whole },
    { weight: 3, arbitrary: damaged.map(([json, at, gone, put]) => cut(json, at % (json.length + 1), gone, put)) },
    fc.json({ maxDepth: 4 }),
    text,
  );
}

function cut(json: string, at: number, gone: number, put: string): string {
  return json.slice(0, at) + put + json.slice(at + gone);
}

test("any definition", async () => {
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

const name = fc
  .array(
    fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
      .filter((part) => !/[/\0]/.test(part) && !/^\.\.?$/.test(part)),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join("/"));
const goodText = fc.string({ unit: "grapheme", maxLength: 20 });
const goodDefinition = fc.record({
  mdev_type: name.filter((each) => !each.includes("/")),
  start: fc.constantFrom("auto", "manual"),
  attrs: fc.array(fc.tuple(name, goodText).map(([key, value]) => ({ [key]: value }))),
});

test("what define writes, list prints and define reads is the same device", async () => {
  await fc.assert(
    fc.asyncProperty(goodDefinition, async (wanted) => {
      const memory = machine.copy();
      const path = `${definitions}/mtty/${fresh}`;
      const define = { args: ["define", "-u", fresh, "-p", "mtty", "--jsonfile", `${root}/json/any`] };
      const print = { args: ["list", "-d", "-u", fresh, "--dumpjson"] };
      const succeed = async (line: Run) => {
        const { status, stdout, stderr } = await torture(memory, line);
        expect([status, stderr]).toEqual([0, ""]);
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

// Scripts

const end: fc.Arbitrary<Outcome["end"]> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ status: 0 }) },
  fc.constantFrom(1, 2, 3, 255).map((status) => ({ status })),
  fc.constantFrom({ signal: "SIGKILL" }, { exceeded: "time" } as const, { exceeded: "output" } as const),
);

function outcomeWith(answer: fc.Arbitrary<string>): fc.Arbitrary<Outcome> {
  const stdout = fc.oneof({ weight: 9, arbitrary: answer }, fc.constant(undefined));
  return fc.record({ end, stdout, stderr: fc.oneof(fc.constant(""), text) });
}

const actions = ["start", "stop", "define", "undefine", "modify", "attributes", "capabilities"];
const events = ["pre", "post", "notify", "get", "live"];
const namesLike = (names: readonly string[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.subarray([...names]) }, fc.array(text), someJson);
const capabilitiesLike = fc.record(
  {
    supports: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          version: fc.oneof(fc.constant(2), someJson),
          actions: namesLike(actions),
          events: namesLike(events),
        }),
      },
      someJson,
    ),
    other: someJson,
  },
  { requiredKeys: [] },
);

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

/** Two callout scripts and a notifier, that all answer alike. */
async function answering({ capabilities, attributes, other }: Answers, args: readonly string[]): Promise<void> {
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

test("any answer about attributes", async () => {
  const answer = outcomeWith(
    jsonOf(attributesLike).chain((json) => fc.constantFrom(json, `${json}\0\0`, `\n${json}\n`)),
  );
  await fc.assert(
    fc.asyncProperty(answer, fc.constantFrom(...calls.slice(0, 3)), async (attributes, args) => {
      await answering({ capabilities: nothing, attributes, other: agreed }, args);
    }),
    share(0.15),
  );
});

test("any answer about capabilities, and any end of a script", async () => {
  const capabilities = outcomeWith(jsonOf(capabilitiesLike));
  const attributes = outcomeWith(jsonOf(attributesLike));
  await fc.assert(
    fc.asyncProperty(
      fc.record({ capabilities, attributes, other: outcomeWith(text) }),
      fc.constantFrom(...calls),
      answering,
    ),
    share(0.15),
  );
});
