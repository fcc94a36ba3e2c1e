// mdevctl plan: what would change for the host to have what a file says.

import { createCallouts } from "../callout/callouts.ts";
import { createCommand, createFlag, type Given, type Operand, type ValueOption } from "../cli/command.ts";
import { describePlan, type PlanDocument } from "../desired/document.ts";
import { planHost } from "../desired/host-plan.ts";
import { findHostName, parseLabels, readDesired, readLabelsFile, type Self } from "../desired/sources.ts";
import { formatPlan } from "../desired/text.ts";
import { UserError } from "../errors.ts";
import { createEscapes, createStyle, writePieces } from "../format.ts";
import type { Host } from "../host.ts";
import * as option from "./options.ts";

/** Makes what takes any name but an empty one. */
export function parseNameOf(what: "file" | "host"): (text: string) => string {
  return (text) => {
    if (text === "") throw new UserError(`the name of the ${what} is empty`);
    return text;
  };
}

export const stateOperand = {
  name: "file",
  placeholder: "FILE",
  summary: "What the host should have: a file, a directory of .yaml and .json files, or - for stdin",
  completes: "files",
  parse: parseNameOf("file"),
} as const satisfies Operand<string>;

export const prune = createFlag(
  "prune",
  undefined,
  "Remove the devices of its cards and parents that it does not name",
);

export const label = {
  name: "label",
  placeholder: "NAME=VALUE",
  summary: "A label of this host, for groups with 'when'; several with commas between them",
  parse: parseLabels,
} as const satisfies ValueOption<ReadonlyMap<string, string>>;

export const labelsFile = {
  name: "labels-file",
  placeholder: "FILE",
  summary: "A file with a label of this host on each line",
  completes: "files",
  parse: parseNameOf("file"),
} as const satisfies ValueOption<string>;

export const hostName = {
  name: "host",
  placeholder: "NAME",
  summary: "The name of this host, for groups with 'when'; default: MDEVCTL_HOST, or the kernel's",
  parse: parseNameOf("host"),
} as const satisfies ValueOption<string>;

const detailedExitcode = createFlag("detailed-exitcode", undefined, "Exit with 3 if there is something to do");

export const plan = createCommand({
  name: "plan",
  summary: "Show what would change for the host to have what a file says",
  description: `Compares the host with a file that says which devices its cards and parents should have. Nothing is changed. Devices in
use are never touched: what would, is shown as blocked.`,
  examples: ["state.yaml", "--detailed-exitcode /etc/mdevctl/state.d"],
  operand: stateOperand,
  options: [prune, label, labelsFile, hostName, detailedExitcode, option.json],
  rules: [],

  async run(host, given) {
    const groups = readDesired(host, given.required(stateOperand), describeSelf(host, given));
    const terms = { callouts: createCallouts(host), stopped: new Set<string>(), prune: given.has(prune) };
    const document = describePlan(await planHost(host, groups, terms));
    showPlan(host, document, given.has(option.json));
    if (document.blocked.length > 0) return 4;
    return given.has(detailedExitcode) && !document.in_sync ? 3 : 0;
  },
});

export function describeSelf(host: Host, given: Given<"host" | "label" | "labels-file">): Self {
  const file = given.get(labelsFile);
  const labels = new Map([...(file === undefined ? [] : readLabelsFile(host, file)), ...(given.get(label) ?? [])]);
  return { name: given.get(hostName) ?? findHostName(host), labels };
}

export function showPlan(host: Host, document: PlanDocument, asJson: boolean): void {
  const { system } = host;
  if (asJson) {
    system.write("stdout", `${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  for (const warning of document.warnings) host.log.warn(warning);
  const escapes = createEscapes({ isTerminal: system.isTerminal("stdout") });
  writePieces(system, formatPlan(document, { style: createStyle(system), escapes }));
}
