// Lays out JSON from ordered fields: objects would put names that look like integers first. A field is a text such as
// `"start": "auto"`; values that are texts already cost a listing the least. A margin is what stands before the text of a line,
// from the newline on.

export const indent = "  ";

/** Makes the text of a field. The margin is that of its line, and of the last line of its value. */
type Format<T> = (item: T, margin: string) => string;

/** Items under a name. Very many of them can come as several groups in a row, none of them empty. */
type Group<T> = readonly [name: string, items: readonly T[]];

export function formatObject(margin: string, fields: readonly string[]): string {
  return fields.length === 0 ? "{}" : `{${margin}${indent}${fields.join(`,${margin}${indent}`)}${margin}}`;
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

/** The pieces of a listing: an array of one object that has an array of entries for each name, or an empty array; then a newline. */
export function* formatListing<T>(groups: Iterable<Group<T>>, format: Format<T>): Generator<string> {
  let above: string | undefined;
  let end = "";
  for (const [name, items] of groups) {
    const before = above === undefined ? "[\n  {" : `${end},`;
    const entries = formatEntries("\n    ", items, format);
    end = items.length === 0 ? "]" : "\n    ]";
    const open = entries.slice(0, -end.length);
    yield name === above ? `,${open.slice(1)}` : `${before}\n    ${JSON.stringify(name)}: ${open}`;
    above = name;
  }
  yield above === undefined ? "[]\n" : `${end}\n  }\n]\n`;
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
