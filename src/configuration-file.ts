// Reads a configuration from a file, and says what is wrong with the file or its contents.

import { parseConfiguration } from "./definition.ts";
import type { Configuration } from "./device.ts";
import { UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { JsonError } from "./json.ts";
import type { FileKind } from "./system.ts";
import { SystemError } from "./system-error.ts";

/** In bytes. */
export const sizeLimit = 1024 * 1024;

/** From a regular file; `kind` is what the path is known to be. Throws a UserError that names the file. */
export function readConfiguration(host: Host, path: string, kind: FileKind): Configuration {
  return readOrRefuse(path, () => {
    // Never open a pipe or a device instead of a definition: that could wait for ever.
    const actual = kind === "link" ? host.system.stat(path).kind : kind;
    if (actual !== "file") throw new JsonError("it is not a regular file");
    return parseConfiguration(host.system.readFile(path, sizeLimit));
  });
}

/** Reads with messages that name the file. */
export function readOrRefuse<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SystemError) throw new UserError(`cannot read ${path}: ${error.reason}`);
    if (error instanceof JsonError) throw new UserError(`cannot read ${path}: ${error.message}`);
    throw error;
  }
}
