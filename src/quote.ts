// Words of command lines that users copy, or that we write into scripts.

/** A word for a POSIX shell, quoted if it needs to be. */
export function quoteForShell(text: string): string {
  return /^[\w/.,:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
