// Lays out JSON from ordered fields: objects would put names that look like integers first. A field is a text such as
// `"start": "auto"`; values that are texts already cost a listing the least. A margin is what stands before the text of a line,
// from the newline on.

export const indent = "  ";

/** Makes the text of a field. The margin is that of its line, and of the last line of its value. */
type Format<T> = (item: T, margin: string) => string;

export function formatObject(margin: string, fields: readonly string[]): string {
  const line = margin + indent;
  return fields.length === 0 ? "{}" : `{${line}${fields.join(`,${line}`)}${margin}}`;
}

export function formatArray(margin: string, items: readonly string[]): string {
  const line = margin + indent;
  return items.length === 0 ? "[]" : `[${line}${items.join(`,${line}`)}${margin}]`;
}

/** An array of objects with one field each. */
export function formatEntries<T>(margin: string, items: readonly T[], format: Format<T>): string {
  if (items.length === 0) return "[]";
  const line = margin + indent;
  const inside = line + indent;
  const open = `${line}{${inside}`;
  let text = "";
  for (const item of items) text += (text === "" ? `[${open}` : `${line}},${open}`) + format(item, inside);
  return `${text}${line}}${margin}]`;
}

/** The pieces of an array of one object with these fields, or of an empty array; with a newline at the end. */
export function* formatListing<T>(items: Iterable<T>, format: Format<T>): Generator<string> {
  let before = "[\n  {";
  for (const item of items) {
    yield `${before}\n    ${format(item, "\n    ")}`;
    before = ",";
  }
  yield before === "," ? "\n  }\n]\n" : "[]\n";
}

/** Puts JSON on one line. Every newline is layout, because strings have theirs escaped. */
export function compactJson(text: string): string {
  return text.replace(/\n *(?:("[^"\\]*(?:\\.[^"\\]*)*":) )?/g, "$1");
}

const quotedTexts: Record<string, string> = Object.create(null);

/** The text of a string that a listing repeats. It is remembered, because quoting takes longer than the rest of a field. */
export function quote(text: string): string {
  const known = quotedTexts[text];
  if (known !== undefined) return known;
  quotedTexts[text] = JSON.stringify(text);
  return quotedTexts[text];
}
