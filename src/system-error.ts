// What a System throws when the operating system refuses: the code, and what was tried on which path. Imports nothing, so
// that the interface, its implementations and everything above them can share it.

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

/** For the codes that users of mdevctl can meet; the others are shown as they are. */
const reasons: Readonly<Record<string, string>> = {
  E2BIG: "argument list too long",
  EACCES: "permission denied",
  EAGAIN: "resource temporarily unavailable",
  EBADF: "bad file descriptor",
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
  ESTALE: "stale file handle",
  ETIMEDOUT: "timed out",
  ETXTBSY: "text file busy",
  EUCLEAN: "structure needs cleaning",
  EUSERS: "too many users",
};

/** The codes that mean that there is nothing at a path. */
export const missing: readonly string[] = ["ENOENT", "ENOTDIR"];

/** The result of `action`, or undefined if the operating system refuses with one of these codes. */
export function unless<T>(codes: readonly string[], action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
