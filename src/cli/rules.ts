// The rules between a command's options: whether a command line keeps them, and what is wrong when it does not. Separate from
// parse.ts, because the commands that must start fast have no rules.

import { joinNames } from "../english.ts";
import type { Command, Given, Option, Rule } from "./command.ts";
import { Misuse } from "./parse.ts";

/** Throws a Misuse that names the options as they were typed. */
export function ensureRules(command: Command, given: Given): void {
  const problem = command.rules.map((rule) => problemOf(rule)).find((found) => found !== undefined);
  if (problem !== undefined) throw new Misuse(problem);

  function problemOf(rule: Rule): string | undefined {
    if ("required" in rule) return isGiven(rule.required) ? undefined : `${spell(rule.required)} is missing`;
    if ("anyOf" in rule) return rule.anyOf.some(isGiven) ? undefined : `${joinChoice(rule.anyOf)} is needed`;
    if ("oneOf" in rule) return problemOfChoice(rule.oneOf);
    if (!isGiven(rule.option)) return undefined;
    if ("requires" in rule) return isGiven(rule.requires) ? undefined : problemOfNeed(rule.option, rule.requires);
    const excluded = rule.excludes.find(isGiven);
    return excluded === undefined ? undefined : excludeEachOther([rule.option, excluded]);
  }

  function problemOfChoice(names: readonly string[]): string | undefined {
    const chosen = names.filter(isGiven);
    if (chosen.length === 1) return undefined;
    if (chosen.length > 1) return excludeEachOther(chosen);
    // An option that goes with only some of these is given for their sake, so it is the one to name.
    const typed = command.options.map(({ name }) => name).filter(isGiven);
    const partial = typed.filter((name) => names.some((choice) => doExclude(command, name, choice)));
    const left = names.filter((choice) => !partial.some((name) => doExclude(command, name, choice)));
    if (partial.length === 0 || left.length === 0) return `${joinChoice(names)} is needed`;
    return `${join(partial)} ${partial.length === 1 ? "needs" : "need"} ${joinChoice(left)} as well`;
  }

  function problemOfNeed(name: string, needed: string): string {
    const rival = command.options.find((option) => given.has(option) && doExclude(command, needed, option.name));
    const problem = `${spell(name)} needs --${needed}`;
    return rival === undefined ? problem : `${problem}, which excludes ${spell(rival.name)}`;
  }

  function excludeEachOther(names: readonly string[]): string {
    return `${join(names)} exclude each other`;
  }

  function isGiven(name: string): boolean {
    const option = optionNamed(name);
    return option !== undefined && given.has(option);
  }

  function joinChoice(names: readonly string[]): string {
    return `${names.length > 2 ? "one of " : ""}${join(names, "or")}`;
  }

  function join(names: readonly string[], conjunction?: string): string {
    return joinNames(names.map(spell), conjunction);
  }

  function spell(name: string): string {
    const { operand } = command;
    if (operand?.name === name && !isGiven(name)) return operand.placeholder;
    const option = optionNamed(name);
    return option === undefined ? `--${name}` : given.spellingOf(option);
  }

  function optionNamed(name: string): Option | undefined {
    return command.options.find((option) => option.name === name);
  }
}

export function doExclude({ rules }: Command, one: string, other: string): boolean {
  return rules.some((rule) => {
    if ("oneOf" in rule) return one !== other && rule.oneOf.includes(one) && rule.oneOf.includes(other);
    if (!("excludes" in rule)) return false;
    return rule.option === one ? rule.excludes.includes(other) : rule.option === other && rule.excludes.includes(one);
  });
}
