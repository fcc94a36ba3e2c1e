// Creates a device in the kernel.

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { ensureAttributes, NoSuchParentError } from "../kernel/failures.ts";
import { type ActiveDevice, type Framework, NotReadyError } from "../kernel/framework.ts";
import { frameworkOf, hintAboutParent } from "../kernel/frameworks.ts";
import { ensureNames } from "../names.ts";
import { SystemError } from "../system-error.ts";
import { announceOrUndo, type Terms } from "./terms.ts";

export interface StartTerms extends Terms {
  /** Pauses in milliseconds between tries while the driver is not ready; otherwise it is waited for as a person would. */
  readonly pauses?: Iterator<number>;
}

/** Throws a UserError that names the device, whatever the operating system refuses: the next device may be fine. */
export async function startDevice(host: Host, device: Device, terms: StartTerms): Promise<void> {
  const { callouts, force } = terms;
  ensureNames("start", device);
  try {
    const framework = frameworkOf(host, device.parent);
    ensureAttributes(framework, "start", device);
    const pauses = terms.pauses ?? createPauses(framework.patience.person);
    await callouts.around({ action: "start", device, force }, async () => {
      const created = await createWhenReady(host, device, { framework, pauses });
      await announceOrUndo(terms, () => frameworkOf(host, device.parent).remove(host, created));
    });
  } catch (error) {
    if (error instanceof NoSuchParentError) throw new UserError(error.message, hintAboutParent(host, device.parent));
    throw error instanceof SystemError ? new UserError(`cannot start ${device.uuid}: ${error.message}`) : error;
  }
}

interface Waiting {
  readonly framework: Framework;
  readonly pauses: Iterator<number>;
}

async function createWhenReady(host: Host, device: Device, { framework, pauses }: Waiting): Promise<ActiveDevice> {
  // What the driver makes late may tell that it is another framework.
  for (let current = framework; ; current = frameworkOf(host, device.parent)) {
    try {
      return await current.create(host, device);
    } catch (error) {
      const pause = error instanceof NotReadyError ? pauses.next() : undefined;
      if (pause === undefined || pause.done) throw error;
      await host.system.sleep(pause.value);
    }
  }
}

/** Ever longer pauses, which together take as long as this; all in milliseconds. */
export function* createPauses(total: number): Generator<number> {
  for (let [left, next] = [total, 100]; left > 0; next = Math.min(2 * next, 1600)) {
    const pause = Math.min(left, next);
    left -= pause;
    yield pause;
  }
}
