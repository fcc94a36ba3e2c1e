// Text from others on its way to a person: names, drivers' texts, other processes' command lines, scripts' messages. A terminal
// would obey the control characters in it.

/**
 * Every character but those that a terminal only shows. Left out are the control characters, except for the tab, what separates
 * lines in Unicode, and what changes the direction of writing.
 */
const obeyed = /[^\t -~\u00a0-\u061b\u061d-\u200d\u2010-\u2027\u202f-\u2065\u206a-\uffff]/g;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r" };

/** The engines remember every match until they have all, in several hundred bytes each; a script can write millions. */
const partLength = 4096;

/** The text with its control characters as escape sequences, so that it is on one line and no terminal obeys it. */
export function escapeControls(text: string): string {
  if (text.length <= partLength) return escapePart(text);
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += partLength) parts.push(escapePart(text.slice(at, at + partLength)));
  return parts.join("");
}

function escapePart(text: string): string {
  return text.replace(obeyed, (character) => short[character] ?? escapeCode(character.charCodeAt(0)));
}

function escapeCode(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
