// Reads the files that say what hosts should have, and chooses what they say about this one.

import { readOrRefuse, sizeLimit } from "../configuration-file.ts";
import { UsageError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { SystemError } from "../system-error.ts";
import { type Condition, type Group, readGroups } from "./file.ts";
import type { Source } from "./yaml.ts";

/** What groups may ask about the host. */
export interface Self {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * The groups for this host: of a file, of stdin, which `-` means, or of all files of a directory, in the order of their names. Throws
 * a UsageError that names file, line and column.
 */
export function readDesired(host: Host, path: string, self: Self): Group[] {
  return chooseGroups(readSources(host, path), self);
}

/** Throws a UsageError as well. */
export function chooseGroups(sources: readonly Source[], self: Self): Group[] {
  return sources.flatMap(readGroups).filter(({ when }) => isMet(when, self));
}

/** Of a file, which may be a pipe, or of stdin, which `-` means. Throws a UsageError. */
export function readSource({ system }: Host, path: string): Source {
  const name = path === "-" ? "stdin" : path;
  const text = readOrUsage(name, () =>
    path === "-" ? system.readStdin(sizeLimit) : system.readInput(path, sizeLimit),
  );
  return { name, text };
}

export function readSources(host: Host, path: string): Source[] {
  const { system } = host;
  return readOrUsage(path, () => {
    if (path === "-" || system.stat(path).kind !== "directory") return [readSource(host, path)];
    const names = system
      .readDirectory(path)
      .filter(({ name, kind }) => /^[^.].*\.(?:yaml|yml|json)$/.test(name) && (kind === "file" || kind === "link"))
      .map(({ name }) => `${path.replace(/\/+$/, "")}/${name}`);
    if (names.length === 0) throw new UsageError(`there is no file in ${path} that ends in .yaml, .yml or .json`);
    return names.sort().map((name) => ({ name, text: readOrUsage(name, () => system.readFile(name, sizeLimit)) }));
  });
}

function readOrUsage<T>(name: string, read: () => T): T {
  try {
    return readOrRefuse(name, read);
  } catch (error) {
    throw error instanceof UserError ? new UsageError(error.message, error.hint) : error;
  }
}

function isMet({ host, labels }: Condition, self: Self): boolean {
  if (host !== undefined && !isLike(self.name, host)) return false;
  return [...labels].every(([name, value]) => self.labels.get(name) === value);
}

/** In the pattern, `*` stands for any characters, and `?` for one. */
function isLike(text: string, pattern: string): boolean {
  let [at, next] = [0, 0];
  /** What follows the last `*`, and what it has not taken of the text. It takes one more character when the rest does not fit. */
  let [resume, rest] = [-1, 0];
  while (at < text.length) {
    if (pattern[next] === "*") [resume, rest] = [++next, at];
    else if (pattern[next] === "?" || pattern[next] === text[at]) [at, next] = [at + 1, next + 1];
    else if (resume >= 0) [at, next] = [++rest, resume];
    else return false;
  }
  return /^\**$/.test(pattern.slice(next));
}

/**
 * As MDEVCTL_HOST has it, because a container's kernel has the name of the container, or as the kernel has it, with or without its
 * domain; empty if it does not tell.
 */
export function findHostName({ system, paths }: Host): string {
  const given = system.environment("MDEVCTL_HOST") || undefined;
  if (given !== undefined) return given;
  try {
    return system.readFile(`${paths.root}/proc/sys/kernel/hostname`, 4096).trim();
  } catch (error) {
    if (error instanceof SystemError) return "";
    throw error;
  }
}

/** As in `pool=inference,zone=a`. Throws a UserError that says what is wrong. */
export function parseLabels(text: string): Map<string, string> {
  return new Map(
    text.split(",").map((label) => {
      const at = label.indexOf("=");
      if (at < 1) throw new UserError(`'${label}' is not a label, as in pool=inference`);
      return [label.slice(0, at), label.slice(at + 1)];
    }),
  );
}

/** A file with a label on each line, as in `pool="inference"`: the form of Kubernetes' downward API. Throws a UserError. */
export function readLabelsFile(host: Host, path: string): Map<string, string> {
  const text = readOrUsage(path, () => host.system.readInput(path, sizeLimit));
  return new Map(
    text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
      if (line.trim() === "") return [];
      const [, name, quoted, bare] = /^([^=]+)=(?:("(?:[^"\\]|\\.)*")|(.*))$/.exec(line) ?? [];
      if (name === undefined) throw new UsageError(`${path}:${index + 1}:1: there is no label, as in pool="inference"`);
      return [[name, quoted === undefined ? (bare ?? "") : unquote(quoted)]];
    }),
  );
}

/** Go's quoting, as far as it is JSON's. */
function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
