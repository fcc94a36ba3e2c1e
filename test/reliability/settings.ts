// What a program can inherit from its caller, as settings of launch.c, by kind. Signals and limits have Linux's numbers.
// "@case" in a setting stands for the directory of the case, "@root" for the root in it.

import fc from "fast-check";

const [HUP, INT, KILL, USR1, PIPE, ALRM, TERM, CHLD, CONT, XFSZ] = [1, 2, 9, 10, 13, 14, 15, 17, 18, 25];
const allSignals = 0;
const limit = { fileSize: 1, data: 2, stack: 3, processes: 6, openFiles: 7, addressSpace: 9 };
const kibi = 1024;
const mebi = 1024 * kibi;

/** As likely between 1 and 10 as between 1000 and 10,000. */
export function magnitude(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 1000 }).map((part) => Math.round(min * (max / min) ** (part / 1000)));
}

const bytes = fc.string({ unit: fc.nat({ max: 254 }).map((byte) => encodeByte(byte + 1)), maxLength: 12 });

function encodeByte(byte: number): string {
  return /[\w./:=,+-]/.test(String.fromCharCode(byte))
    ? String.fromCharCode(byte)
    : `%${byte.toString(16).padStart(2, "0")}`;
}

/** How launch.c is given any text. A NUL ends it, as in every argument. */
export function encodeText(text: string): string {
  return Array.from(Buffer.from(text.split("\0")[0] ?? "", "utf8"), encodeByte).join("");
}

const environment = fc.oneof(
  fc.constantFrom("", "off", "error", "debug", "trace", "TRACE", "verbose").map((level) => `MDEVCTL_LOG=${level}`),
  fc.constantFrom("auto", "always", "never", "").map((style) => `MDEVCTL_LOG_STYLE=${style}`),
  fc
    .constantFrom("2", "0", "0.5", "-1", "x", "1e3", "Infinity", "NaN", "99999999999999999999")
    .map((seconds) => `MDEVCTL_CALLOUT_TIMEOUT=${seconds}`),
  fc
    .constantFrom("@root/", "/@root", "@root/.", "@root//", "@root/../root", "@root/none", "@root/json/good")
    .map((root) => `MDEVCTL_ENV_ROOT=${root}`),
  fc.constantFrom("PATH=", "PATH", "NO_COLOR=1", "TERM=dumb", "TERM=", "LC_ALL=C", "LC_ALL=tr_TR.UTF-8", "=", ""),
  fc.tuple(fc.constantFrom("MDEVCTL_LOG", "MDEVCTL_LOG_STYLE", "PATH", "X"), bytes).map((pair) => pair.join("=")),
  magnitude(1, 100_000).map((length) => `HUGE=${"x".repeat(length)}`),
);

const signalNumber = fc.constantFrom(CHLD, ALRM, PIPE, TERM, HUP, INT, XFSZ, allSignals);

/** In place of a name: not even that is passed. */
export const noName = "@none";

const kinds: Readonly<Record<string, fc.Arbitrary<readonly string[]>>> = {
  files: fc
    .oneof(
      fc.tuple(
        fc.constantFrom("stdout", "stderr"),
        fc.constantFrom("closed", "/dev/full", "/dev/null", "unread", "nonblocking", "gone", "tty", "/"),
      ),
      fc.tuple(fc.constant("stdin"), fc.constantFrom("closed", "/dev/full", "/dev/null", "tty", "/")),
    )
    .map((pair) => [pair.join("=")]),
  closed: fc.constant(["stdin=closed", "stdout=closed", "stderr=closed"]),
  terminal: fc.constant(["stdin=tty", "stdout=tty", "stderr=tty"]),
  descriptors: fc
    .oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 3000 }) },
      { weight: 2, arbitrary: fc.integer({ min: 1000, max: 1040 }) },
      fc.constant(16_000),
    )
    .map((count) => [`descriptors=${count}`]),
  ignored: signalNumber.map((number) => [`ignored=${number}`]),
  blocked: signalNumber.map((number) => [`blocked=${number}`]),
  signal: fc
    .tuple(
      fc.constantFrom(HUP, INT, TERM, HUP, INT, TERM, KILL, ALRM, PIPE, CHLD, CONT, USR1),
      fc.oneof(fc.constant(0), magnitude(1, 200)),
    )
    .map(([number, milliseconds]) => [`signal=${number}@${milliseconds}`]),
  stack: fc
    .oneof({ weight: 5, arbitrary: magnitude(64 * kibi, 64 * mebi) }, fc.constant(0))
    .map((size) => [`limit=${limit.stack}:${size}`]),
  // Less, and the kernel itself cannot load the program.
  memory: fc
    .oneof(
      fc.tuple(fc.constant(limit.addressSpace), magnitude(1.75 * mebi, 32 * mebi)),
      fc.tuple(fc.constant(limit.data), magnitude(0.5 * mebi, 32 * mebi)),
    )
    .map((pair) => [`limit=${pair.join(":")}`]),
  "open files": magnitude(3, 65_536).map((count) => [`limit=${limit.openFiles}:${count}`]),
  "file size": magnitude(1, 65_536).map((size) => [`limit=${limit.fileSize}:${size}`]),
  processes: magnitude(1, 100).map((count) => [`limit=${limit.processes}:${count}`, "user=65534"]),
  umask: fc.constantFrom("777", "0", "277", "077", "700").map((mask) => [`umask=${mask}`]),
  environment: environment.map((text) => [`env=${text}`]),
  directory: fc.constantFrom(["directory=@case"], ["directory=/proc/self"], ["no-directory=@case/passing"]),
  name: fc
    .oneof(fc.constantFrom("", noName, "lsmdev", "/usr/sbin/lsmdev", "-mdevctl", "/", "x".repeat(5000)), bytes)
    .map((name) => [`name=${name}`]),
  lock: magnitude(1, 300).map((milliseconds) => [`lock=@root/etc/mdevctl.d@${milliseconds}`]),
};

const omitted = (process.env.MDEVCTL_FUZZ_WITHOUT ?? "").split(",").map((kind) => kind.trim());
export const isWithout = (kind: string) => omitted.includes(kind);

export interface Setting {
  readonly kind: string;
  readonly words: readonly string[];
}

const setting: fc.Arbitrary<Setting> = fc.oneof(
  ...Object.entries(kinds)
    .filter(([kind]) => !isWithout(kind))
    .map(([kind, words]) => words.map((each) => ({ kind, words: each }))),
);

/** These cannot be set twice. */
const once = ["descriptors", "processes"];

/** Up to four of them at once. */
export const inherited = fc.uniqueArray(setting, {
  maxLength: 4,
  selector: ({ kind, words }) => (once.includes(kind) ? kind : words.join(" ")),
});

/** The sanitizers themselves need memory, a stack and shared libraries. */
export const needsPlain = ["stack", "memory", "open files"];

/** A command line with, now and then, any byte at any place. */
export function withBytes(line: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> {
  const encoded = line.map((words) => words.map(encodeText));
  const damaged = fc
    .tuple(encoded, fc.nat(), bytes)
    .map(([words, at, put]) => words.map((word, index) => (index === at % words.length ? `${word}${put}` : word)));
  return fc.oneof({ weight: 9, arbitrary: encoded }, damaged);
}
