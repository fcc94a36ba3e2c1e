// Names that become parts of paths: of parents, types and attributes. A name that could lead out of its directory is refused
// before anything is touched.

import type { Device } from "./device.ts";
import { UserError } from "./errors.ts";
import { scriptsDirectory } from "./paths.ts";

/** Of a parent or a type: one part of a path. */
export function parseName(text: string): string {
  const problem = problemOfPart(text) ?? (text.includes("/") ? "has a '/'" : undefined);
  if (problem !== undefined) throw new UserError(`'${text}' cannot be a name, because it ${problem}`);
  return text;
}

/** The name of a parent. The directory of the scripts is among those of the parents, but is none. */
export function parseParent(text: string): string {
  if (text === scriptsDirectory)
    throw new UserError(`'${text}' cannot be a parent's name, because it is the scripts' directory`);
  return parseName(text);
}

/** The name of an attribute, which may have several parts: `vendor/speed` is a file in a directory of the device. */
export function parseAttributeName(text: string): string {
  const parts = text.split("/");
  const problem = text.startsWith("/") ? "is absolute" : parts.map(problemOfPart).find((found) => found !== undefined);
  if (problem === undefined) return text;
  const subject = parts.length > 1 && problem !== "is absolute" && problem !== "has a NUL" ? "has a part that " : "";
  throw new UserError(`'${text}' cannot be an attribute's name, because it ${subject}${problem}`);
}

/** Refuses a device with a name that parseName or parseAttributeName refuses; `action` is what cannot be done then. */
export function ensureNames(action: string, { uuid, type, attributes }: Omit<Device, "parent">): void {
  try {
    parseName(type);
    for (const { name } of attributes) parseAttributeName(name);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`cannot ${action} ${uuid}: ${error.message}`) : error;
  }
}

function problemOfPart(part: string): string | undefined {
  if (part === "") return "is empty";
  if (part === "." || part === "..") return `is '${part}'`;
  if (part.includes("\0")) return "has a NUL";
  // The limit of file systems and the kernel, which count bytes, to be exact.
  return part.length > 255 ? "is longer than 255 characters" : undefined;
}
