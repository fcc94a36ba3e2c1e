// The definitions below etc/mdevctl.d, one file a device: find, read, save and remove them. Whatever interrupts a change,
// every definition is whole: the old one or the new one.

import { ConfigurationError, formatConfiguration, parseConfiguration } from "./definition.ts";
import type { Configuration, Device } from "./device.ts";
import { refusal, UserError } from "./errors.ts";
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
const missing = ["ENOENT", "ENOTDIR"];

/** The definitions that there are, sorted by parent and UUID. */
export function findDefinitions(host: Host, wanted: Wanted): DefinitionFile[] {
  return [...eachFile(host, wanted)];
}

function* eachFile(host: Host, { uuid, parent }: Wanted): Generator<DefinitionFile> {
  if (parent !== undefined) {
    yield* uuid === undefined ? definitionsOf(host, parent) : definitionAt(host, parent, uuid);
    return;
  }
  for (const name of definedParents(host)) {
    const files = uuid === undefined ? definitionsOrWarning(host, name) : definitionAt(host, name, uuid);
    for (const file of files) yield file;
  }
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

/**
 * The devices as defined, read one by one as they are asked for. A definition that cannot be read is warned about and left out,
 * unless one device is wanted.
 */
export function* readDefinitions(host: Host, wanted: Wanted): Generator<Device> {
  for (const file of eachFile(host, wanted)) {
    const device = wanted.uuid === undefined ? readOrWarn(host, file) : readIfStillThere(host, file);
    if (device !== undefined) yield device;
  }
}

function readOrWarn(host: Host, file: DefinitionFile): Device | undefined {
  try {
    return readIfStillThere(host, file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    host.log.warn(error.message);
    return undefined;
  }
}

/** A file may have been removed since it was found; a link that leads nowhere is an error. */
function readIfStillThere(host: Host, file: DefinitionFile): Device | undefined {
  const { uuid, parent, kind } = file;
  if (kind !== "file") return readDefinition(host, file);
  const found = readDefinitionIfAny(host, uuid, parent);
  return found === undefined ? undefined : { uuid, parent, ...found };
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
  try {
    return worded(path, () => {
      const text = unless(missing, () => host.system.readFile(path, sizeLimit));
      return text === undefined ? undefined : parseConfiguration(text);
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // It may not be a file at all.
    return readConfiguration(host, path, "stat");
  }
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

/** Makes the directory of the definitions if it is missing, so that it can be locked. */
export function makeDefinitionsDirectory(host: Host): void {
  const { definitions } = host.paths;
  try {
    if (unless(missing, () => host.system.stat(definitions)) === undefined) makeDirectories(host, definitions);
  } catch (error) {
    throw error instanceof SystemError ? refusal(host, `cannot make the directory ${definitions}`, error) : error;
  }
}

/** Writes the device's definition and its directories. When this is done, a power cut does not lose it. */
export async function saveDefinition(host: Host, device: Device): Promise<void> {
  const { system } = host;
  const path = definitionPath(host, device.parent, device.uuid);
  const directory = `${host.paths.definitions}/${device.parent}`;
  // One is enough, because one command writes at a time.
  const draft = `${directory}/.mdevctl.new`;
  const text = formatConfiguration(device);
  if (isTooLarge(text)) throw new UserError(`cannot save ${path}: the definition would be larger than 1 MiB`);
  await changing(host, `cannot save ${path}`, () => {
    const replaced = unless(missing, () => system.lstat(path));
    if (replaced === undefined) makeDirectories(host, directory);
    // What a writer left that was cut off.
    unless(missing, () => system.remove(draft));
    try {
      system.createFile(draft, text, replaced);
      system.rename(draft, path);
    } catch (error) {
      // If that fails too, the next one who writes removes it.
      unless([...missing, "EACCES", "EIO", "EROFS"], () => system.remove(draft));
      throw error;
    }
    syncOrSay(host, directory, `${path} is saved`);
  });
}

/**
 * Removes a definition, or the link to it; never what a link leads to. A parent's directory that is a link goes when this is the
 * only definition behind it.
 */
export async function removeDefinition(host: Host, { uuid, parent }: Pick<Device, "uuid" | "parent">): Promise<void> {
  const { definitions } = host.paths;
  const directory = `${definitions}/${parent}`;
  const linked = linkTarget(host, directory);
  if (linked !== undefined && definitionsOf(host, parent).length > 1) {
    throw new UserError(
      `cannot undefine ${uuid}: ${directory} is a link to ${linked}, where other devices are defined too`,
      "Remove the definition where it is kept.",
    );
  }
  const path = linked === undefined ? definitionPath(host, parent, uuid) : directory;
  await changing(host, `cannot remove ${path}`, () => {
    host.system.remove(path);
    syncOrSay(host, linked === undefined ? directory : definitions, `${path} is removed`);
  });
}

/** Refuses a definition that someone else keeps: a link, or a file in a directory that is one. */
export function ensureOwnFile(host: Host, file: DefinitionFile): void {
  for (const path of [`${host.paths.definitions}/${file.parent}`, definitionPath(host, file.parent, file.uuid)]) {
    const target = linkTarget(host, path);
    if (target !== undefined) {
      throw new UserError(`cannot modify ${file.uuid}: ${path} is a link to ${target}`, "Change it where it is kept.");
    }
  }
}

function linkTarget(host: Host, path: string): string | undefined {
  return unless(["EINVAL"], () => host.system.readLink(path));
}

export function definitionPath(host: Host, parent: string, uuid: Uuid): string {
  return `${host.paths.definitions}/${parent}/${uuid}`;
}

function definedParents(host: Host): string[] {
  const { definitions } = host.paths;
  const entries = unless(missing, () => host.system.readDirectory(definitions)) ?? [];
  return entries
    .filter(({ name, kind }) => (kind === "directory" || kind === "link") && name !== scriptsDirectory)
    .map(({ name }) => name)
    .filter((name) => {
      if (name.includes("\ufffd")) host.log.warn(`${definitions}/${name} is passed over: its name is not valid UTF-8`);
      return !name.includes("\ufffd");
    })
    .sort();
}

function definitionsOrWarning(host: Host, parent: string): DefinitionFile[] {
  try {
    return definitionsOf(host, parent);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    host.log.warn(error.message);
    return [];
  }
}

function definitionsOf(host: Host, parent: string): DefinitionFile[] {
  const directory = `${host.paths.definitions}/${parent}`;
  const files: DefinitionFile[] = [];
  for (const { name, kind } of unless(missing, () => host.system.readDirectory(directory)) ?? []) {
    if (isUuid(name)) files.push({ uuid: name, parent, kind });
    else if (parseUuid(name) !== undefined) {
      host.log.warn(`${directory}/${name} is passed over: a definition's name is a UUID in lower case with hyphens`);
    }
  }
  return files.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
}

function definitionAt(host: Host, parent: string, uuid: Uuid): DefinitionFile[] {
  const status = unless([...missing, "ELOOP"], () => host.system.lstat(definitionPath(host, parent, uuid)));
  return status === undefined ? [] : [{ uuid, parent, kind: status.kind }];
}

/**
 * Makes what is missing of a directory's path, so that it is still there after a power cut; also when it is there already, because
 * who made it may have been cut off.
 */
function makeDirectories(host: Host, directory: string): void {
  const above = directory.slice(0, directory.lastIndexOf("/"));
  const make = () => unless(["EEXIST"], () => host.system.makeDirectory(directory));
  try {
    make();
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== "ENOENT" || above === "") throw error;
    makeDirectories(host, above);
    make();
  }
  syncDirectory(host, above || "/");
}

async function changing(host: Host, failure: string, change: () => void): Promise<void> {
  try {
    await host.system.uninterrupted(change);
  } catch (error) {
    throw error instanceof SystemError ? refusal(host, failure, error) : error;
  }
}

/** The change is there and cannot be taken back for certain, so a failure says that it was made. */
function syncOrSay(host: Host, directory: string, done: string): void {
  try {
    syncDirectory(host, directory);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new UserError(`${done}, but may be lost in a power cut: cannot flush ${directory}: ${error.reason}`);
  }
}

/** Some file systems know no flushing of directories. */
function syncDirectory(host: Host, directory: string): void {
  unless(["EINVAL", "EOPNOTSUPP"], () => host.system.syncDirectory(directory));
}

/** In UTF-8, that is up to three bytes for a character. */
function isTooLarge(text: string): boolean {
  return text.length * 3 > sizeLimit && encodeURIComponent(text).replace(/%../g, "x").length > sizeLimit;
}
