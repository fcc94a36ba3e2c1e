// Callout and notifier scripts: which there are, and how one is called. See CALLOUTS in mdevctl(8).

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Outcome } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { ensureTrusted } from "./trust.ts";

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
  /** Declined is exit status 2: the type is not the script's. Unusable: it could not be run at all. */
  readonly verdict: "done" | "declined" | "failed" | "unusable";
  /** Undefined when there is none that can be trusted: it is not UTF-8, or the script did not come to its end. */
  readonly stdout: string | undefined;
  /** Why it failed, for a message. */
  readonly reason: string;
}

const outputLimit = 16 * 1024 * 1024;
const defaultTimeoutSeconds = 120;

/** A script that ends in one of these ways to fail cannot be run by anyone, so it takes no part. */
const noProgram = ["EACCES", "EISDIR", "ELOOP", "ENOENT", "ENOEXEC", "ENOTDIR"];

/**
 * The scripts of these directories, in their order; those of one directory in the order of their names. Throws an UntrustedScript
 * when one is among them, so that nothing is begun then.
 */
export function findScripts(host: Host, directories: readonly string[]): string[] {
  return directories.flatMap((directory) => {
    const entries = unless(missing, () => host.system.readDirectory(directory)) ?? [];
    const names = entries.filter(({ kind }) => kind === "file" || kind === "link").map(({ name }) => name);
    if (names.length > 0) {
      timeoutSeconds(host);
      ensureTrusted(host, directory);
    }
    const paths = names.sort().map((name) => `${directory}/${name}`);
    for (const path of paths) unless(noProgram, () => ensureTrusted(host, path));
    return paths;
  });
}

/** Runs a script, and passes on what it says on stderr where that is for people. */
export async function callScript(host: Host, path: string, call: Call): Promise<Answer> {
  try {
    const outcome = await runScript(host, path, call);
    const answer = judge(host, outcome);
    if (isHeard(call, answer)) host.log.relay(scriptName(path), outcome.stderr);
    return answer;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const reason = `it cannot be run: ${error.reason}`;
    if (!noProgram.includes(error.code)) return { verdict: "failed", stdout: undefined, reason };
    host.log.warn(`script ${path} is passed over: ${error.reason}`);
    return { verdict: "unusable", stdout: undefined, reason };
  }
}

/** Whether people are shown what the script says: of a notifier only why it fails, of a question for capabilities nothing. */
function isHeard(call: Call, { verdict }: Answer): boolean {
  if (call.event === "notify") return verdict === "failed";
  return verdict !== "declined" && call.action !== "capabilities";
}

function judge(host: Host, { end, stdout }: Outcome): Answer {
  if ("exceeded" in end) {
    const limit = end.exceeded === "time" ? `${timeoutSeconds(host)} seconds` : `${outputLimit >> 20} MiB of output`;
    return { verdict: "failed", stdout: undefined, reason: `it was stopped after ${limit}` };
  }
  if ("signal" in end) return { verdict: "failed", stdout: undefined, reason: `it was killed by ${end.signal}` };
  const verdict = end.status === 0 ? "done" : end.status === 2 ? "declined" : "failed";
  // Some end with the NUL of a C string.
  return { verdict, stdout: stdout?.replace(/\0+$/, ""), reason: `exit status ${end.status}` };
}

/** The script's file name, as messages have it. */
export function scriptName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function runScript(host: Host, path: string, call: Call): Promise<Outcome> {
  const { uuid, parent, type } = call.device;
  const args = ["-t", type, "-e", call.event, "-a", call.action, "-s", call.state, "-u", uuid, "-p", parent];
  host.log.debug(`running ${path} ${args.join(" ")}`);
  return host.system.run({ path, args, stdin: call.stdin, timeoutSeconds: timeoutSeconds(host), outputLimit });
}

function timeoutSeconds(host: Host): number {
  const text = host.system.environment("MDEVCTL_CALLOUT_TIMEOUT");
  if (!text) return defaultTimeoutSeconds;
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new UserError(`MDEVCTL_CALLOUT_TIMEOUT is '${text}', which is not a number of seconds from 1 to 999999`);
  }
  return Number(text);
}
