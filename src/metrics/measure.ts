// Measures a host: its status, and how far it is from what was last applied.

import { createCallouts } from "../callout/callouts.ts";
import { describePlan } from "../desired/document.ts";
import { planHost } from "../desired/host-plan.ts";
import { countLeft, isFileOrDirectory, type Left, type Request, readRecord } from "../desired/record.ts";
import { readDesired } from "../desired/sources.ts";
import { findProblems, statusChecks } from "../doctor/checks.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { observe } from "../observed.ts";
import { describeHost } from "../status/document.ts";
import { SystemError } from "../system-error.ts";
import { version } from "../version.ts";
import type { Measured } from "./families.ts";

/** What cannot be read is among the problems. */
export async function measure(host: Host): Promise<Measured> {
  const observed = await observe(host);
  const long = describeHost(observed, findProblems(observed, host.paths));
  const applied = readRecord(host);
  const planned = applied && (await planAgain(host, applied.request));
  return { version, status: { ...long, devices: [...long.devices] }, checks: statusChecks, applied, planned };
}

/** Undefined if the files are elsewhere or broken by now, as those that were read from stdin or in a container. */
async function planAgain(host: Host, { path, self, prune }: Request): Promise<Left | undefined> {
  // What there is to say was said to whoever applied it.
  const quiet = { ...host, log: { ...host.log, warn: () => {} } };
  try {
    if (path === undefined || !isFileOrDirectory(host.system, path)) return undefined;
    const terms = { callouts: createCallouts(quiet), stopped: new Set<string>(), prune };
    return countLeft(describePlan(await planHost(quiet, readDesired(quiet, path, self), terms)));
  } catch (error) {
    if (error instanceof UserError || error instanceof SystemError) return undefined;
    throw error;
  }
}
