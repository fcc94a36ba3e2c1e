// mdevctl sandbox: makes a directory that looks and behaves like a host with mediated devices, for trying mdevctl and developing
// callout scripts.

import { createCommand, type ValueOption } from "../cli/command.ts";
import { countNoun } from "../english.ts";
import { UserError } from "../errors.ts";
import { createEscapes, type Escapes } from "../format.ts";
import { absolutePath } from "../paths.ts";
import { quoteForShell } from "../quote.ts";
import { makeSandbox, parentCount } from "../sandbox/make.ts";

const directory = {
  name: "directory",
  placeholder: "DIR",
  summary: "A directory that is empty or does not exist yet",
  completes: "directories",
  parse: (text: string): string => {
    if (text === "") throw new UserError("the name of the directory is empty");
    return text;
  },
} as const satisfies ValueOption<string>;

export const sandbox = createCommand({
  name: "sandbox",
  summary: "Create a directory for trying mdevctl without the hardware",
  description: `The directory gets the part of /sys that matters, with parents of several kinds. When MDEVCTL_ENV_ROOT names it,
mdevctl works on it instead of the host, and starting and stopping devices there does what the kernel would do.
An existing sandbox is left as it is.`,
  examples: ["/tmp/host"],
  operand: directory,
  options: [],
  rules: [],

  run({ system }, given) {
    const root = absolutePath(system, given.required(directory));
    const made = makeSandbox(system, root)
      ? `${root} is a sandbox with ${countNoun(parentCount, "parent device")} now`
      : `${root} is a sandbox already and stays as it is`;
    const { text } = createEscapes({ isTerminal: system.isTerminal("stdout") });
    system.write("stdout", `${text(made)}. To try mdevctl in it:\n\n${instructions(root, text)}`);
  },
});

function instructions(root: string, show: Escapes["text"]): string {
  return `  export MDEVCTL_ENV_ROOT=${show(quoteForShell(root))}
  mdevctl types
  mdevctl start --parent mtty --type mtty-2
  mdevctl list

Callout scripts go into ${show(root)}/usr/lib/mdevctl/scripts.d/callouts.
`;
}
