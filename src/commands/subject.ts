// What `status` and `doctor` are asked about: a card, a parent or a device, of whose UUID a beginning is enough.

import type { Operand } from "../cli/command.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { hintAboutParent } from "../kernel/frameworks.ts";
import { parseParent } from "../names.ts";
import type { Observed } from "../observed.ts";
import { parseUuid, type Uuid } from "../uuid.ts";
import { findUuidOf, isBeginning } from "./device.ts";

export const subjectOperand = {
  name: "subject",
  placeholder: "PARENT|UUID",
  summary: "Only this card, parent or device; a unique beginning of a device's UUID is enough",
  completes: "subjects",
  optional: true,
  parse: parseParent,
} as const satisfies Operand<string>;

/** A card or a parent, which may only have definitions, by its name; or a device. */
export type Subject = { readonly place: string } | { readonly uuid: Uuid };

/** Throws a UserError if there is nothing of this name, or if several devices' UUIDs begin with it. */
export function findSubject(
  host: Host,
  { cards, parents, devices, brokenDefinitions }: Observed,
  text: string,
): Subject {
  const rows = [...devices, ...brokenDefinitions];
  const isPlace =
    cards.some(({ address }) => address === text) ||
    parents.some(({ name }) => name === text) ||
    rows.some(({ parent }) => parent === text);
  if (isPlace) return { place: text };
  if (parseUuid(text) === undefined && (text.length < 4 || !isBeginning(text))) {
    throw new UserError(`there is no card, parent device or device ${text}`, hintAboutParent(host, text));
  }
  const uuid = findUuidOf(host, parseUuid(text) ?? text.toLowerCase(), ["active", "defined"]);
  if (rows.some((row) => row.uuid === uuid)) return { uuid };
  throw new UserError(
    `${uuid} is neither active nor defined`,
    "'mdevctl list' and 'mdevctl list --defined' show the devices.",
  );
}
