// The definitions below etc/mdevctl.d, one file a device: finds and reads them; store-changes.ts writes.

import { ConfigurationError, parseConfiguration } from "./definition.ts";
import type { Configuration, Device } from "./device.ts";
import { UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { scriptsDirectory } from "./paths.ts";
import type { FileKind } from "./system.ts";
import { missing, SystemError, unless } from "./system-error.ts";
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

/** In bytes, of a definition. */
export const sizeLimit = 1024 * 1024;

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
  if (found === undefined) return undefined;
  return { uuid, parent, type: found.type, start: found.start, attributes: found.attributes };
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
    return parseConfiguration(host.system.readFile(path, sizeLimit));
  } catch (error) {
    if (error instanceof SystemError && missing.includes(error.code)) return undefined;
    if (!(error instanceof SystemError || error instanceof ConfigurationError)) throw error;
    // It may not be a file at all; in any case this says what is wrong.
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

export function definitionsOf(host: Host, parent: string): DefinitionFile[] {
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
