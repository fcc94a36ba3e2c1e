// Shell commands for the callout scripts of test machines, named after what they do. They end the script or fall
// through.

export const declines = "exit 2";

const every = {
  actions: ["start", "stop", "define", "undefine", "modify", "attributes", "capabilities"],
  events: ["pre", "post", "notify", "get", "live"],
};

/** Reports capabilities: all of them, or fewer. */
export function capable(
  fewer: { readonly actions?: readonly string[]; readonly events?: readonly string[] } = {},
): string {
  return answers("capabilities", JSON.stringify({ supports: { version: 2, ...every, ...fewer } }));
}

/** Answers a question. */
export function answers(question: "attributes" | "capabilities", text: string): string {
  return on(question, `printf '%s' '${text.replaceAll("'", "'\\''")}'; exit 0`);
}

/** Runs commands for one event, action or state; no two of these share a name. */
export function on(what: string, commands: string): string {
  return `case " $event $action $state " in *" ${what} "*) ${commands};; esac`;
}
