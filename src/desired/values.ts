// What nodes hold, or a refusal that says what is expected.

import { UserError } from "../errors.ts";
import { suggestNames } from "../suggest.ts";
import { type Node, positionError } from "./yaml.ts";

/** The fields of a map by their names. */
export interface Fields {
  get(name: string): Node | undefined;
  required(name: string): Node;
}

/** Refuses other fields than these. */
export function fieldsOf(node: Node, what: string, names: readonly string[]): Fields {
  if (node.kind !== "map") throw positionError(node.at, `${what} is not a map of ${names.join(", ")}`);
  const unknown = node.fields.find(({ name }) => !names.includes(name.text))?.name;
  if (unknown !== undefined) {
    const known = `The fields of ${what} are ${names.join(", ")}.`;
    throw positionError(unknown.at, `there is no field '${unknown.text}'`, suggestNames(unknown.text, names) ?? known);
  }
  const get = (name: string) => node.fields.find((field) => field.name.text === name)?.value;
  const required = (name: string) => {
    const value = get(name);
    if (value === undefined) throw positionError(node.at, `${what} has no '${name}'`);
    return value;
  };
  return { get, required };
}

/** Of a map with any names. */
export function entriesOf(node: Node, what: string): Map<string, Node> {
  if (node.kind !== "map") throw positionError(node.at, `${what} is expected`);
  return new Map(node.fields.map(({ name, value }) => [name.text, value]));
}

export function listOf(node: Node, what: string): readonly Node[] {
  if (node.kind === "list") return node.items;
  const isEmpty = node.kind === "text" && node.text === "";
  throw positionError(node.at, `${what} is expected`, isEmpty ? "A list that is empty is written as []." : undefined);
}

export function textOf(node: Node, what: string): string {
  if (node.kind !== "text") throw positionError(node.at, `${what} is expected`);
  return node.text;
}

/** A text that the function takes. */
export function nameOf(node: Node, what: string, parse: (text: string) => string): string {
  const text = textOf(node, what);
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof UserError ? positionError(node.at, error.message, error.hint) : error;
  }
}

export function booleanOf(node: Node): boolean {
  const text = textOf(node, "true or false");
  if (text === "true" || text === "false") return text === "true";
  throw positionError(node.at, `'${text}' is neither true nor false`);
}

export function numberOf(node: Node, least: number): number {
  const text = textOf(node, "a number");
  if (/^(0|[1-9]\d{0,5})$/.test(text) && Number(text) >= least) return Number(text);
  throw positionError(node.at, `'${text}' is not a number from ${least} to 999999`);
}
