// mdevctl apply: brings the host to what a file says, once or whenever something changes.

import { createCommand, createFlag, type Given, type ValueOption } from "../cli/command.ts";
import { findLastingPath } from "../desired/record.ts";
import { applyRequest } from "../desired/request.ts";
import { readDesired, readSources } from "../desired/sources.ts";
import type { Step } from "../desired/step.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { parentNames } from "../kernel/frameworks.ts";
import { writeMetrics } from "../metrics/output.ts";
import { SystemError } from "../system-error.ts";
import * as option from "./options.ts";
import { describeSelf, hostName, label, labelsFile, parseNameOf, prune, showPlan, stateOperand } from "./plan.ts";

const watch = createFlag(
  "watch",
  undefined,
  "Go on: apply again when a file, a label or the host's parents change, until SIGTERM",
);

const interval = {
  name: "interval",
  placeholder: "SECONDS",
  summary: "With --watch, apply at least this often; default: 60",
  parse: option.parseSeconds,
} as const satisfies ValueOption<number>;

const metrics = {
  name: "metrics",
  placeholder: "FILE",
  summary: "With --watch, also write metrics into this file each time: see 'mdevctl metrics'",
  completes: "files",
  parse: parseNameOf("file"),
} as const satisfies ValueOption<string>;

type Options = "file" | "prune" | "label" | "labels-file" | "host" | "json" | "watch" | "interval" | "metrics";

export const apply = createCommand<Options>({
  name: "apply",
  summary: "Bring the host to what a file says",
  description: `Does what 'mdevctl plan' shows, with as few changes as possible. Devices in use are never touched. What fails or is blocked
can be applied again. What the host had before is kept in /var/lib/mdevctl.`,
  examples: ["state.yaml", "--prune /etc/mdevctl/state.d"],
  operand: stateOperand,
  options: [prune, label, labelsFile, hostName, watch, interval, metrics, option.json],
  rules: [
    { option: "interval", requires: "watch" },
    { option: "metrics", requires: "watch" },
  ],

  async run(host, given) {
    if (given.has(watch)) {
      await keepApplied(host, given);
      return 0;
    }
    const { document, signals, error } = await applyOnce(host, given);
    showPlan(host, document, given.has(option.json));
    signals?.release();
    if (error !== undefined) throw error;
    if (document.steps.some(({ result }) => result !== "done")) return 1;
    return document.blocked.length > 0 ? 4 : 0;
  },
});

function applyOnce(host: Host, given: Given<Options>) {
  const path = given.required(stateOperand);
  const request = {
    path: findLastingPath(host, path),
    self: describeSelf(host, given),
    prune: given.has(prune),
  };
  return applyRequest(host, request, {
    readGroups: () => readDesired(host, path, request.self),
    begin: createProgress(host),
  });
}

const lookMilliseconds = 1000;

/** Says what is done, and what is in the way if that is something else than before. A mistake in a file may be mended. */
async function keepApplied(host: Host, given: Given<Options>): Promise<void> {
  if (given.required(stateOperand) === "-") throw new UserError("cannot watch stdin");
  const signals = host.system.holdSignals();
  let shown = "";
  let unwritten = "";
  while (!(await signals.arePending())) {
    const before = describeInput(host, given);
    try {
      const { document, signals: held, error } = await applyOnce(host, given);
      held?.release();
      const obstacles = JSON.stringify([document.blocked, document.warnings]);
      if (document.steps.length > 0 || obstacles !== shown) showPlan(host, document, given.has(option.json));
      shown = obstacles;
      if (error !== undefined) throw error;
    } catch (error) {
      if (!(error instanceof UserError || error instanceof SystemError)) throw error;
      if (error.message !== shown) {
        host.log.warn(error.message);
        if (error instanceof UserError && error.hint !== undefined) host.log.tell(error.hint);
      }
      shown = error.message;
    }
    unwritten = await writeMetricsOrWarn(host, given.get(metrics), unwritten);
    const due = host.system.currentTime() + (given.get(interval) ?? 60) * 1000;
    while (host.system.currentTime() < due && describeInput(host, given) === before && !(await signals.arePending())) {
      await host.system.sleep(lookMilliseconds);
    }
  }
}

/** Why the metrics could not be written, or nothing; the same as before is not said again. */
async function writeMetricsOrWarn(host: Host, path: string | undefined, before: string): Promise<string> {
  try {
    if (path !== undefined) await writeMetrics(host, path);
    return "";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.message !== before) host.log.warn(error.message);
    return error.message;
  }
}

/** What is applied, and to what; a text that changes with it. */
function describeInput(host: Host, given: Given<Options>): string {
  try {
    const labels = [...describeSelf(host, given).labels];
    return JSON.stringify([readSources(host, given.required(stateOperand)), labels, parentNames(host)]);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Whoever waits wants to see what for. */
function createProgress(host: Host) {
  const isShown = host.system.isTerminal("stderr");
  return (step: Step, number: number, total: number) => {
    const subject = "card" in step ? step.card : step.device.uuid;
    if (isShown) host.log.tell(`${number} of ${total}: ${step.do} ${subject}`);
  };
}
