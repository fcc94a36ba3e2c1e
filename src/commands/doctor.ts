// mdevctl doctor: what is wrong on this host, or with a device, and what to do about it.

import { createCommand, createFlag, type ValueOption } from "../cli/command.ts";
import { checks, examine } from "../doctor/checks.ts";
import type { Finding } from "../doctor/finding.ts";
import { formatChecks, formatReport, formatReportJson, isReached } from "../doctor/report.ts";
import { assess } from "../doctor/situation.ts";
import { UserError } from "../errors.ts";
import { writePieces } from "../format.ts";
import type { Host } from "../host.ts";
import { type Observed, observe } from "../observed.ts";
import { suggestNames } from "../suggest.ts";
import type { Uuid } from "../uuid.ts";
import * as option from "./options.ts";
import { findSubject, subjectOperand } from "./subject.ts";

const skip = {
  name: "skip",
  placeholder: "CODE",
  summary: "Leave out the check of this code, or those of several with commas between them",
  completes: "checks",
  parse: (text: string): readonly string[] => {
    const known = checks.map(({ code }) => code);
    const codes = text.split(",");
    const unknown = codes.find((code) => !known.includes(code));
    if (unknown === undefined) return codes;
    throw new UserError(
      `there is no check '${unknown}'`,
      suggestNames(unknown, known) ?? "'mdevctl doctor --list' shows the checks.",
    );
  },
} as const satisfies ValueOption<readonly string[]>;

const failOn = {
  name: "fail-on",
  placeholder: "SEVERITY",
  summary: "Exit with 3 if this or worse is found: error, the default, or warning",
  parse: (text: string): "error" | "warning" => {
    if (text === "error" || text === "warning") return text;
    throw new UserError(`'${text}' is neither error nor warning`);
  },
} as const satisfies ValueOption<"error" | "warning">;

const list = createFlag("list", undefined, "List the checks");

export const doctor = createCommand({
  name: "doctor",
  summary: "Look for what is wrong, and say what to do",
  description: `Looks at drivers, cards, definitions, scripts and logs, and says what is wrong or will go wrong, what that was seen from, and
what to do about it. Of a device it says why it cannot be started. Nothing is changed.`,
  examples: ["", "$UUID", "--fail-on warning"],
  operand: subjectOperand,
  options: [option.json, list, skip, failOn],
  rules: [{ option: "list", excludes: ["json", "skip", "fail-on", "subject"] }],

  async run(host, given) {
    if (given.has(list)) {
      host.system.write("stdout", formatChecks());
      return 0;
    }
    const observed = await observe(host);
    const text = given.get(subjectOperand);
    const wanted = text === undefined ? undefined : findTarget(host, observed, text);
    const situation = assess(observed, host.paths, wanted?.uuid);
    const all = await examine(host, situation, given.get(skip) ?? []);
    const findings = wanted === undefined ? all.findings : all.findings.filter((finding) => isAbout(finding, wanted));
    const examination = { ...all, findings };
    if (given.has(option.json)) host.system.write("stdout", formatReportJson(examination));
    else writePieces(host.system, formatReport(host.system, examination, wanted?.calm ?? "nothing wrong is found"));
    return isReached(examination, given.get(failOn) ?? "error") ? 3 : 0;
  },
});

interface Target {
  /** Of a device. */
  readonly uuid?: Uuid;
  /** What is about one of these is shown. */
  readonly names: ReadonlySet<string>;
  /** What is said if nothing is wrong. */
  readonly calm: string;
}

function findTarget(host: Host, observed: Observed, text: string): Target {
  // A function that is no parent, because its driver is another, is a place all the same.
  const isFunction = observed.cards.some(({ functions }) => functions.includes(text));
  const subject = isFunction ? { place: text } : findSubject(host, observed, text);
  return "uuid" in subject ? describeDevice(observed, subject.uuid) : describePlace(observed, subject.place);
}

function describePlace({ cards, devices, brokenDefinitions }: Observed, name: string): Target {
  const card = cards.find(({ address }) => address === name);
  const own = [name, ...(card?.functions ?? [])];
  const around = cards.filter(({ functions }) => functions.includes(name)).map(({ address }) => address);
  const on = [...devices, ...brokenDefinitions].filter(({ parent }) => own.includes(parent)).map(({ uuid }) => uuid);
  return { names: new Set([...own, ...around, ...on]), calm: `nothing wrong is found with ${name}` };
}

function describeDevice({ devices }: Observed, uuid: Uuid): Target {
  const isActive = devices.some((device) => device.uuid === uuid && device.active !== undefined);
  const state = isActive ? "it is active" : "it is not active, and nothing is in the way of starting it";
  return { uuid, names: new Set([uuid]), calm: `nothing wrong is found with ${uuid}: ${state}` };
}

function isAbout({ subject, concerns = [], code }: Finding, { names }: Target): boolean {
  return code === "check-crashed" || [subject, ...concerns].some((name) => names.has(name));
}
