// Definitions that others may write, and scripts that do not run.

import { cannotRun } from "../callout/script.ts";
import type { Host } from "../host.ts";
import { quoteForShell } from "../quote.ts";
import { missing, unless } from "../system-error.ts";
import { type Fault, findFaults, untrustedError } from "../trust.ts";
import { createThoroughCheck, type Problem } from "./finding.ts";
import type { Situation } from "./situation.ts";
import { nameAll } from "./words.ts";

interface OwnedFile {
  readonly path: string;
  /** The devices whose definition it is, or is in it. */
  readonly uuids: readonly string[];
  readonly problem: Fault["problem"];
  readonly text: string;
  /** Who it should belong to. */
  readonly owner: number;
}

export const definitionUntrusted = createThoroughCheck({
  code: "definition-untrusted",
  severity: "error",
  summary: "A definition, or the directory that it is in, belongs to another user than root, or others may write it",
  advice: "Look at what it says, since another user may have written it. Then `chown root` and `chmod go-w` the file.",

  gather: findOpenDefinitions,
  *find(files: readonly OwnedFile[]) {
    for (const { path, uuids, problem, text, owner } of files) {
      const file = quoteForShell(path);
      yield {
        subject: path,
        message: `${path} ${text}`,
        evidence: [{ path, value: text }],
        consequence: "Another user may decide which devices root starts, and what is written to their attributes.",
        fix: {
          text: "Look at what is there first.",
          commands: [problem === "owner" ? `chown -h ${owner === 0 ? "root" : owner} ${file}` : `chmod go-w ${file}`],
        },
        concerns: uuids,
      };
    }
  },
});

/** In a sandbox, they should belong to whoever it belongs to. */
function findOpenDefinitions({ system, paths }: Host, { observed }: Situation): OwnedFile[] {
  const root = system.stat(paths.root === "" ? "/" : paths.root);
  const owner = paths.root === "" ? 0 : root.userId;
  const group = paths.root === "" ? 0 : root.groupId;
  const defined = [...observed.devices.filter(({ definition }) => definition), ...observed.brokenDefinitions];
  const places = new Map<string, string[]>([[paths.definitions, defined.map(({ uuid }) => uuid)]]);
  for (const { uuid, parent } of defined) {
    const directory = `${paths.definitions}/${parent}`;
    places.set(directory, [...(places.get(directory) ?? []), uuid]);
    places.set(`${directory}/${uuid}`, [uuid]);
  }
  return [...places].flatMap(([path, uuids]) => {
    const own = unless(missing, () => system.lstat(path));
    const status = own?.kind === "link" ? unless([...missing, "ELOOP"], () => system.stat(path)) : own;
    const stranger = [own, status].find((each) => each !== undefined && each.userId !== owner);
    const isOpen = status !== undefined && (status.mode & (status.groupId === group ? 0o002 : 0o022)) !== 0;
    return [
      ...(stranger === undefined
        ? []
        : [{ path, uuids, owner, problem: "owner" as const, text: `belongs to the user with id ${stranger.userId}` }]),
      ...(isOpen
        ? [{ path, uuids, owner, problem: "mode" as const, text: "is writable by users other than its owner" }]
        : []),
    ];
  });
}

export const scriptUntrusted = createThoroughCheck({
  code: "script-untrusted",
  severity: "error",
  summary: "Root will not run scripts, because another user could change them",
  advice:
    "Look at what is there, since another user may have written it. Then `chown root` and `chmod go-w` what the message names.",

  gather: (host) => {
    const faults = new Map<string, Fault>();
    for (const path of findScriptPaths(host).flatMap(({ directory, path }) => [directory, path])) {
      unless(cannotRun, () => {
        for (const fault of findFaults(host, path)) faults.set(`${fault.path} ${fault.text}`, fault);
      });
    }
    return [...faults.values()];
  },
  *find(faults: readonly Fault[], { observed }): Generator<Problem> {
    for (const fault of faults) {
      const { message, hint } = untrustedError([fault]);
      yield {
        subject: fault.path,
        message,
        evidence: [{ path: fault.path, value: fault.text }],
        consequence: "Every command that would ask or tell a script fails.",
        fix: { text: hint ?? "", commands: [] },
        concerns: nameAll(observed),
      };
    }
  },
});

export const scriptNotExecutable = createThoroughCheck({
  code: "script-not-executable",
  severity: "warning",
  summary: "A file among the scripts is not executable",
  advice: "`chmod +x` it, or move it out of the directory.",

  gather: (host) =>
    findScriptPaths(host)
      .map(({ path }) => ({ path, status: unless([...missing, "ELOOP"], () => host.system.stat(path)) }))
      .flatMap(({ path, status }) =>
        status?.kind === "file" && (status.mode & 0o111) === 0 ? [{ path, mode: status.mode }] : [],
      ),
  *find(files: readonly { readonly path: string; readonly mode: number }[]) {
    for (const { path, mode } of files) {
      yield {
        subject: path,
        message: `${path} is not executable`,
        evidence: [{ path, value: `mode ${(mode & 0o7777).toString(8).padStart(4, "0")}` }],
        consequence: "It is skipped with a warning whenever scripts are called.",
        fix: { text: "Make it executable, or move it elsewhere.", commands: [`chmod +x ${quoteForShell(path)}`] },
      };
    }
  },
});

function findScriptPaths({ system, paths }: Host): { directory: string; path: string }[] {
  return [...paths.calloutScripts, ...paths.notifierScripts].flatMap((directory) => {
    const entries = unless(missing, () => system.readDirectory(directory)) ?? [];
    const files = entries.filter(({ kind }) => kind === "file" || kind === "link").map(({ name }) => name);
    return files.sort().map((name) => ({ directory, path: `${directory}/${name}` }));
  });
}
