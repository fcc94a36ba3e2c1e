// What is noted about whose devices are, and is not true any more.

import type { StaleClaim } from "../kernel/framework.ts";
import { frameworks } from "../kernel/frameworks.ts";
import { createThoroughCheck } from "./finding.ts";

export const claimStale = createThoroughCheck({
  code: "claim-stale",
  severity: "info",
  summary: "It is noted whose a device is that is not active any more: another program or the driver has ended it",
  advice: "Nothing: the note is void, and goes with the next start or stop on its card.",

  gather: (host) => frameworks.flatMap((framework) => framework.findStaleClaims?.(host) ?? []),
  *find(claims: readonly StaleClaim[]) {
    for (const { path, parent, uuid, type } of claims) {
      yield {
        subject: uuid,
        message: `${parent} is noted to be ${uuid} of type ${type}, and is not any more`,
        evidence: [{ path, value: `${parent} ${uuid} ${type}` }],
        consequence: "Another program or the driver has ended the device.",
        fix: { text: "The note is void, and goes with the next start or stop on the card.", commands: [] },
        concerns: [parent],
      };
    }
  },
});
