// Removes a device from the kernel, unless a process uses it.

import { notActiveError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActiveDevice } from "../kernel/active.ts";
import { frameworkOf } from "../kernel/frameworks.ts";
import { describeUse, findNodes, findUsage, type Usage } from "../kernel/users.ts";
import type { Uuid } from "../uuid.ts";
import type { Terms } from "./terms.ts";

export async function stopDevice(host: Host, uuid: Uuid, { callouts, force }: Terms): Promise<void> {
  const active = findActiveDevice(host, uuid);
  if (active === undefined) throw notActiveError("stop", uuid);
  const framework = frameworkOf(host, active.parent);
  const nodes = findNodes(host, framework.directory(host, active));
  // No script is to prepare for a stop that is refused.
  if (!force && callouts.hasScripts()) ensureUnused(uuid, findUsage(host, nodes));
  // Scripts are told this, as by mdevctl 1.4, whatever the definition says.
  const device = { ...active, start: "manual", attributes: [] } as const;
  await callouts.around({ action: "stop", device, force }, async () => {
    // Again, because scripts may take minutes. Nothing keeps a process from opening the node between this look and the removal:
    // then the kernel takes the device away from it, or waits until the process lets go of it, as with mdevctl 1.4.
    const usage = findUsage(host, nodes);
    if (!force) ensureUnused(uuid, usage);
    if (usage.kind === "used") host.log.warn(`${describeUse(usage.users, uuid)}; going on because of --force`);
    if (usage.kind === "unknown")
      host.log.warn(`cannot find out whether a process uses ${uuid}; stopping it all the same`);
    await framework.remove(host, active);
  });
}

function ensureUnused(uuid: Uuid, usage: Usage): void {
  if (usage.kind !== "used") return;
  throw new UserError(
    `cannot stop ${uuid}: ${describeUse(usage.users)}`,
    "Stop the VM first; --force stops the device all the same.",
  );
}
