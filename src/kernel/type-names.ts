// Types by the names that drivers give them for people.

import { joinNames } from "../english.ts";
import { UserError } from "../errors.ts";

export interface NamedType {
  readonly type: string;
  readonly name: string;
}

/** The type that is called so, whatever the letter case and with or without the vendor. Several are a UserError. */
export function findTypeByName(types: readonly NamedType[], text: string, failure: string): NamedType | undefined {
  const meant = new Map(types.filter(({ name }) => isCalled(name, text)).map((each) => [each.type, each]));
  if (meant.size > 1) {
    const all = [...meant.values()].map(({ type, name }) => `${type} (${name})`);
    throw new UserError(`${failure}: several types are called '${text}'`, `They are ${joinNames(all)}.`);
  }
  const [found] = meant.values();
  return found;
}

function isCalled(name: string, text: string): boolean {
  const [full, typed] = [name.toLowerCase(), text.toLowerCase()];
  return full !== "" && (typed === full || typed === withoutVendor(full));
}

export function withoutVendor(name: string): string {
  return name.replace(/^(nvidia|grid) /i, "");
}

/** For a column of a table: a name that is one word says more than a number. */
export function nameTypeInTable(type: string, name: string | null): string {
  const short = withoutVendor(name ?? "");
  return short === "" || short.includes(" ") ? type : short;
}

/** What people call a type, if that is known. */
export function nameType(type: string, name: string | undefined): string {
  return name === undefined ? type : withoutVendor(name);
}
