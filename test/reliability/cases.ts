// The cases of sanitized.test.ts: what is broken on the machine, its scripts, and command lines with what they inherit.

import fc from "fast-check";
import type { Outcome } from "../../src/system.ts";
import {
  active,
  attributesLike,
  both,
  capabilitiesLike,
  defined,
  definitionLike,
  endingLine,
  fresh,
  goodDefinition,
  jsonOf,
  outcomeWith,
  text,
  twice,
} from "./arbitraries.ts";
import { inherited, magnitude, type Setting, withBytes } from "./settings.ts";

type Content = string | { readonly bytes: Uint8Array } | "missing" | "directory" | "dangling" | "loop";

export interface Change {
  /** Below the root, or the number of a file of the machine. */
  readonly path: Buffer | number;
  readonly content: Content;
}

/** JSON as deep as a stack can get. */
const deep = fc
  .tuple(magnitude(1, 100_000), fc.constantFrom("[", '{"a":', '{"attrs":['))
  .map(([n, open]) => open.repeat(n));

const content: fc.Arbitrary<Content> = fc.oneof(
  { weight: 4, arbitrary: jsonOf(definitionLike) },
  deep,
  { weight: 2, arbitrary: text },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ bytes })) },
  fc.constantFrom<Content>("missing", "directory", "dangling", "loop"),
);

const places = [
  "etc/mdevctl.d",
  "etc/mdevctl.d/mtty",
  "sys/class/mdev_bus",
  "sys/bus/mdev/devices",
  "sys/devices/virtual/mtty/mtty/mdev_supported_types",
  "sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1",
  "sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1/devices",
  "usr/lib/mdevctl/scripts.d/callouts",
  "usr/lib/mdevctl/scripts.d/notifiers",
];

/** Something is broken, or is there besides: under a name of any bytes. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ path: fc.nat(), content }),
  fc
    .tuple(fc.constantFrom(...places), fc.uint8Array({ min: 1, minLength: 1, maxLength: 20 }), content)
    .map(([place, name, put]) => ({
      path: Buffer.concat([Buffer.from(`${place}/`), Buffer.from(name.map((byte) => (byte === 47 ? 46 : byte)))]),
      content: put,
    })),
);

/** The word 7777 tells launch.c that it is left behind on purpose. */
const habits = [
  "",
  "exec <&-",
  "cat > /dev/null",
  "exec >&- 2>&-",
  "exec <&- >&- 2>&-",
  "sleep 7777 &",
  "setsid sleep 7777 &",
  "yes &",
  // In long lines: each is passed on with the script's name before it.
  "yes \"$(seq 1000 | tr '\\n' ' ')\" >&2 &",
  "trap '' TERM HUP INT PIPE",
  "kill -STOP $$",
  "kill -KILL 0",
  "seq 30000",
  "seq 30000 >&2",
];

const script = fc
  .record({
    kind: fc.constantFrom("callouts", "callouts", "notifiers"),
    name: fc.constantFrom("10-vendor", "20-vendor", ".hidden", "a b"),
    first: fc.oneof({ weight: 12, arbitrary: fc.constant("#!/bin/sh\n") }, fc.constantFrom("", "#!/no/such\n", "#!")),
    mode: fc.oneof({ weight: 12, arbitrary: fc.constant(0o755) }, fc.constantFrom(0o644, 0o777)),
    habit: fc.oneof({ weight: 4, arbitrary: fc.constant("") }, fc.constantFrom(...habits)),
    capabilities: fc.oneof(
      outcomeWith(jsonOf(capabilitiesLike)),
      fc.constant<Outcome>({ end: { status: 2 }, stdout: "", stderr: "" }),
    ),
    attributes: outcomeWith(jsonOf(attributesLike)),
    other: outcomeWith(text),
  })
  .map(({ kind, name, first, mode, habit, capabilities, attributes, other }) => ({
    path: `usr/lib/mdevctl/scripts.d/${kind}/${name}`,
    mode,
    text: `${first}${habit}\ncase "$6" in\ncapabilities) ${shellOf(capabilities)};;\nattributes) ${shellOf(attributes)};;\n*) ${shellOf(other)};;\nesac\n`,
  }));

function shellOf({ end, stdout, stderr }: Outcome): string {
  const ending =
    "status" in end
      ? `exit ${end.status}`
      : "signal" in end
        ? "kill -KILL $$"
        : end.exceeded === "time"
          ? "sleep 3"
          : "seq 30000";
  return `${print(stdout ?? "\xff\xfe", stdout === undefined ? "latin1" : "utf8")}; ${print(stderr, "utf8")} >&2; ${ending}`;
}

function print(output: string, encoding: BufferEncoding): string {
  const characters = Array.from(Buffer.from(output, encoding), (byte) =>
    /[\w .,:[\]{}"/]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, "0")}`,
  );
  return characters.length === 0 ? ":" : `printf -- '${characters.join("")}'`;
}

export interface Run {
  readonly line: readonly string[];
  readonly settings: readonly Setting[];
  readonly input: string | undefined;
  readonly plain: boolean;
}

/** Command lines that get somewhere; /outside/file becomes /dev/stdin. */
const usual = fc.constantFrom<string[]>(
  ["list"],
  ["list", "-v"],
  ["list", "-d", "-v"],
  ["list", "-d", "--dumpjson"],
  ["list", "--dumpjson"],
  ["types"],
  ["types", "--dumpjson"],
  ["define", "-u", active],
  ["define", "-u", fresh, "-p", "mtty", "-t", "mtty-1", "--auto"],
  ["define", "-p", "mtty", "-t", "mtty-1"],
  ["define", "-u", fresh, "-p", "mtty", "--jsonfile", "/outside/file"],
  ["modify", "-u", defined, "--addattr", "a", "--value", "b"],
  ["modify", "-u", defined, "--manual", "--force"],
  ["modify", "-u", both, "--jsonfile", "/outside/file", "-p", "matrix"],
  ["modify", "-u", both, "--live", "--defined", "--jsonfile", "/outside/file"],
  ["start", "-u", defined],
  ["start", "-p", "matrix", "--jsonfile", "/outside/file"],
  ["start", "-p", "mtty", "-t", "mtty-1"],
  ["stop", "-u", active],
  ["stop", "-u", both, "--force"],
  ["undefine", "-u", twice],
  ["start-parent-mdevs", "mtty"],
  ["start-parent-mdevs", "matrix"],
);

const oneRun: fc.Arbitrary<Run> = fc.record({
  line: withBytes(fc.oneof({ weight: 2, arbitrary: usual }, endingLine)),
  settings: inherited,
  // For --jsonfile /dev/stdin.
  input: fc.option(fc.oneof({ weight: 5, arbitrary: jsonOf(fc.oneof(goodDefinition, definitionLike)) }, deep), {
    nil: undefined,
    freq: 3,
  }),
  plain: fc.boolean(),
});

export interface Case {
  readonly changes: readonly Change[];
  readonly scripts: readonly { readonly path: string; readonly mode: number; readonly text: string }[];
  readonly runs: readonly Run[];
}

export const oneCase: fc.Arbitrary<Case> = fc.record({
  changes: fc.oneof(fc.constant([]), fc.array(change, { maxLength: 3 })),
  scripts: fc.oneof(fc.constant([]), fc.array(script, { maxLength: 3 })),
  runs: fc.array(oneRun, { minLength: 1, maxLength: 3 }),
});

/** Somebody holds the lock for longer than the command waits. */
export const lockedCase: fc.Arbitrary<Case> = fc.record({
  changes: fc.constant([]),
  scripts: fc.constant([]),
  runs: fc.tuple(
    fc.record<Run>({
      line: fc.constantFrom(
        ["define", "-u", fresh, "-p", "mtty", "-t", "mtty-1"],
        ["modify", "-u", defined, "--manual"],
        ["undefine", "-u", defined],
      ),
      settings: inherited.map((settings) => [
        ...settings.filter(({ kind }) => kind !== "lock"),
        { kind: "locked", words: [`lock=@root/etc/mdevctl.d@${60 * 60 * 1000}`] },
      ]),
      input: fc.constant(undefined),
      plain: fc.boolean(),
    }),
  ),
});
