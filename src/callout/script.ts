// One callout or notifier script: what it is called with, and what its end means.

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { baseName } from "../paths.ts";
import type { Outcome } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { trimEnd } from "../trim.ts";
import { ensureNoFaults, findFaults, UntrustedScript } from "../trust.ts";

export const events = ["pre", "post", "notify", "get", "live"] as const;
export type Event = (typeof events)[number];

export const actions = ["start", "stop", "define", "undefine", "modify", "attributes", "capabilities"] as const;
export type Action = (typeof actions)[number];

/** How far the command has come. */
export type State = "none" | "success" | "failure";

export interface Call {
  readonly event: Event;
  readonly action: Action;
  readonly state: State;
  readonly device: Pick<Device, "uuid" | "parent" | "type">;
  readonly stdin: string;
}

export interface Answer {
  /** The script that gave it. */
  readonly path: string;
  /**
   * Declined means exit status 2: the script is not for this type. Skipped means that it could not be run at all, unsupported
   * that its capabilities lack the call.
   */
  readonly verdict: "done" | "declined" | "failed" | "skipped" | "unsupported";
  /** Missing when it cannot be used: it is not valid UTF-8, or the script did not exit by itself. */
  readonly stdout?: string | undefined;
  /** Why the script failed, for a message. */
  readonly reason: string;
}

/** With these errors nobody can run the script, so it is skipped. Any other error is a failure of the script. */
export const cannotRun = ["EACCES", "EISDIR", "ELOOP", "ENOENT", "ENOEXEC", "ENOTDIR"];

const outputLimit = 16 * 1024 * 1024;

/** Runs a script to its end, if it may still be run. Relays its stderr when users should see it. */
export async function runScript(host: Host, path: string, call: Call): Promise<Answer> {
  const { uuid, parent, type } = call.device;
  const args = ["-t", type, "-e", call.event, "-a", call.action, "-s", call.state, "-u", uuid, "-p", parent];
  host.log.debug(`running ${path} ${args.join(" ")}`);
  const timeoutSeconds = readTimeout(host);
  try {
    // What was checked when the command began may have been changed since, by another script for instance.
    ensureNoFaults([...findFaults(host, path)]);
    const outcome = await host.system.run({ path, args, stdin: call.stdin, timeoutSeconds, outputLimit });
    const answer = { path, ...judgeOutcome(outcome, timeoutSeconds) };
    host.log.debug(`${path}: ${answer.reason}, stdout ${begin(outcome.stdout)}, stderr ${begin(outcome.stderr)}`);
    if (isHeard(call, answer)) host.log.relay(baseName(path), outcome.stderr);
    return answer;
  } catch (error) {
    if (error instanceof UntrustedScript) {
      host.log.warn(error.message);
      return { path, verdict: "failed", reason: "another user could change it" };
    }
    if (!(error instanceof SystemError)) throw error;
    const verdict = cannotRun.includes(error.code) ? "skipped" : "failed";
    return { path, verdict, reason: `it cannot be run: ${reasonOf(host, path, error)}` };
  }
}

function judgeOutcome({ end, stdout }: Outcome, timeoutSeconds: number): Omit<Answer, "path"> {
  if ("exceeded" in end) {
    const limit = end.exceeded === "time" ? `${timeoutSeconds} seconds` : `${outputLimit >> 20} MiB of output`;
    return { verdict: "failed", reason: `it was stopped after ${limit}` };
  }
  if ("signal" in end) return { verdict: "failed", reason: `it was killed by ${end.signal}` };
  const verdict = end.status === 0 ? "done" : end.status === 2 ? "declined" : "failed";
  // Some scripts print a C string with its NUL.
  const answer = stdout === undefined ? undefined : trimEnd(stdout, "\0");
  return { verdict, stdout: answer, reason: `exit status ${end.status}` };
}

/** The beginning of a script's output, for its author. */
function begin(output: string | undefined): string {
  if (output === undefined) return "that is not valid UTF-8";
  return output.length > 200 ? `${JSON.stringify(output.slice(0, 200))}...` : JSON.stringify(output);
}

/** The kernel says of a script whose interpreter is missing that the script itself is. */
function reasonOf({ system }: Host, path: string, error: SystemError): string {
  if (error.code !== "ENOENT") return error.reason;
  const text = unless([error.code, "EFBIG", "EILSEQ"], () => system.readFile(path, 1024 * 1024));
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(text ?? "")?.[1];
  if (interpreter === undefined || unless(missing, () => system.stat(interpreter)) !== undefined) return error.reason;
  return `its interpreter '${interpreter}' does not exist`;
}

/** Whether users see its stderr: not when it declines or is asked for capabilities; that of a notifier only if it fails. */
function isHeard(call: Call, { verdict }: Answer): boolean {
  if (call.event === "notify") return verdict === "failed";
  return verdict !== "declined" && call.action !== "capabilities";
}

/** In seconds. Throws a UserError when MDEVCTL_CALLOUT_TIMEOUT has no valid number of them. */
export function readTimeout(host: Host): number {
  const text = host.system.environment("MDEVCTL_CALLOUT_TIMEOUT") || "120";
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new UserError(`MDEVCTL_CALLOUT_TIMEOUT is '${text}', which is not a number of seconds from 1 to 999999`);
  }
  return Number(text);
}
