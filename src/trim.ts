// What an expression like /x+$/ does, which takes time that grows with the square of the text's length.

/** Without this character at its end, however often it is there. */
export function trimEnd(text: string, character: string): string {
  const code = character.charCodeAt(0);
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === code) end--;
  return text.slice(0, end);
}
