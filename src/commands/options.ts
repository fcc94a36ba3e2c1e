// The options that several commands share, imported as `option`. A command can replace the summary of one, or what shells offer
// for it.

import { createFlag, type ValueOption } from "../cli/command.ts";
import { UserError } from "../errors.ts";
import { parseName, parseParent } from "../names.ts";
import { parseUuid, type Uuid } from "../uuid.ts";

export const uuid = {
  name: "uuid",
  short: "u",
  placeholder: "UUID",
  summary: "The device",
  completes: "devices",
  parse: (text: string): Uuid => {
    const found = parseUuid(text);
    if (found === undefined) {
      throw new UserError(
        `'${text}' is not a UUID`,
        "A UUID is 32 hexadecimal digits with hyphens; 'mdevctl list' and 'mdevctl list --defined' show those of devices.",
      );
    }
    return found;
  },
} as const satisfies ValueOption<Uuid>;

export const parent = {
  name: "parent",
  short: "p",
  placeholder: "PARENT",
  summary: "The parent device",
  completes: "parents",
  parse: parseParent,
} as const satisfies ValueOption<string>;

export const type = {
  name: "type",
  short: "t",
  placeholder: "TYPE",
  summary: "The mdev type",
  completes: "types",
  parse: parseName,
} as const satisfies ValueOption<string>;

export const jsonfile = {
  name: "jsonfile",
  placeholder: "FILE",
  summary: "Read the configuration from this file, in the format of a definition; - is stdin",
  completes: "files",
  parse: (text: string): string => {
    if (text === "") throw new UserError("the name of the file is empty");
    return text;
  },
} as const satisfies ValueOption<string>;

export const auto = createFlag("auto", "a", "Start the device when its parent appears");
export const force = createFlag("force", "f", "Continue even if a callout script refuses");
/** Of a pause between two looks. */
export function parseSeconds(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UserError(`'${text}' is not a number of seconds from 1 to 999999`);
}

export const json = createFlag("json", undefined, "Write JSON, in the format that the manual describes");
export const dumpjson = createFlag("dumpjson", undefined, "Write JSON");
