// Words of a command line to show or write.

/** As a word for a POSIX shell, in quotes where it needs them. */
export function quoteForShell(text: string): string {
  return /^[\w/.,:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
