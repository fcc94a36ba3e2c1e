// Measures a host: its status, and how far it is from what was last applied.

import { createCallouts } from "../callout/callouts.ts";
import { describePlan } from "../desired/document.ts";
import { planHost } from "../desired/host-plan.ts";
import { type ApplyRecord, countLeft, type Left, readRecord } from "../desired/record.ts";
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
  const left = applied && (await findLeft(host, applied));
  return { version, status: { ...long, devices: [...long.devices] }, checks: statusChecks, applied, left };
}

/**
 * By a plan of the same files. They may be elsewhere or broken by now, or have been read from stdin or in a container: then as it was
 * when they were applied.
 */
async function findLeft(host: Host, { request, left }: ApplyRecord): Promise<Left | undefined> {
  const { path, self, prune } = request;
  if (path === undefined) return left;
  // What there is to say was said to whoever applied it.
  const quiet = { ...host, log: { ...host.log, warn: () => {} } };
  try {
    const terms = { callouts: createCallouts(quiet), stopped: new Set<string>(), prune };
    return countLeft(describePlan(await planHost(quiet, readDesired(quiet, path, self), terms)));
  } catch (error) {
    if (error instanceof UserError || error instanceof SystemError) return left;
    throw error;
  }
}
