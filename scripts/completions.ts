// Writes the completion scripts for bash, zsh and fish to dist/completions, during the build. This is not a command of the
// program, because every start would pay for it.

import { mkdirSync, writeFileSync } from "node:fs";
import { bashCompletion } from "../src/cli/completion/bash.ts";
import { fishCompletion } from "../src/cli/completion/fish.ts";
import { zshCompletion } from "../src/cli/completion/zsh.ts";
import { completionsOf } from "../src/cli/completion.ts";
import { loadCommands } from "../src/commands.ts";

const commands = await loadCommands();

const completions = completionsOf(commands);
mkdirSync("dist/completions", { recursive: true });
writeFileSync("dist/completions/mdevctl.bash", bashCompletion(completions));
writeFileSync("dist/completions/_mdevctl", zshCompletion(completions));
writeFileSync("dist/completions/mdevctl.fish", fishCompletion(completions));
