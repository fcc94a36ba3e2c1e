// JSON that people and scripts wrote: reads it, and says where it is wrong. The engines word their own errors differently,
// and one of them not at all in a released build.

export class JsonError extends Error {}

/** Throws a JsonError that names line and column. */
export function parseJson(text: string): unknown {
  try {
    return parsed(text);
  } catch {
    throw new JsonError(explain(text));
  }
}

/** Only an escape can write half of a surrogate pair, which is no text in UTF-8. */
function parsed(text: string): unknown {
  return text.includes("\\u") ? JSON.parse(text, refuseHalfCharacters) : JSON.parse(text);
}

function refuseHalfCharacters(name: string, value: unknown): unknown {
  if (!name.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) throw new JsonError();
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * An object of these fields as pretty JSON. JSON.stringify would put names that look like integers first, whatever their
 * place.
 */
export function formatObject(fields: readonly (readonly [name: string, value: unknown])[]): string {
  if (fields.length === 0) return "{}";
  const lines = fields.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value, null, 2)}`);
  return `{\n${indent(lines.join(",\n"))}\n}`;
}

/** A line break in JSON is never part of a text, so every line can be moved. */
export function indent(text: string): string {
  return `  ${text.replaceAll("\n", "\n  ")}`;
}

/** Punctuation, a text, or a word; whether it is a good one JSON.parse knows. */
const token = /[ \t\n\r]*([{}[\],:]|"(?:[^"\\]|\\.)*"|[^ \t\n\r{}[\],:"]+)?/y;

/** Walks the text as far as it is JSON. */
function explain(text: string): string {
  if (text.trim() === "") return "it is empty";
  const open: string[] = [];
  let expected = "value";
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(text);
    const word = match?.[1];
    const start = at + (match?.[0].length ?? 0) - (word?.length ?? 0);
    if (word === undefined) {
      if (start >= text.length && expected !== "end") return "it ends too early";
      return `not valid JSON at ${position(text, start)}`;
    }
    const next = follow(word, expected, open);
    if (next === undefined) return `not valid JSON at ${position(text, start)}`;
    if (start + word.length >= text.length && next === "end") return "it is nested too deeply";
    expected = next;
    at = start + word.length;
  }
}

/** What may come after `word`, or undefined when it must not stand here. */
function follow(word: string, expected: string, open: string[]): string | undefined {
  const after = () => (open.length === 0 ? "end" : "comma");
  switch (word) {
    case "{":
    case "[":
      if (!expected.startsWith("value")) return undefined;
      open.push(word);
      return word === "{" ? "name or }" : "value or ]";
    case "}":
    case "]":
      if (open.pop() !== (word === "}" ? "{" : "[")) return undefined;
      return expected === "comma" || expected.endsWith(word) ? after() : undefined;
    case ",":
      if (expected !== "comma") return undefined;
      return open.at(-1) === "{" ? "name" : "value";
    case ":":
      return expected === "colon" ? "value" : undefined;
    default:
      if (!isValue(word)) return undefined;
      if (word.startsWith('"') && expected.startsWith("name")) return "colon";
      return expected.startsWith("value") ? after() : undefined;
  }
}

function isValue(word: string): boolean {
  try {
    parsed(word);
    return true;
  } catch {
    return false;
  }
}

function position(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
