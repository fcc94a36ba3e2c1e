// The manual, the help and the completions know every command and every option, and no others.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadCommands } from "../commands.ts";
import { type Operand, type Option, takesValue } from "./command.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { completionsOf } from "./completion.ts";
import { commandHelp, programHelp } from "./help.ts";

const commands = await loadCommands();

const manual = readFileSync("man/mdevctl.8", "utf8");
const lsmdevManual = readFileSync("man/lsmdev.8", "utf8");
const completions = completionsOf(commands);

/** As the manual spells an option, in mdoc(7). */
function manualItem(option: Option): string {
  const short = option.short === undefined ? "" : `Fl ${option.short} , `;
  return `.It ${short}Fl -${option.name}${takesValue(option) ? ` Ar ${option.placeholder}` : ""}`;
}

function spellOperand({ optional, placeholder }: Operand<string>): string {
  return `${optional ? "Op " : ""}Ar ${placeholder}`;
}

/** The options in a part of a manual. */
function itemsIn(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(".It Fl "));
}

/** The text of a manual from a heading to the next one. */
function sectionOf(text: string, heading: string): string {
  const [, rest = ""] = text.split(`\n${heading}\n`);
  return rest.split(/\n\.S[hs] /)[0] ?? "";
}

describe.each(commands)("mdevctl $name", ({ name, operand, options }) => {
  test("has a section in the manual with its options", () => {
    const heading = `.Ss mdevctl ${name}${operand === undefined ? "" : ` ${spellOperand(operand)}`}`;
    expect(manual).toContain(`\n${heading}\n`);
    expect(itemsIn(sectionOf(manual, heading))).toEqual(options.map(manualItem));
  });

  test("has its options in its help", () => {
    const command = commands.find((candidate) => candidate.name === name);
    const help = command === undefined ? "" : commandHelp(command).replace(/\s+/g, " ");
    for (const option of options) expect(help).toMatch(new RegExp(` --${option.name} .*${option.summary} `));
  });

  test("has an example in the manual", () => {
    const examples = manual.split("\n.Sh EXAMPLES\n")[1]?.split("\n.Sh ")[0]?.replaceAll("\\-", "-");
    expect(examples).toContain(`mdevctl ${name}`);
  });

  test("has its options in the completions", () => {
    const completion = completions.filter((command) => command.name === name);
    const [bash, zsh, fish] = [bashCompletion(completion), zshCompletion(completion), fishCompletion(completion)];
    for (const { name: option, short } of options) {
      expect(bash).toMatch(new RegExp(`'--${option}[ ']`));
      expect(zsh).toMatch(new RegExp(`\\)--${option}=?\\[`));
      expect(fish).toMatch(new RegExp(` -l ${option} `));
      if (short === undefined) continue;
      expect(zsh).toMatch(new RegExp(`\\)-${short}\\+?\\[`));
      expect(fish).toMatch(new RegExp(` -l ${option} -s ${short} `));
    }
  });
});

test("lsmdev has a manual with the options of list", () => {
  const options = commands.filter(({ program }) => program === "lsmdev").flatMap((command) => command.options);
  expect(itemsIn(sectionOf(lsmdevManual, ".Sh DESCRIPTION"))).toEqual(options.map(manualItem));
});

test("the help lists every command that is not hidden", () => {
  const help = programHelp(commands);
  for (const { name, hidden } of commands) expect(new RegExp(`^ {2}${name} `, "m").test(help)).toBe(!hidden);
});

test("the manual's sections are about commands that exist", () => {
  const sections = sectionsBelow(manual, ".Sh COMMANDS").map((heading) => heading.split(" ")[1]);
  expect(sections).toEqual(commands.map(({ name }) => name));
});

/** The subsections between a section's heading and the next section, as `mdevctl define`. */
function sectionsBelow(text: string, heading: string): string[] {
  const [, rest = ""] = text.split(`\n${heading}\n`);
  const section = rest.split(/\n\.Sh /)[0] ?? "";
  return section.split("\n").flatMap((line) => (line.startsWith(".Ss ") ? [line.slice(4)] : []));
}

test("every environment variable that the program reads is in the manual", () => {
  const sources = ["host.ts", "log.ts", "callout/script.ts", "kernel/nvidia/setup.ts"].map((file) =>
    readFileSync(`src/${file}`, "utf8"),
  );
  const names = sources.join().match(/\b(?:MDEVCTL_[A-Z_]+|NO_COLOR)\b/g) ?? [];
  expect(names).toContain("MDEVCTL_ENV_ROOT");
  for (const name of names) expect(manual).toContain(`\n.It Ev ${name}\n`);
});

test.each([
  ["Of a group", "group"],
  ["Of a device", "device"],
])("mdevctl-state(5) has the fields %s that the schema has", (heading, name) => {
  const state = readFileSync("man/mdevctl-state.5", "utf8");
  const schema = JSON.parse(readFileSync("docs/state.schema.json", "utf8"));
  // Those inside of others are indented by their lists.
  const depths = sectionOf(state, `.Ss ${heading}`).split(/\n(?=\.(?:Bl|El|It))/);
  let depth = 0;
  const fields = depths.flatMap((part) => {
    depth += part.startsWith(".Bl") ? 1 : part.startsWith(".El") ? -1 : 0;
    const field = /^\.It Cm (\S+)/.exec(part)?.[1];
    return field === undefined || depth !== 1 ? [] : [field];
  });
  expect(fields.toSorted()).toEqual(Object.keys(schema.definitions[name].properties).toSorted());
});
