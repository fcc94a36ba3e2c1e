// The procedure around a change to a device: `pre` to the callout scripts, the work itself, `post`, then the notifiers.

import { formatConfiguration } from "../definition.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { compactJson } from "../json-writer.ts";
import { baseName } from "../paths.ts";
import type { Scripts } from "./ask.ts";
import type { Action, Call, State } from "./script.ts";

/** What a command is about to do to a device. */
export interface Change {
  readonly action: Extract<Action, "start" | "stop" | "define" | "undefine" | "modify">;
  /** As the scripts are told. */
  readonly device: Device;
  /** Go on when a script refuses. */
  readonly force: boolean;
}

/** Everyone who takes part in a change. */
export interface Parties {
  readonly host: Host;
  readonly scripts: Scripts;
  readonly notifiers: readonly string[];
}

export async function runProcedure(parties: Parties, change: Change, work: () => void | Promise<void>): Promise<void> {
  const { action, device } = change;
  const call = { action, device, stdin: compactJson(formatConfiguration(device)) };
  let state: State = "none";
  try {
    const agreed = await askBefore(parties, change, { ...call, event: "pre", state });
    try {
      await work();
      state = "success";
    } catch (error) {
      state = "failure";
      throw error;
    } finally {
      await tellAfter(parties, agreed, { ...call, event: "post", state });
    }
  } finally {
    await notify(parties, { ...call, state });
  }
}

/** The path of the script that agreed, if one did. */
async function askBefore({ host, scripts }: Parties, change: Change, call: Call): Promise<string | undefined> {
  const answer = await scripts.ask(call);
  if (answer === undefined || answer.verdict === "done") return answer?.path;
  const refusal = `callout script ${baseName(answer.path)} refuses: ${answer.reason}`;
  if (!change.force) throw new UserError(`cannot ${change.action} ${change.device.uuid}: ${refusal}`);
  host.log.warn(`${refusal}; going on because of --force`);
  return undefined;
}

/**
 * Who gets `post`. What they answer is ignored.
 *
 * | answer to `pre`        | with a script that has capabilities  | without                       |
 * | agreed                 | that script, if it supports the call | the script that agreed, alone |
 * | refused, but `--force` | that script, if it supports the call | all are asked in turn again   |
 * | none, or all declined  | cannot happen                        | all are asked in turn again   |
 */
async function tellAfter({ scripts }: Parties, agreed: string | undefined, call: Call): Promise<void> {
  const hasCapable = (await scripts.findCapable(call.device)) !== undefined;
  if (hasCapable || agreed === undefined) await scripts.ask(call);
  else await scripts.callOrSkip(agreed, call);
}

/** Tells the notifiers how it ended. What they answer is ignored. */
export async function notify({ scripts, notifiers }: Parties, call: Omit<Call, "event">): Promise<void> {
  for (const path of notifiers) await scripts.callOrSkip(path, { ...call, event: "notify", stdin: "" });
}
