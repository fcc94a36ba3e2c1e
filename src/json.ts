// JSON that people and scripts wrote: reads it, and says where it is wrong. The engines word their own errors differently,
// and one of them not at all in a released build.

export class JsonError extends Error {}

/** Throws a JsonError that names line and column. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonError(explain(text));
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const token = /[ \t\n\r]*([{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)?/y;

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
  const isText = word.startsWith('"');
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
      if (isText && expected.startsWith("name")) return "colon";
      return expected.startsWith("value") ? after() : undefined;
  }
}

function position(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
