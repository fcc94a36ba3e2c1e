// The one door to the outside: everything mdevctl asks of the operating system goes through a System.
// `system/node.ts` and `system/quickjs.ts` implement it for the two builds, `system/sandbox.ts` wraps one of them so that a
// directory tree behaves as the kernel's sysfs does. It holds no policy: no path arithmetic, no caching, no ignoring of failures.
// Files are read and written synchronously; only what waits for someone else is asynchronous.

export interface System {
  /** The name that the program was called by (may have directories) and the arguments after it. */
  readonly programName: string;
  readonly args: readonly string[];
  /** Effective user id; 0 is root. */
  readonly userId: number;
  environment(name: string): string | undefined;

  /**
   * The whole text of a regular file or one of sysfs, where a read that gives less than was asked for has reached the end.
   * Throws EFBIG when it has more than `limit` bytes, EILSEQ when it is not valid UTF-8. Never waits, whatever is there: a pipe
   * is opened without blocking, a terminal does not become ours.
   */
  readFile(path: string, limit: number): string;
  /**
   * The texts of the files of these names in each directory of a directory, each as readFile gives it, or why it does not. What
   * is not a file counts as a directory.
   */
  readFilesBelow(directory: string, names: readonly string[], limit: number): FilesBelow[];
  /** As readFile, of anything that can be read until it ends: a pipe, a terminal. */
  readInput(path: string, limit: number): string;
  readLink(path: string): string;
  /** The targets of links whose paths start at a directory, each as readLink gives it, or why it does not. */
  readLinks(directory: string, names: readonly string[]): (string | SystemError)[];
  /** The entries in the order of the file system, without `.` and `..`. */
  readDirectory(path: string): DirectoryEntry[];
  /** What a path leads to; a link is followed. */
  stat(path: string): FileStatus;
  /** What is at a path, be it a link. */
  lstat(path: string): FileStatus;

  /** Writes into a file that exists, in one write call, without truncating: the way sysfs wants it. EIO when it takes only a part. */
  writeFile(path: string, text: string): void;
  /**
   * Makes a file that did not exist and flushes its contents to the disk. Without `access` it belongs to whom we are and has
   * what the umask leaves of mode 0666.
   */
  createFile(path: string, text: string, access?: FileAccess): void;
  /** Puts a file in the place of another in one step. */
  rename(from: string, to: string): void;
  /** Flushes a directory to the disk: what was created, renamed or removed in it stays so. */
  syncDirectory(path: string): void;
  /** Makes a directory with what the umask leaves of mode 0777; its parent must exist. */
  makeDirectory(path: string): void;
  makeLink(target: string, path: string): void;
  /** Removes a file, a link or an empty directory. */
  remove(path: string): void;

  /** Waits until no other process holds the lock on this directory, then holds it until the returned function is called. ETIMEDOUT. */
  lock(directory: string, seconds: number): Promise<() => void>;
  /**
   * Runs a program to its end; its failures to start are a SystemError, all other outcomes a value. What it leaves running
   * behind has a second to close stdout and stderr.
   */
  run(program: Program): Promise<Outcome>;
  /**
   * Does something that SIGHUP, SIGINT and SIGTERM must not stop half way: they end us when it is done. While we wait, in run,
   * lock or sleep, they end us at once, together with every program that runs.
   */
  uninterrupted<T>(work: () => T): Promise<T>;
  sleep(milliseconds: number): Promise<void>;
  randomBytes(count: number): readonly number[];

  /** Writes all of the text to stdout or stderr. */
  write(stream: Stream, text: string): void;
  isTerminal(stream: Stream): boolean;
}

export type Stream = "stdout" | "stderr";

export type FileKind = "file" | "directory" | "link" | "other";

export interface FilesBelow {
  /** Of the directory. */
  readonly name: string;
  /** In the order of the names that were asked for. */
  readonly texts: readonly (string | SystemError)[];
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

export interface FileAccess {
  /** Permission bits, as in 0o644; the umask does not apply. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
}

export interface FileStatus extends FileAccess {
  readonly kind: FileKind;
}

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly stdin: string;
  /** After so long the program and everything it started is killed. */
  readonly timeoutSeconds: number;
  /** What stdout and stderr may have, each; a program that writes more is killed. */
  readonly outputLimit: number;
}

export interface Outcome {
  readonly end: { readonly status: number } | { readonly signal: string } | { readonly exceeded: "time" | "output" };
  /** Undefined when it is not valid UTF-8. */
  readonly stdout: string | undefined;
  /** Invalid UTF-8 is replaced: it is only shown. */
  readonly stderr: string;
}

/** An operation that the operating system refused. */
export class SystemError extends Error {
  constructor(
    /** As in errno(3): `ENOENT`. */
    readonly code: string,
    /** What was tried, as a verb: `read`, `write`, `run`. */
    readonly operation: string,
    readonly path: string,
  ) {
    super(`cannot ${operation} ${path}: ${reasons[code] ?? code}`);
  }

  /** The code in words, as strerror(3) has it. */
  get reason(): string {
    return reasons[this.code] ?? this.code;
  }
}

/** The codes that a user of mdevctl can meet; for the others the code itself has to do. */
const reasons: Readonly<Record<string, string>> = {
  E2BIG: "argument list too long",
  EACCES: "permission denied",
  EAGAIN: "resource temporarily unavailable",
  EBUSY: "device or resource busy",
  EDQUOT: "disk quota exceeded",
  EEXIST: "it exists already",
  EFBIG: "file too large",
  EILSEQ: "not valid UTF-8",
  EINTR: "interrupted system call",
  EINVAL: "invalid argument",
  EIO: "input/output error",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "file name too long",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOEXEC: "not an executable program",
  ENOLCK: "no lock available",
  ENOMEM: "out of memory",
  ENOSPC: "no space left on device",
  ENOSYS: "function not implemented",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  ENXIO: "no such device or address",
  EOPNOTSUPP: "operation not supported",
  EPERM: "operation not permitted",
  EPIPE: "broken pipe",
  EROFS: "read-only file system",
  ETIMEDOUT: "timed out",
  ETXTBSY: "text file busy",
  EUSERS: "too many users",
};

/** The codes for what is not there. */
export const missing: readonly string[] = ["ENOENT", "ENOTDIR"];

/** What `action` gives, or undefined when the operating system answers with one of these codes. */
export function unless<T>(codes: readonly string[], action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** For a System that has no quicker way: what reads several files or links, by what reads one. */
export function oneByOne({
  readDirectory,
  readFile,
  readLink,
}: Pick<System, "readDirectory" | "readFile" | "readLink">): Pick<System, "readFilesBelow" | "readLinks"> {
  return {
    readFilesBelow: (directory, names, limit) => {
      const below = readDirectory(directory).filter(({ kind }) => kind !== "file");
      return below.map(({ name }) => ({
        name,
        texts: names.map((file) => orError(() => readFile(`${directory}/${name}/${file}`, limit))),
      }));
    },
    readLinks: (directory, names) => names.map((name) => orError(() => readLink(`${directory}/${name}`))),
  };
}

/** What `action` gives, or the operating system's refusal. */
function orError<T>(action: () => T): T | SystemError {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
}
