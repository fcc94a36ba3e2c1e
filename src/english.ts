// Counts and lists of names in English, for messages.

/** `a`, `a and b`, `a, b and c`; of many names the first ones and the number of the rest. */
export function joinNames(names: readonly string[], conjunction = "and"): string {
  const shown = names.length > 12 ? [...names.slice(0, 11), `${names.length - 11} more`] : names;
  const last = shown.at(-1) ?? "none";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

/** `1 device`, `2 devices`. */
export function countNoun(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
