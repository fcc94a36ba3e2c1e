// The contract of every System, as cases for any test runner: vitest on Node.js (node.test.ts), and the native
// executable itself (quickjs.contract.ts). Real shell commands make the files and programs that the cases need.

import type { FileAccess, Outcome, Program, System } from "../system.ts";
import { SystemError } from "../system-error.ts";

export interface Case {
  readonly title: string;
  /** Works in an empty directory of its own. */
  readonly check: (system: System, directory: string) => Promise<void> | void;
}

/** Fails the case unless both are the same data. */
function expect(actual: unknown, wanted: unknown): void {
  const [got, due] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (got !== due) throw new Error(`got ${shorten(got)}, not ${shorten(due)}`);
}

function shorten(text: string | undefined): string {
  return text === undefined || text.length < 300 ? `${text}` : `${text.slice(0, 300)}…`;
}

/** The code of the SystemError that an action fails with; it names the path. */
function codeOf(path: string, action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return systemErrorCode(error, path);
  }
  throw new Error("it did not fail");
}

async function codeOfAsync(path: string, action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    return systemErrorCode(error, path);
  }
  throw new Error("it did not fail");
}

function systemErrorCode(error: unknown, path: string): string {
  if (!(error instanceof SystemError)) throw error;
  expect(error.path, path);
  expect(error.message.startsWith(`cannot ${error.operation} ${path}: `), true);
  return error.code;
}

const program = (path: string, ...args: string[]): Program => ({
  path,
  args,
  stdin: "",
  timeoutSeconds: 20,
  outputLimit: 64 * 1024 * 1024,
});

const script = (text: string, ...args: string[]): Program => program("/bin/sh", "-c", text, "sh", ...args);

/** What a shell command prints; it must succeed. */
async function shell(system: System, text: string, ...args: string[]): Promise<string> {
  const outcome = await system.run(script(text, ...args));
  expect([outcome.end, outcome.stderr], [{ status: 0 }, ""]);
  return outcome.stdout ?? "";
}

const put = (system: System, path: string, text: string) => system.createFile(path, text);

const megabyte = 1024 * 1024;
const ok: Outcome["end"] = { status: 0 };

const files: Case[] = [
  {
    title: "text is read back as it was written, in any alphabet",
    check(system, directory) {
      const text = "ASCII, \u00e4\u00f6\u00fc, \u4e2d\u6587, \u{1f600}, \u0000 and\nlines\n";
      put(system, `${directory}/text`, text);
      expect(system.readFile(`${directory}/text`, 1000), text);
      expect(system.readInput(`${directory}/text`, 1000), text);
    },
  },
  {
    title: "an empty file is read as an empty text",
    check(system, directory) {
      put(system, `${directory}/empty`, "");
      expect(system.readFile(`${directory}/empty`, 1000), "");
      expect(system.readFile(`${directory}/empty`, 0), "");
    },
  },
  {
    title: "a file of the kernel, whose size is not known in advance, is read completely",
    check(system) {
      expect(system.readFile("/proc/self/status", megabyte).includes("\nVmRSS:"), true);
      expect(system.readInput("/proc/self/mounts", megabyte).includes("/proc"), true);
    },
  },
  {
    title: "a file may be as large as the limit, and no larger",
    check(system, directory) {
      const path = `${directory}/large`;
      for (const size of [10, 16 * 1024, 64 * 1024, 64 * 1024 + 1, megabyte]) {
        const text = "\u00e4".repeat(size / 2) + (size % 2 === 1 ? "x" : "");
        put(system, path, text);
        expect(system.readFile(path, size) === text, true);
        expect(
          codeOf(path, () => system.readFile(path, size - 1)),
          "EFBIG",
        );
        expect(
          codeOf(path, () => system.readInput(path, size - 1)),
          "EFBIG",
        );
        system.remove(path);
      }
    },
  },
  {
    title: "a file that never ends is too large",
    check(system) {
      expect(
        codeOf("/dev/zero", () => system.readInput("/dev/zero", megabyte)),
        "EFBIG",
      );
    },
  },
  {
    title: "invalid UTF-8 is refused: stray bytes, truncated and overlong sequences, surrogates, values beyond Unicode",
    async check(system, directory) {
      const path = `${directory}/bytes`;
      for (const bytes of [
        ["\\200", "ab\\377", "\\303", "\\303(", "\\342\\202", "\\360\\237\\230"],
        ["\\300\\200", "\\301\\277", "\\340\\237\\277", "\\360\\217\\277\\277"],
        ["\\355\\240\\200", "\\355\\277\\277", "\\364\\220\\200\\200", "\\365\\200\\200\\200"],
      ].flat()) {
        await shell(system, `printf '${bytes}' > "$1"`, path);
        expect([bytes, codeOf(path, () => system.readFile(path, 100))], [bytes, "EILSEQ"]);
      }
      for (const [bytes, text] of [
        ["\\302\\200\\337\\277", "\u0080\u07ff"],
        ["\\340\\240\\200\\355\\237\\277\\356\\200\\200\\357\\277\\277", "\u0800\ud7ff\ue000\uffff"],
        ["\\360\\220\\200\\200\\364\\217\\277\\277", "\u{10000}\u{10ffff}"],
        ["\\357\\273\\277x", "\ufeffx"],
      ] as const) {
        await shell(system, `printf '${bytes}' > "$1"`, path);
        expect(system.readFile(path, 100), text);
      }
    },
  },
  {
    title: "files in the subdirectories of a directory are read together, even if some cannot be read",
    async check(system, directory) {
      for (const name of ["many", "few"]) system.makeDirectory(`${directory}/${name}`);
      put(system, `${directory}/many/first`, "1");
      put(system, `${directory}/many/large`, "x".repeat(11));
      system.makeDirectory(`${directory}/many/inner`);
      put(system, `${directory}/many/inner/file`, "3");
      await shell(system, `printf '\\377' > "$1"`, `${directory}/many/bytes`);
      put(system, `${directory}/few/first`, "2");
      put(system, `${directory}/skipped`, "");
      system.makeLink("few", `${directory}/link`);
      system.makeLink("nowhere", `${directory}/dangling`);
      const names = ["first", "large", "inner", "inner/file", "bytes", "first"];
      const below = system.readFilesBelow(directory, names, 10);
      for (const { name, inode } of below) expect(inode, system.lstat(`${directory}/${name}`).inode);
      const read = below.map(({ name, files }) => [
        name,
        ...Object.entries(files).flatMap(([file, text]) => [
          file,
          typeof text === "string" ? text : systemErrorCode(text, `${directory}/${name}/${file}`),
        ]),
      ]);
      const none = ["large", "ENOENT", "inner", "ENOENT", "inner/file", "ENOENT", "bytes", "ENOENT"];
      expect(read.sort(), [
        ["dangling", "first", "ENOENT", ...none],
        ["few", "first", "2", ...none],
        ["link", "first", "2", ...none],
        ["many", "first", "1", "large", "EFBIG", "inner", "EISDIR", "inner/file", "3", "bytes", "EILSEQ"],
      ]);
      expect(
        codeOf(`${directory}/nowhere`, () => system.readFilesBelow(`${directory}/nowhere`, names, 10)),
        "ENOENT",
      );
    },
  },
  {
    title: "links in a directory are read together, even if some names are not links",
    check(system, directory) {
      system.makeDirectory(`${directory}/inner`);
      put(system, `${directory}/file`, "");
      system.makeLink("nowhere/at-all", `${directory}/link`);
      system.makeLink("../link", `${directory}/inner/below`);
      const names = ["link", "file", "inner/below", "none", "nul\u0000", "link"];
      const targets = system
        .readLinks(directory, names)
        .map((target, index) =>
          typeof target === "string" ? target : systemErrorCode(target, `${directory}/${names[index]}`),
        );
      expect(targets, ["nowhere/at-all", "EINVAL", "../link", "ENOENT", "ENOENT", "nowhere/at-all"]);
      const [missing] = system.readLinks(`${directory}/nowhere`, ["a"]);
      expect(
        missing instanceof SystemError && missing.message,
        `cannot read the link ${directory}/nowhere/a: no such file or directory`,
      );
    },
  },
  {
    title: "a missing file, a directory and an invalid path cannot be read",
    check(system, directory) {
      put(system, `${directory}/file`, "");
      for (const [path, code] of [
        [`${directory}/missing`, "ENOENT"],
        [`${directory}/file/below`, "ENOTDIR"],
        [directory, "EISDIR"],
        [`${directory}/nul\u0000byte`, "ENOENT"],
        ["", "ENOENT"],
        [`${directory}/${"n".repeat(300)}`, "ENAMETOOLONG"],
      ] as const) {
        expect([path, codeOf(path, () => system.readFile(path, 100))], [path, code]);
        expect([path, codeOf(path, () => system.readInput(path, 100))], [path, code]);
      }
    },
  },
  {
    title: "a pipe with pauses is read to its end",
    async check(system, directory) {
      const pipe = `${directory}/pipe`;
      await shell(system, 'mkfifo "$1"; { echo one; sleep 0.2; echo two; } > "$1" 2> /dev/null &', pipe);
      expect(system.readInput(pipe, 100), "one\ntwo\n");
    },
  },
  {
    title: "a pipe instead of a file does not block",
    async check(system, directory) {
      const pipe = `${directory}/pipe`;
      await shell(system, 'mkfifo "$1"', pipe);
      expect(system.readFile(pipe, 100), "");
    },
  },
  {
    title: "a value is written into an existing file without truncating it",
    check(system, directory) {
      const path = `${directory}/attribute`;
      put(system, path, "0123456789");
      system.writeFile(path, "ab");
      expect(system.readFile(path, 100), "ab23456789");
      expect(
        codeOf(`${directory}/missing`, () => system.writeFile(`${directory}/missing`, "x")),
        "ENOENT",
      );
      expect(
        codeOf(directory, () => system.writeFile(directory, "x")),
        "EISDIR",
      );
      expect(
        codeOf("/dev/full", () => system.writeFile("/dev/full", "x")),
        "ENOSPC",
      );
    },
  },
  {
    title: "a file is created only if it does not exist, with the owner and mode asked for",
    check(system, directory) {
      const path = `${directory}/made`;
      const { userId, groupId } = system.stat(directory);
      for (const mode of [0o600, 0o644, 0o666]) {
        system.createFile(path, "text", { mode, userId, groupId });
        expect(accessOf(system.stat(path)), { mode, userId, groupId });
        expect(
          codeOf(path, () => system.createFile(path, "other")),
          "EEXIST",
        );
        expect(system.readFile(path, 100), "text");
        system.remove(path);
      }
      if (system.userId === 0) {
        system.createFile(path, "", { mode: 0o640, userId: 1, groupId: 2 });
        expect(accessOf(system.stat(path)), { mode: 0o640, userId: 1, groupId: 2 });
      }
      expect(
        codeOf(`${directory}/no/where`, () => put(system, `${directory}/no/where`, "")),
        "ENOENT",
      );
    },
  },
  {
    title: "without an owner and mode the umask decides",
    async check(system, directory) {
      put(system, `${directory}/file`, "");
      system.makeDirectory(`${directory}/directory`);
      const umask = Number.parseInt(await shell(system, "umask"), 8);
      expect(system.stat(`${directory}/file`).mode, 0o666 & ~umask);
      expect(system.stat(`${directory}/directory`).mode, 0o777 & ~umask);
    },
  },
  {
    title: "renaming replaces one file by another",
    check(system, directory) {
      put(system, `${directory}/old`, "old");
      put(system, `${directory}/new`, "new");
      system.rename(`${directory}/new`, `${directory}/old`);
      system.syncDirectory(directory);
      expect(system.readFile(`${directory}/old`, 100), "new");
      const missing = `${directory}/new`;
      expect(
        codeOf(`${directory}/x`, () => system.rename(missing, `${directory}/x`)),
        "ENOENT",
      );
      expect(
        codeOf(missing, () => system.syncDirectory(missing)),
        "ENOENT",
      );
      expect(
        codeOf(`${directory}/old`, () => system.syncDirectory(`${directory}/old`)),
        "ENOTDIR",
      );
    },
  },
  {
    title: "files, links and empty directories are removed; a link's target stays",
    check(system, directory) {
      const at = (name: string) => `${directory}/${name}`;
      put(system, at("file"), "");
      system.makeDirectory(at("directory"));
      system.makeLink("directory", at("link"));
      put(system, at("directory/inside"), "");
      system.remove(at("link"));
      expect(
        codeOf(at("directory"), () => system.remove(at("directory"))),
        "ENOTEMPTY",
      );
      system.remove(at("directory/inside"));
      system.remove(at("directory"));
      system.remove(at("file"));
      expect(system.readDirectory(directory), []);
      expect(
        codeOf(at("file"), () => system.remove(at("file"))),
        "ENOENT",
      );
    },
  },
  {
    title: "a link's target is read as it is; stat follows it, lstat does not",
    check(system, directory) {
      const at = (name: string) => `${directory}/${name}`;
      const target = `../no/such/${"target".repeat(100)}`;
      put(system, at("file"), "");
      system.makeLink("file", at("good"));
      system.makeLink(target, at("dangling"));
      expect(system.readLink(at("good")), "file");
      expect(system.readLink(at("dangling")), target);
      expect([system.stat(at("good")).kind, system.lstat(at("good")).kind], ["file", "link"]);
      expect(system.lstat(at("dangling")).kind, "link");
      expect(
        codeOf(at("dangling"), () => system.stat(at("dangling"))),
        "ENOENT",
      );
      expect(
        codeOf(at("file"), () => system.readLink(at("file"))),
        "EINVAL",
      );
      expect(
        codeOf(at("missing"), () => system.readLink(at("missing"))),
        "ENOENT",
      );
      expect(
        codeOf(at("missing"), () => system.lstat(at("missing"))),
        "ENOENT",
      );
      expect(
        codeOf(at("good"), () => system.makeLink("file", at("good"))),
        "EEXIST",
      );
    },
  },
  {
    title: "a directory lists its entries with their kinds",
    async check(system, directory) {
      await shell(
        system,
        'cd "$1" && mkdir directory .hidden && : > file && ln -s nowhere link && mkfifo pipe',
        directory,
      );
      const kinds = system.readDirectory(directory).map(({ name, kind }) => `${kind} ${name}`);
      expect(kinds.sort(), ["directory .hidden", "directory directory", "file file", "link link", "other pipe"]);
      expect(
        codeOf(`${directory}/file`, () => system.readDirectory(`${directory}/file`)),
        "ENOTDIR",
      );
      expect(
        codeOf(`${directory}/none`, () => system.readDirectory(`${directory}/none`)),
        "ENOENT",
      );
    },
  },
  {
    title: "a directory may have thousands of entries",
    async check(system, directory) {
      await shell(system, 'cd "$1" && seq -f "entry-with-a-long-name-%06.0f" 5000 | xargs touch', directory);
      const names = system.readDirectory(directory).map((entry) => entry.name);
      expect([names.length, new Set(names).size, names.sort()[4999]], [5000, 5000, "entry-with-a-long-name-005000"]);
    },
  },
  {
    title: "a name that is not UTF-8 does not hide the others",
    async check(system, directory) {
      await shell(system, 'cd "$1" && touch good "$(printf \'b\\377d\')"', directory);
      expect(
        system
          .readDirectory(directory)
          .map((entry) => entry.name)
          .sort(),
        ["b\ufffdd", "good"],
      );
    },
  },
  {
    title: "a directory is created only in an existing one",
    check(system, directory) {
      system.makeDirectory(`${directory}/made`);
      expect(system.stat(`${directory}/made`).kind, "directory");
      expect(
        codeOf(`${directory}/made`, () => system.makeDirectory(`${directory}/made`)),
        "EEXIST",
      );
      expect(
        codeOf(`${directory}/a/b`, () => system.makeDirectory(`${directory}/a/b`)),
        "ENOENT",
      );
    },
  },
];

const locks: Case[] = [
  {
    title: "a lock keeps other processes out until it is released",
    async check(system, directory) {
      const tryLock = 'flock --nonblock --conflict-exit-code 75 "$1" true';
      const lock = await system.lock(directory, 5);
      expect((await system.run(script(tryLock, directory))).end, { status: 75 });
      lock.release();
      expect((await system.run(script(tryLock, directory))).end, ok);
    },
  },
  {
    title: "a lock is current while its directory is the one at the path, also through a link",
    async check(system, directory) {
      const [path, other, link] = [`${directory}/path`, `${directory}/other`, `${directory}/link`];
      system.makeDirectory(path);
      system.makeLink("path", link);
      const locks = [await system.lock(path, 5)];
      expect(
        locks.map((lock) => lock.isCurrent()),
        [true],
      );
      system.rename(path, other);
      expect(
        locks.map((lock) => codeOf(path, () => lock.isCurrent())),
        ["ENOENT"],
      );
      system.makeDirectory(path);
      expect(
        locks.map((lock) => lock.isCurrent()),
        [false],
      );
      locks.push(await system.lock(link, 5));
      expect(
        locks.map((lock) => lock.isCurrent()),
        [false, true],
      );
      system.remove(path);
      system.rename(other, path);
      expect(
        locks.map((lock) => lock.isCurrent()),
        [true, false],
      );
      for (const lock of locks) lock.release();
    },
  },
  {
    title: "locking waits for the process that holds the lock",
    async check(system, directory) {
      const flag = `${directory}/held`;
      const other = system.run(
        script('flock "$1" sh -c ": > \\"$2\\"; sleep 0.3; rm \\"$2\\"" sh "$1" "$2"', directory, flag),
      );
      while (!system.readDirectory(directory).some((entry) => entry.name === "held")) await system.sleep(10);
      const lock = await system.lock(directory, 10);
      expect(system.readDirectory(directory), []);
      lock.release();
      expect((await other).end, ok);
    },
  },
  {
    title: "locking fails if the lock is not released in time",
    async check(system, directory) {
      const other = system.run(script('flock "$1" sh -c ": > \\"$1/held\\"; sleep 3" sh "$1"', directory));
      while (system.readDirectory(directory).length === 0) await system.sleep(10);
      expect(await codeOfAsync(directory, () => system.lock(directory, 1)), "ETIMEDOUT");
      await other;
      (await system.lock(directory, 1)).release();
      expect(await codeOfAsync(`${directory}/none`, () => system.lock(`${directory}/none`, 1)), "ENOENT");
    },
  },
];

const programs: Case[] = [
  {
    title: "a program's status and output come back",
    async check(system) {
      const outcome = await system.run(script('echo "out $*"; echo err >&2; exit 3', "a b", ""));
      expect(outcome, { end: { status: 3 }, stdout: "out a b \n", stderr: "err\n" });
      expect((await system.run(script("exit 255"))).end, { status: 255 });
    },
  },
  {
    title: "a program killed by a signal has the signal instead of a status",
    async check(system) {
      for (const signal of ["KILL", "TERM", "SEGV", "PIPE", "USR1", "HUP"]) {
        expect((await system.run(script(`kill -${signal} $$`))).end, { signal: `SIG${signal}` });
      }
    },
  },
  {
    title: "a program gets its arguments and our environment unchanged",
    async check(system) {
      const args = ["", " ", "a b", "\u00e4", "*", "$HOME", "--", "\n"];
      const outcome = await system.run(program("/usr/bin/printf", "[%s]", ...args));
      expect(outcome.stdout, args.map((arg) => `[${arg}]`).join(""));
      expect(await shell(system, 'printf %s "$PATH"'), system.environment("PATH"));
      expect(system.environment("MDEVCTL_NO_SUCH_VARIABLE"), undefined);
    },
  },
  {
    title: "megabytes go in and out at the same time",
    async check(system) {
      const stdin = "0123456789abcde\n".repeat((4 * megabyte) / 16);
      const outcome = await system.run({ ...program("/usr/bin/awk", '{ print; print > "/dev/stderr" }'), stdin });
      expect([outcome.end, outcome.stdout === stdin, outcome.stderr === stdin], [ok, true, true]);
    },
  },
  {
    title: "a program may close its stdin early, or end without reading it",
    async check(system) {
      const stdin = "x".repeat(megabyte);
      expect((await system.run({ ...script("exec <&-; sleep 0.1; echo done"), stdin })).stdout, "done\n");
      expect((await system.run({ ...script("exit 4"), stdin })).end, { status: 4 });
      expect((await system.run({ ...script("head -c 3"), stdin })).stdout, "xxx");
    },
  },
  {
    title: "stdin ends where the text ends",
    async check(system) {
      expect((await system.run({ ...script("cat; echo end"), stdin: "" })).stdout, "end\n");
      expect((await system.run({ ...script("cat; echo end"), stdin: "text " })).stdout, "text end\n");
    },
  },
  {
    title: "stdout that is not valid UTF-8 is undefined; in stderr invalid bytes are replaced",
    async check(system) {
      expect(await system.run(script("printf 'a\\377b'; printf 'c\\377\\303d\\342\\202e' >&2")), {
        end: ok,
        stdout: undefined,
        stderr: "c\ufffd\ufffdd\ufffde",
      });
    },
  },
  {
    title: "a program that takes too long is killed with all its children",
    async check(system, directory) {
      const family = script('sleep 30 & echo $! > "$1/child"; echo $$ > "$1/pid"; sleep 30', directory);
      const outcome = await system.run({ ...family, timeoutSeconds: 0.3 });
      expect(outcome.end, { exceeded: "time" });
      await system.sleep(100);
      for (const name of ["child", "pid"]) {
        const pid = system.readFile(`${directory}/${name}`, 100).trim();
        // Gone, or a zombie.
        expect(await shell(system, 'grep -s "^State:" /proc/$1/status | grep -v Z || :', pid), "");
      }
    },
  },
  {
    title: "a program that writes too much is killed",
    async check(system) {
      for (const redirection of ["", ">&2"]) {
        const outcome = await system.run({ ...script(`yes ${redirection}`), outputLimit: 100_000 });
        expect(outcome.end, { exceeded: "output" });
      }
      const exact = await system.run({ ...script("head -c 100000 /dev/zero"), outputLimit: 100_000 });
      expect([exact.end, exact.stdout?.length], [ok, 100_000]);
    },
  },
  {
    title: "a process that a program leaves running is neither waited for nor killed",
    async check(system, directory) {
      const outcome = await system.run(script('{ sleep 2; : > "$1/late"; } & echo here', directory));
      expect([outcome.end, outcome.stdout, system.readDirectory(directory)], [ok, "here\n", []]);
      await system.sleep(1500);
      expect(system.readDirectory(directory), [{ name: "late", kind: "file" }]);
    },
  },
  {
    title: "even a descendant that has left the process group does not delay the timeout",
    async check(system) {
      const outcome = await system.run({ ...script("setsid sleep 3 & sleep 30"), timeoutSeconds: 0.2 });
      expect(outcome.end, { exceeded: "time" });
    },
  },
  {
    title: "a program that cannot be started is a failure that says why",
    async check(system, directory) {
      const at = (name: string) => `${directory}/${name}`;
      put(system, at("plain"), "#!/bin/sh\n");
      put(system, at("no-interpreter-line"), "exit 0\n");
      await shell(system, 'chmod +x "$1"', at("no-interpreter-line"));
      for (const [path, code] of [
        [at("missing"), "ENOENT"],
        [at("plain"), "EACCES"],
        [at("no-interpreter-line"), "ENOEXEC"],
        [directory, "EACCES"],
      ] as const) {
        expect([path, await codeOfAsync(path, () => system.run(program(path)))], [path, code]);
      }
    },
  },
  {
    title: "programs run side by side",
    async check(system, directory) {
      // Each waits until all the others have started.
      const together = script(': > "$1/$2"; while [ "$(ls "$1" | wc -l)" -lt 10 ]; do sleep 0.02; done; echo $2');
      const numbers = Array.from({ length: 10 }, (_, index) => String(index));
      const outcomes = await Promise.all(
        numbers.map((number) => system.run({ ...together, args: [...together.args, directory, number] })),
      );
      expect(
        outcomes.map((outcome) => outcome.stdout),
        numbers.map((number) => `${number}\n`),
      );
    },
  },
  {
    title: "a program gets none of our open files",
    async check(system, directory) {
      const lock = await system.lock(directory, 1);
      const open = await shell(system, "readlink /proc/$$/fd/* || :");
      lock.release();
      expect([open.includes("pipe:") || open.includes("socket:"), open.includes(directory)], [true, false]);
    },
  },
  {
    title: "a program leads a process group of its own and has no signal blocked or ignored",
    async check(system) {
      expect(await shell(system, 'read -r _ _ _ _ group _ < /proc/$$/stat; test "$group" = $$ && echo own'), "own\n");
      const masks = await shell(system, "sed -n 's/^Sig\\(Blk\\|Ign\\):.*\\(.\\{8\\}\\)$/\\2/p' /proc/self/status");
      // Without those above SIGSYS (31), which the C library reserves for itself.
      const signals = masks.split("\n").map((mask) => Number.parseInt(mask || "0", 16) & 0x7fffffff);
      expect(signals, [0, 0, 0]);
    },
  },
  {
    title: "no descriptor stays open",
    async check(system, directory) {
      const open = () =>
        system
          .readDirectory("/proc/self/fd")
          .map((entry) => entry.name)
          .sort();
      // The event loop opens its own descriptors at the first use.
      await shell(system, ":");
      await system.uninterrupted(() => {});
      const before = open();
      for (let round = 0; round < 3; round++) {
        await shell(system, "cat");
        await system.run({ ...script("sleep 5"), timeoutSeconds: 0.05 });
        await codeOfAsync(`${directory}/missing`, () => system.run(program(`${directory}/missing`)));
        codeOf(directory, () => system.readFile(directory, 10));
        codeOf(`${directory}/missing`, () => system.readDirectory(`${directory}/missing`));
        put(system, `${directory}/file`, "x");
        codeOf(`${directory}/file`, () => system.readFile(`${directory}/file`, 0));
        codeOf("/dev/full", () => system.writeFile("/dev/full", "x"));
        system.remove(`${directory}/file`);
        system.syncDirectory(directory);
        (await system.lock(directory, 1)).release();
      }
      expect(open(), before);
    },
  },
];

const rest: Case[] = [
  {
    title: "uninterrupted work returns its result or fails with its error",
    async check(system, directory) {
      expect(await system.uninterrupted(() => 5), 5);
      const path = `${directory}/missing`;
      expect(await codeOfAsync(path, () => system.uninterrupted(() => system.readFile(path, 1))), "ENOENT");
    },
  },
  {
    title: "a watch tells of every kind of change in a directory, and only of those since the last call",
    check: async (system, directory) => {
      const watch = await system.watch({ isForReader: false });
      await shell(system, 'mkdir "$1/watched" "$1/watched/below"', directory);
      const path = `${directory}/watched`;
      // The first one was not watched yet.
      watch.watchDirectory(path);
      watch.watchDirectory(path);
      for (const change of [
        "echo > a",
        "echo b >> a",
        "mv a b",
        "ln -s b c",
        "mkdir d",
        "rmdir d",
        "rm b",
        "mv ../x .",
      ]) {
        await shell(system, ': > "$1/x"', directory);
        expect([change, (await watch.next(0))?.inDirectories], [change, false]);
        await shell(system, `cd "$1" && ${change}`, path);
        expect([change, (await watch.next(20_000))?.inDirectories], [change, true]);
        while ((await watch.next(100))?.inDirectories === true);
      }
      await shell(system, 'cd "$1" && cat x && : > below/e', path);
      expect((await watch.next(100))?.inDirectories, false);
      await shell(system, 'rm -r "$1"', path);
      expect((await watch.next(20_000))?.inDirectories, true);
      watch.close();
    },
  },
  {
    title: "a directory that has been made anew is watched once it is asked for again",
    check: async (system, directory) => {
      const watch = await system.watch({ isForReader: false });
      const path = `${directory}/watched`;
      await shell(system, 'mkdir "$1"', path);
      watch.watchDirectory(path);
      await shell(system, 'rmdir "$1" && mkdir "$2" && mv "$2" "$1"', path, `${directory}/new`);
      while ((await watch.next(100))?.inDirectories === true);
      watch.watchDirectory(path);
      await shell(system, ': > "$1/a"', path);
      expect((await watch.next(20_000))?.inDirectories, true);
      watch.close();
    },
  },
  {
    title: "a watch tells of changes while it is waited for, of what came before, and of its end",
    check: async (system, directory) => {
      const watch = await system.watch({ isForReader: false });
      watch.watchDirectory(directory);
      const before = system.currentTime();
      const change = shell(system, 'sleep 0.2; : > "$1/a"', directory);
      expect((await watch.next(20_000))?.inDirectories, true);
      expect(system.currentTime() - before < 15_000, true);
      await change;
      const end = watch.next(20_000);
      watch.close();
      await end;
      expect(await watch.next(20_000), undefined);
    },
  },
  {
    title: "only directories can be watched",
    check: async (system, directory) => {
      const watch = await system.watch({ isForReader: false });
      const [file, absent] = [`${directory}/file`, `${directory}/absent`];
      system.createFile(file, "");
      expect(
        codeOf(file, () => watch.watchDirectory(file)),
        "ENOTDIR",
      );
      expect(
        codeOf(absent, () => watch.watchDirectory(absent)),
        "ENOENT",
      );
      watch.close();
    },
  },
  {
    title: "sleeping takes time and does not block others",
    async check(system) {
      const order: string[] = [];
      const nap = async (name: string, milliseconds: number) => {
        await system.sleep(milliseconds);
        order.push(name);
      };
      await Promise.all([nap("long", 200), nap("short", 50)]);
      expect(order, ["short", "long"]);
    },
  },
  {
    title: "random bytes are as many bytes as asked for, and different each time",
    check(system) {
      const bytes = system.randomBytes(16);
      expect([bytes.length, bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)], [16, true]);
      expect(JSON.stringify(bytes) === JSON.stringify(system.randomBytes(16)), false);
    },
  },
  {
    title: "the user's id and the program's name are known",
    async check(system) {
      expect(String(system.userId), (await shell(system, "id -u")).trim());
      expect(system.programName.length > 0, true);
    },
  },
];

const accessOf = ({ mode, userId, groupId }: FileAccess): FileAccess => ({ mode, userId, groupId });

export const contract: readonly Case[] = [...files, ...locks, ...programs, ...rest];
