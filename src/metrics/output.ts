// Where metrics go: a text, or a file that is replaced in one step.

import { refusalError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { replaceFile } from "../replace.ts";
import type { FileAccess, System } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { describeFamilies } from "./families.ts";
import { measure } from "./measure.ts";
import { formatFamilies } from "./text.ts";

export async function formatMetrics(host: Host): Promise<string> {
  return [...formatFamilies(describeFamilies(await measure(host)))].join("");
}

/** For node_exporter, which is not root, whatever our umask is. */
function readable({ userId }: System): FileAccess | undefined {
  return userId === 0 ? { mode: 0o644, userId: 0, groupId: 0 } : undefined;
}

/** Throws a UserError. */
export async function writeMetrics(host: Host, path: string): Promise<void> {
  const { system } = host;
  const text = await formatMetrics(host);
  try {
    // Such as /dev/stdout, in whose place there would be a file.
    const { kind = "file" } = unless(missing, () => system.lstat(path)) ?? {};
    if (kind !== "file") throw new UserError(`cannot write ${path}: it is not a regular file`);
    replaceFile(system, path, text, readable(system));
  } catch (error) {
    throw error instanceof SystemError ? refusalError(system, `cannot write ${path}`, error) : error;
  }
}
