// Suggests the name that was probably meant when one does not exist.

import { joinNames } from "./english.ts";

/** A hint that asks which of the candidates was meant; undefined if none is near, or too many are. */
export function suggestNames(name: string, candidates: readonly string[]): string | undefined {
  const meant = findNear(name, candidates);
  if (meant.length === 0) return undefined;
  return `${askForMeant(meant)}${isSame(meant[0], name) ? " Letter case counts." : ""}`;
}

export function askForMeant(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return `Did you mean ${joinNames(quoted, "or")}?`;
}

/** The candidates that begin with the name; else those that contain it; else the closest ones. None if there are many. */
function findNear(name: string, candidates: readonly string[]): string[] {
  const typed = normalize(name);
  if (typed === "") return [];
  const near = [
    candidates.filter((candidate) => isSame(candidate, name)),
    candidates.filter((candidate) => normalize(candidate).startsWith(typed)),
    typed.length < 3 ? [] : candidates.filter((candidate) => normalize(candidate).includes(typed)),
    findClosest(typed, candidates),
  ];
  const found = near.find((some) => some.length > 0) ?? [];
  return found.length > 3 ? [] : found;
}

/** Those with the fewest edits, if these are few enough that a person may have meant them. */
function findClosest(typed: string, candidates: readonly string[]): string[] {
  const ranked = candidates.flatMap((candidate) => {
    const most = Math.max(1, Math.floor(candidate.length / 3));
    const name = normalize(candidate);
    // It takes at least as many edits as that, and counting those of a very long word takes long.
    if (Math.abs(typed.length - name.length) > most) return [];
    const distance = editDistance(typed, name);
    return distance <= most ? [{ candidate, distance }] : [];
  });
  const least = Math.min(...ranked.map(({ distance }) => distance));
  return ranked.filter(({ distance }) => distance === least).map(({ candidate }) => candidate);
}

/** Whatever the letter case. */
export function isSame(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/** Without letter case, and without what all long options begin with. */
function normalize(name: string): string {
  return name.toLowerCase().replace(/^--/, "");
}

/** The number of insertions, deletions, replacements and swaps of neighbours between two texts (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        cell(last, column) + 1,
        cell(current, column - 1) + 1,
        cell(last, column - 1) + (same ? 0 : 1),
        swapped ? cell(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, to.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
