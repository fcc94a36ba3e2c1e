// Removes a device from the kernel.

import { notActiveError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActiveDevice } from "../kernel/active.ts";
import { frameworkOf } from "../kernel/frameworks.ts";
import type { Uuid } from "../uuid.ts";
import type { Terms } from "./terms.ts";

export async function stopDevice(host: Host, uuid: Uuid, { callouts, force }: Terms): Promise<void> {
  const active = findActiveDevice(host, uuid);
  if (active === undefined) throw notActiveError("stop", uuid);
  // Scripts are told this, as by mdevctl 1.4, whatever the definition says.
  const device = { ...active, start: "manual", attributes: [] } as const;
  await callouts.around({ action: "stop", device, force }, () => frameworkOf(host, active.parent).remove(host, active));
}
