// The options that several commands share. A command says with `about` what one means to it.

import type { Flag, ValueOption } from "../cli/command.ts";
import { UserError } from "../errors.ts";
import { parseName, parseParent } from "../names.ts";
import { parseUuid, type Uuid } from "../uuid.ts";

export const uuid: ValueOption<Uuid> = {
  name: "uuid",
  short: "u",
  placeholder: "UUID",
  summary: "The device",
  parse: (text) => {
    const read = parseUuid(text);
    if (read === undefined) throw new UserError(`'${text}' is not a UUID`);
    return read;
  },
};

export const parent: ValueOption<string> = {
  name: "parent",
  short: "p",
  placeholder: "PARENT",
  summary: "The parent device",
  parse: parseParent,
};

export const type: ValueOption<string> = {
  name: "type",
  short: "t",
  placeholder: "TYPE",
  summary: "The mdev type",
  parse: parseName,
};

export const jsonfile: ValueOption<string> = {
  name: "jsonfile",
  placeholder: "FILE",
  summary: "Take the configuration from this file, in the form of a definition; /dev/stdin is one",
  parse: (text) => {
    if (text === "") throw new UserError("the name of the file is empty");
    return text;
  },
};

export const auto: Flag = { name: "auto", short: "a", summary: "Start the device when its parent appears" };

export const force: Flag = { name: "force", short: "f", summary: "Go on when a callout script refuses" };

export const dumpjson: Flag = { name: "dumpjson", summary: "Write JSON" };

/** The option with the summary that fits a command. */
export function about<T extends Flag>(option: T, summary: string): T {
  return { ...option, summary };
}
