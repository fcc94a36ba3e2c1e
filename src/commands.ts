// The commands of mdevctl, in the order of the help.

import type { Command } from "./cli/command.ts";
import { define } from "./commands/define.ts";
import { list } from "./commands/list.ts";
import { modify } from "./commands/modify.ts";
import { sandbox } from "./commands/sandbox.ts";
import { start } from "./commands/start.ts";
import { startParentMdevs } from "./commands/start-parent-mdevs.ts";
import { stop } from "./commands/stop.ts";
import { types } from "./commands/types.ts";
import { undefine } from "./commands/undefine.ts";

export const commands: readonly Command[] = [
  define,
  undefine,
  modify,
  start,
  stop,
  list,
  types,
  sandbox,
  startParentMdevs,
];
