// Removes one definition of a device, even a broken one.

import type { Device } from "../device.ts";
import { notDefinedError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { parseName } from "../names.ts";
import { type DefinitionFile, findDefinitions, readDefinition } from "../store.ts";
import { removeDefinition } from "../store-changes.ts";
import { type Terms, whileDefinitionsLocked } from "./terms.ts";

export async function undefineDevice(
  host: Host,
  { uuid, parent }: Pick<Device, "uuid" | "parent">,
  terms: Terms,
): Promise<void> {
  const { callouts, force } = terms;
  await whileDefinitionsLocked(host, terms, async ({ ensureCurrent, unlock }) => {
    const [file] = findDefinitions(host, { uuid, parent });
    if (file === undefined) throw notDefinedError("undefine", uuid, parent);
    const device = readOrWarn(host, file);
    const remove = async () => {
      ensureCurrent();
      await removeDefinition(host, file);
      unlock();
    };
    // Without its type, nobody knows which script a broken definition concerns.
    if (device === undefined) await remove();
    else await callouts.around({ action: "undefine", device, force }, remove);
  });
}

function readOrWarn(host: Host, file: DefinitionFile): Device | undefined {
  try {
    const device = readDefinition(host, file);
    parseName(device.type);
    return device;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    host.log.warn(`${error.message}; removing it without asking callout scripts`);
    return undefined;
  }
}
