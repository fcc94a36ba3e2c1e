// All checks, and running them.

import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Observed } from "../observed.ts";
import type { Paths } from "../paths.ts";
import { SystemError } from "../system-error.ts";
import { claimStale } from "./claims.ts";
import {
  definedTwice,
  definitionBroken,
  definitionRefused,
  typeMissing,
  typeRenamed,
  typeRenumbered,
} from "./definitions.ts";
import { activeElsewhere, cannotStart, notStarted, otherTypeActive } from "./devices.ts";
import { definitionUntrusted, scriptNotExecutable, scriptUntrusted } from "./files.ts";
import { type CheapCheck, type Check, type Finding, type Problem, severities, type ThoroughCheck } from "./finding.ts";
import { functionsOff, iommuOff, libvirtOld } from "./host.ts";
import { rulesDiffer, rulesMissing, unitDiffers, unitMissing } from "./installed.ts";
import { kernelLog, managerLog } from "./logs.ts";
import {
  driverMissing,
  functionOfOther,
  functionsMissing,
  functionUnready,
  parentMissing,
  parentMisspelled,
  vgpuSupportMissing,
} from "./parents.ts";
import { tooManyAutomatic, twoAutomatic, twoDefined } from "./places.ts";
import { notRoot, unread } from "./reading.ts";
import { assess, type Situation } from "./situation.ts";

const cheapChecks: readonly CheapCheck[] = [
  driverMissing,
  vgpuSupportMissing,
  functionsMissing,
  functionOfOther,
  functionUnready,
  parentMissing,
  parentMisspelled,
  definitionBroken,
  definitionRefused,
  definedTwice,
  typeMissing,
  typeRenamed,
  typeRenumbered,
  twoAutomatic,
  twoDefined,
  tooManyAutomatic,
  cannotStart,
  notStarted,
  activeElsewhere,
  otherTypeActive,
  unread,
];

const thoroughChecks: readonly ThoroughCheck[] = [
  iommuOff,
  functionsOff,
  definitionUntrusted,
  scriptUntrusted,
  scriptNotExecutable,
  rulesMissing,
  rulesDiffer,
  unitMissing,
  unitDiffers,
  claimStale,
  libvirtOld,
  kernelLog,
  managerLog,
  notRoot,
];

/** What is found when a check fails: that is a bug, but no reason to keep the other findings from anyone. */
const checkCrashed: Check = {
  code: "check-crashed",
  severity: "error",
  summary: "A check failed, which is a bug in mdevctl",
  advice: "Please report it. `--skip` leaves the check out.",
};

/** Sorted by code. */
export const checks: readonly Check[] = sortByCode([...cheapChecks, ...thoroughChecks, checkCrashed]);

function sortByCode(unsorted: readonly Check[]): Check[] {
  return [...unsorted].sort((a, b) => (a.code < b.code ? -1 : 1));
}

export interface Examination {
  /** Sorted by severity, code and subject. */
  readonly findings: readonly Finding[];
  /** How many checks found nothing. */
  readonly passed: number;
  /** By codes. */
  readonly skipped: readonly Skipped[];
  readonly crashed: readonly Skipped[];
}

export interface Skipped {
  readonly code: string;
  readonly reason: string;
}

/** Those of `findProblems`, sorted by code. */
export const statusChecks: readonly Check[] = sortByCode(cheapChecks);

/** What `status` tells: whatever is seen without looking at more of the host. */
export function findProblems(observed: Observed, paths: Paths): Finding[] {
  const situation = assess(observed, paths);
  return cheapChecks
    .flatMap((check) => [...check.find(situation)].map((problem) => toFinding(check, problem)))
    .sort(compare);
}

/** Runs all checks but those of these codes. */
export async function examine(host: Host, situation: Situation, skip: readonly string[]): Promise<Examination> {
  const findings: Finding[] = [];
  const skipped: Skipped[] = [];
  const crashed: Skipped[] = [];
  let passed = 0;
  for (const check of [...cheapChecks, ...thoroughChecks]) {
    const { code } = check;
    if (skip.includes(code)) {
      skipped.push({ code, reason: "--skip" });
      continue;
    }
    try {
      const problems = "find" in check ? [...check.find(situation)] : await check.examine(host, situation);
      if (problems.length === 0) passed++;
      for (const problem of problems) findings.push(toFinding(check, problem));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof UserError || error instanceof SystemError) skipped.push({ code, reason });
      else {
        crashed.push({ code, reason });
        findings.push(toFinding(checkCrashed, describeCrash(code, reason)));
      }
    }
  }
  return { findings: findings.sort(compare), passed, skipped, crashed };
}

function describeCrash(code: string, reason: string): Problem {
  return {
    subject: code,
    message: `the check ${code} failed, which is a bug in mdevctl: ${reason}`,
    evidence: [],
    consequence: "What it looks for may be wrong.",
    fix: { text: "Please report it. The other checks are not affected.", commands: [`mdevctl doctor --skip ${code}`] },
  };
}

function toFinding({ code, severity }: Check, problem: Problem): Finding {
  return { code, severity, ...problem };
}

function compare(a: Finding, b: Finding): number {
  if (a.severity !== b.severity) return severities.indexOf(a.severity) - severities.indexOf(b.severity);
  if (a.code !== b.code) return a.code < b.code ? -1 : 1;
  return a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0;
}
