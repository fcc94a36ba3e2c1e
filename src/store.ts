// The definitions below etc/mdevctl.d, one file a device: find, read, save and remove them. Whatever interrupts a change,
// every definition is whole: the old one or the new one.

import { ConfigurationError, formatConfiguration, parseConfiguration } from "./definition.ts";
import type { Configuration, Device } from "./device.ts";
import { UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { scriptsDirectory } from "./paths.ts";
import { type FileKind, SystemError, unless } from "./system.ts";
import { isUuid, parseUuid, type Uuid } from "./uuid.ts";

/** A definition that is there, whatever it holds. */
export interface DefinitionFile {
  readonly uuid: Uuid;
  readonly parent: string;
  /** Configuration managers keep the file elsewhere and leave a link. */
  readonly kind: FileKind;
}

/** What definitions are wanted: all, those of a parent, those of a device. */
export interface Wanted {
  readonly uuid?: Uuid | undefined;
  readonly parent?: string | undefined;
}

const sizeLimit = 1024 * 1024;
const lockSeconds = 30;
const missing = ["ENOENT", "ENOTDIR"];

/** The definitions that there are, sorted by parent and UUID. */
export function findDefinitions(host: Host, wanted: Wanted): DefinitionFile[] {
  const parents = wanted.parent === undefined ? definedParents(host) : [wanted.parent];
  return parents.flatMap((parent) =>
    wanted.uuid === undefined ? definitionsOf(host, parent) : definitionAt(host, parent, wanted.uuid),
  );
}

/** The one definition of a device, or undefined when there is none. Several are refused: the parent has to be named then. */
export function findDefinition(host: Host, uuid: Uuid, parent: string | undefined): DefinitionFile | undefined {
  const files = findDefinitions(host, { uuid, parent });
  if (files.length > 1) {
    const parents = files.map((file) => file.parent);
    throw new UserError(
      `${uuid} is defined under several parents: ${parents.join(", ")}`,
      `Choose one: --parent ${parents[0]}`,
    );
  }
  return files[0];
}

/** The devices as defined. A definition that cannot be read is warned about and left out, unless one device is wanted. */
export function readDefinitions(host: Host, wanted: Wanted): Device[] {
  return findDefinitions(host, wanted).flatMap((file) => {
    try {
      return [readDefinition(host, file)];
    } catch (error) {
      if (!(error instanceof UserError) || wanted.uuid !== undefined) throw error;
      host.log.warn(error.message);
      return [];
    }
  });
}

/** Throws a UserError that names the file and what is wrong with it. */
export function readDefinition(host: Host, { uuid, parent, kind }: DefinitionFile): Device {
  const path = definitionPath(host, parent, uuid);
  return { uuid, parent, ...readConfiguration(host, path, kind === "link" ? "stat" : kind) };
}

/**
 * The definition of a device under this parent if there is one, without asking first what kind of file it is: for listings of
 * active devices. Throws a UserError that names the file and what is wrong with it.
 */
export function readDefinitionIfAny(host: Host, uuid: Uuid, parent: string): Configuration | undefined {
  const path = definitionPath(host, parent, uuid);
  return worded(path, () => {
    const text = unless(missing, () => host.system.readFile(path, sizeLimit));
    return text === undefined ? undefined : parseConfiguration(text);
  });
}

/** The configuration in a file of the user's, which may well be a pipe. Throws a UserError that names the file. */
export function readJsonFile(host: Host, path: string): Configuration {
  return worded(path, () => parseConfiguration(host.system.readInput(path, sizeLimit)));
}

function readConfiguration(host: Host, path: string, kind: FileKind | "stat"): Configuration {
  return worded(path, () => {
    // A pipe or a device in the place of a definition is never opened: that could wait for ever.
    const actual = kind === "stat" ? host.system.stat(path).kind : kind;
    if (actual !== "file") throw new ConfigurationError("it is not a regular file");
    return parseConfiguration(host.system.readFile(path, sizeLimit));
  });
}

function worded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SystemError) throw new UserError(`cannot read ${path}: ${error.reason}`);
    if (error instanceof ConfigurationError) throw new UserError(`cannot read ${path}: ${error.message}`);
    throw error;
  }
}

/**
 * Lets one command at a time change definitions; readers never wait. The lock is on the directory itself, so nothing is left
 * behind. `unlock` may be called early: what scripts do after the change need not be waited for.
 */
export async function whileLocked<T>(host: Host, action: (unlock: () => void) => Promise<T>): Promise<T> {
  let release: (() => void) | undefined;
  const unlock = () => {
    release?.();
    release = undefined;
  };
  try {
    release = await host.system.lock(host.paths.definitions, lockSeconds);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // Without the directory there is nothing to change.
    if (error.code === "ENOENT") return action(() => {});
    throw new UserError(
      error.code === "ETIMEDOUT"
        ? `another mdevctl has been changing the definitions for ${lockSeconds} seconds`
        : `cannot lock ${host.paths.definitions}: ${error.reason}`,
    );
  }
  try {
    return await action(unlock);
  } finally {
    unlock();
  }
}

/** Makes the directory of the definitions if it is missing, so that it can be locked. */
export function makeDefinitionsDirectory(host: Host): void {
  const { definitions } = host.paths;
  changing(`cannot make the directory ${definitions}`, () => makeDirectories(host, definitions));
}

/** Writes the device's definition and its directories. When this returns, a power cut does not lose it. */
export function saveDefinition(host: Host, device: Device): void {
  const path = definitionPath(host, device.parent, device.uuid);
  const directory = `${host.paths.definitions}/${device.parent}`;
  const draft = `${directory}/.${device.uuid}.new`;
  const { system } = host;
  changing(`cannot save ${path}`, () => {
    makeDirectories(host, directory);
    const replaced = unless(missing, () => system.lstat(path));
    // What a writer left that was cut off.
    unless(missing, () => system.remove(draft));
    try {
      system.createFile(draft, formatConfiguration(device), replaced);
      system.rename(draft, path);
    } catch (error) {
      unless(missing, () => system.remove(draft));
      throw error;
    }
    system.syncDirectory(directory);
  });
}

/** Removes a definition, or the link to it; never what the link leads to. */
export function removeDefinition(host: Host, { uuid, parent }: DefinitionFile): void {
  const path = definitionPath(host, parent, uuid);
  changing(`cannot remove ${path}`, () => {
    host.system.remove(path);
    host.system.syncDirectory(`${host.paths.definitions}/${parent}`);
  });
}

/** Refuses a definition that someone else keeps: a link, or a file in a directory that is one. */
export function ensureOwnFile(host: Host, file: DefinitionFile): void {
  for (const path of [`${host.paths.definitions}/${file.parent}`, definitionPath(host, file.parent, file.uuid)]) {
    const target = unless(["EINVAL"], () => host.system.readLink(path));
    if (target !== undefined) {
      throw new UserError(`cannot modify ${file.uuid}: ${path} is a link to ${target}`, "Change it where it is kept.");
    }
  }
}

export function definitionPath(host: Host, parent: string, uuid: Uuid): string {
  return `${host.paths.definitions}/${parent}/${uuid}`;
}

function definedParents(host: Host): string[] {
  const entries = unless(missing, () => host.system.readDirectory(host.paths.definitions)) ?? [];
  return entries
    .filter(({ name, kind }) => (kind === "directory" || kind === "link") && name !== scriptsDirectory)
    .map(({ name }) => name)
    .sort();
}

function definitionsOf(host: Host, parent: string): DefinitionFile[] {
  const directory = `${host.paths.definitions}/${parent}`;
  const files: DefinitionFile[] = [];
  try {
    for (const { name, kind } of unless(missing, () => host.system.readDirectory(directory)) ?? []) {
      if (isUuid(name)) files.push({ uuid: name, parent, kind });
      else if (parseUuid(name) !== undefined) {
        host.log.warn(`${directory}/${name} is passed over: a definition's name is a UUID in lower case with hyphens`);
      }
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    host.log.warn(error.message);
  }
  return files.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
}

function definitionAt(host: Host, parent: string, uuid: Uuid): DefinitionFile[] {
  const status = unless(missing, () => host.system.lstat(definitionPath(host, parent, uuid)));
  return status === undefined ? [] : [{ uuid, parent, kind: status.kind }];
}

/** Makes what is missing of a directory's path, so that it is still there after a power cut. */
function makeDirectories(host: Host, directory: string): void {
  const above = directory.slice(0, directory.lastIndexOf("/"));
  try {
    host.system.makeDirectory(directory);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code === "EEXIST") return;
    if (error.code !== "ENOENT" || above === "") throw error;
    makeDirectories(host, above);
    host.system.makeDirectory(directory);
  }
  host.system.syncDirectory(above);
}

function changing(failure: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    throw error instanceof SystemError ? new UserError(`${failure}: ${error.reason}`) : error;
  }
}
