// How results look on a terminal: aligned, and in colour unless NO_COLOR is set (see no-color.org). Piped output never
// changes, because programs read it.

import { escapeControls } from "./escape.ts";
import type { Stream, System } from "./system.ts";

export function isColoured(system: System, stream: Stream): boolean {
  return system.isTerminal(stream) && !system.environment("NO_COLOR") && system.environment("TERM") !== "dumb";
}

const codes = { bold: "1", faint: "2", green: "32", red: "31", yellow: "33" } as const;

export type StyleName = keyof typeof codes;

/** Puts a text into a style. */
export type Style = (style: StyleName, text: string) => string;

/** Makes the style of stdout, which does nothing if stdout has no colour. */
export function createStyle(system: System): Style {
  if (!isColoured(system, "stdout")) return (_, line) => line;
  return (style, line) => `\x1b[${codes[style]}m${line}\x1b[0m`;
}

/** In columns; undefined where stdout is no terminal, or one that has no width. `COLUMNS` counts more, as for other programs. */
export function findWidth(system: System): number | undefined {
  if (!system.isTerminal("stdout")) return undefined;
  const wanted = system.environment("COLUMNS") ?? "";
  return (/^[1-9]\d{0,3}$/.test(wanted) ? Number(wanted) : system.terminalWidth("stdout")) || undefined;
}

const widest = 40;

/** The width of a column for these words. Longer ones stick out, so that a single one does not pad all the others. */
export function columnWidth(words: readonly string[]): number {
  return words.reduce((width, word) => (word.length > widest ? width : Math.max(width, word.length)), 0);
}

/** Distributes words over as many lines as they need. */
export function fillLines(words: readonly string[], { width, gap }: { width: number; gap: string }): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + gap.length + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last}${gap}${word}`;
  }
  return lines;
}

/** How text from others is shown. */
export interface Escapes {
  /** Of a parent, a type or an attribute, or the driver's for a type. */
  readonly name: (text: string) => string;
  readonly text: (text: string) => string;
}

/** On stdout. Nothing commands a terminal; in a pipe, a name never makes a line of its own. */
export function createEscapes({ isTerminal }: { readonly isTerminal: boolean }): Escapes {
  if (isTerminal) return { name: escapeControls, text: escapeControls };
  return { name: keepOnLine, text: (text) => text };
}

/** Hardly any name has a line break, and there can be very many names. */
export function keepOnLine(name: string): string {
  return name.includes("\n") ? name.replaceAll("\n", "\\n") : name;
}

/** Writes a result that comes in pieces. Returns whether there was any. */
export function writePieces(system: System, pieces: Iterable<string>): boolean {
  let isEmpty = true;
  for (const part of joinPieces(pieces)) {
    system.write("stdout", part);
    isEmpty = false;
  }
  return !isEmpty;
}

/** Makes larger parts of pieces, so that a long text needs neither much memory nor many calls. */
export function* joinPieces(pieces: Iterable<string>): Generator<string> {
  let part = "";
  for (const piece of pieces) {
    part += piece;
    if (part.length < 32 * 1024) continue;
    yield part;
    part = "";
  }
  if (part !== "") yield part;
}
