// Callout and notifier scripts of the test machines: real shell scripts that first record how they were called.

import { standard } from "./machine.ts";
import type { Entry, Tree } from "./tree.ts";

/** Records the script's name, its arguments and all of its standard input, then runs `body`. */
export function script(body = ""): Entry {
  return {
    script: `#!/bin/sh
input=$(cat; echo .)
printf '%s %s <%s>\\036' "\${0##*/}" "$*" "\${input%.}" >> "$CALLS"
${body}
`,
  };
}

export const callout = (name: string, body?: string): Tree => ({
  [`usr/lib/mdevctl/scripts.d/callouts/${name}`]: script(body),
});

export const olderCallout = (name: string, body?: string): Tree => ({
  [`etc/mdevctl.d/scripts.d/callouts/${name}`]: script(body),
});

export const notifier = (name: string, body?: string): Tree => ({
  [`usr/lib/mdevctl/scripts.d/notifiers/${name}`]: script(body),
});

export const olderNotifier = (name: string, body?: string): Tree => ({
  [`etc/mdevctl.d/scripts.d/notifiers/${name}`]: script(body),
});

export const actions = ["start", "stop", "define", "undefine", "modify", "attributes", "capabilities"];
export const events = ["pre", "post", "notify", "get", "live"];

/** Shell code that answers the question for capabilities, by default with all of them. */
export function capabilities(
  some: { readonly actions?: readonly string[]; readonly events?: readonly string[] } = {},
): string {
  return onQuestion("capabilities", JSON.stringify({ supports: { version: 2, actions, events, ...some } }));
}

/** Shell code that answers one `get` question with text (in which printf's escapes work) and an exit status. */
export const onQuestion = (action: string, answer: string, status = 0): string =>
  `case "$*" in *"-a ${action} "*) printf '${answer.replaceAll("'", "'\\''").replaceAll("%", "%%")}'; exit ${status};; esac`;

/** Shell code for one event (pre, post, live) of any action. */
export const onEvent = (event: string, body: string): string => `case "$*" in *"-e ${event} "*) ${body};; esac`;

/** The standard machine with scripts and other additions. */
export const withScripts = (...parts: readonly Tree[]): Tree => Object.assign({}, standard, ...parts);

/** The directory of the callout scripts, for entries that are not scripts of this kind. */
export const callouts = "usr/lib/mdevctl/scripts.d/callouts";

export const watcher = notifier("notify.sh");
