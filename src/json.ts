// JSON that people and scripts wrote: reads it, and says where it is wrong. The engines word their own errors differently,
// and one of them not at all in a released build.

/** A text is not JSON, or not the JSON that it should be; the message is the reason alone. */
export class JsonError extends Error {}

/** As much as a definition may have; a script's answer is no reason to work for minutes. */
const lengthLimit = 1024 * 1024;

/** Throws a JsonError that names line, column and what is expected there. */
export function parseJson(text: string): unknown {
  if (text.length > lengthLimit) throw new JsonError("it is larger than 1 MiB");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonError(problemIn(text) ?? "it is nested too deeply");
  }
  // QuickJS takes any escape and numbers as `5.` or `-01`, and every engine half of a surrogate pair, which is no text in UTF-8.
  const isSuspicious = text.includes("\\") || text.includes("-0") || (text.includes(".") && /\d\.(?!\d)/.test(text));
  const problem = isSuspicious ? problemIn(text) : undefined;
  if (problem !== undefined) throw new JsonError(problem);
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Punctuation, a text, or a word, which need not be good ones. */
const token = /[ \t\n\r]*([{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^ \t\n\r{}[\],:"]+)?/y;

const literal = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const goodEscapes = /^[^\\]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^\\]*)*$/;

/** Walks the text as far as it is JSON (RFC 8259). */
function problemIn(text: string): string | undefined {
  if (text.startsWith("\ufeff")) return "it begins with a byte order mark, which JSON does not have";
  if (text.trim() === "") return "it is empty";
  const open: string[] = [];
  let expected = "value";
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(text);
    const word = match?.[1];
    const start = at + (match?.[0].length ?? 0) - (word?.length ?? 0);
    if (start >= text.length) {
      if (expected === "end") return undefined;
      return `it ends too early, at ${position(text, start)}: ${describe(expected)} is expected`;
    }
    const next = word === undefined ? undefined : follow(word, expected, open);
    if (word === undefined || next === undefined)
      return `not valid JSON at ${position(text, start)}: ${problemWith(word, expected)}`;
    expected = next;
    at = start + word.length;
  }
}

/** What may come after `word`, or undefined when it must not stand here. */
function follow(word: string, expected: string, open: string[]): string | undefined {
  const after = () => (open.length === 0 ? "end" : `comma or ${open.at(-1) === "{" ? "}" : "]"}`);
  switch (word) {
    case "{":
    case "[":
      if (!expected.startsWith("value")) return undefined;
      open.push(word);
      return word === "{" ? "name or }" : "value or ]";
    case "}":
    case "]":
      if (!expected.endsWith(word)) return undefined;
      open.pop();
      return after();
    case ",":
      if (!expected.startsWith("comma")) return undefined;
      return open.at(-1) === "{" ? "name" : "value";
    case ":":
      return expected === "colon" ? "value" : undefined;
    default:
      if (!isValue(word)) return undefined;
      if (word.startsWith('"') && expected.startsWith("name")) return "colon";
      return expected.startsWith("value") ? after() : undefined;
  }
}

function describe(expected: string): string {
  if (expected === "end") return "the end";
  return `a ${expected.replace("name", "name in double quotes")}`;
}

function problemWith(word: string | undefined, expected: string): string {
  if (word === undefined) return "the text that begins here has no end";
  const isText = word.startsWith('"');
  if (isText && /^(?:name|value)/.test(expected)) {
    if (word.includes("\n")) return "the text that begins here does not end on its line";
    return "the text that begins here has a character or an escape that JSON does not allow";
  }
  const start = word.length > 40 ? `${word.slice(0, 40)}…` : word;
  const quotes = expected.startsWith("value") && /^['a-z]/i.test(word) ? " without double quotes" : "";
  return `${describe(expected)} is expected, not ${/^['"]/.test(word) ? start : `'${start}'`}${quotes}`;
}

function isValue(word: string): boolean {
  if (!word.startsWith('"')) return literal.test(word);
  if (!goodEscapes.test(word)) return false;
  try {
    const value: unknown = JSON.parse(word);
    return typeof value !== "string" || value.isWellFormed();
  } catch {
    return false;
  }
}

function position(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
