// Finds and reads the definitions below etc/mdevctl.d, one file per device. store-changes.ts writes them.

import { readConfiguration, sizeLimit } from "./configuration-file.ts";
import { parseConfiguration } from "./definition.ts";
import type { Configuration, Device, Wanted } from "./device.ts";
import { UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { JsonError } from "./json.ts";
import { readOrWarn } from "./log.ts";
import { scriptsDirectory } from "./paths.ts";
import type { FileKind } from "./system.ts";
import { missing, SystemError, unless } from "./system-error.ts";
import { isUuid, parseUuid, type Uuid } from "./uuid.ts";

/** A definition, which has not been read and may be broken. */
export interface DefinitionFile {
  readonly uuid: Uuid;
  readonly parent: string;
  /** A link where a configuration manager keeps the file elsewhere. */
  readonly kind: FileKind;
}

/** Sorted by parent and UUID. */
export function findDefinitions(host: Host, wanted: Wanted): DefinitionFile[] {
  return [...eachDefinition(host, wanted)];
}

/** The same, found parent by parent as they are asked for. */
export function* eachDefinition(host: Host, { uuid, parent }: Wanted): Generator<DefinitionFile> {
  if (parent !== undefined) {
    yield* uuid === undefined ? definitionsOf(host, parent) : definitionAt(host, parent, uuid);
    return;
  }
  for (const name of definedParents(host)) {
    const files = uuid === undefined ? definitionsOrNone(host, name) : definitionAt(host, name, uuid);
    for (const file of files) yield file;
  }
}

function definitionsOrNone(host: Host, parent: string): DefinitionFile[] {
  return readOrWarn(host, () => definitionsOf(host, parent)) ?? [];
}

/** The only definition of a device, or undefined. Several are a UserError: then the parent has to be named. */
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
 * The devices as defined, read one by one as they are asked for. A definition that cannot be read is warned about and skipped,
 * unless one UUID is wanted; a directory that nobody may look into is warned about once.
 */
export function* readDefinitions(host: Host, wanted: Wanted): Generator<Device> {
  let unreadable: string | undefined;
  for (const file of eachDefinition(host, wanted)) {
    if (file.parent === unreadable) continue;
    try {
      const device = readIfStillThere(host, file);
      if (device !== undefined) yield device;
    } catch (error) {
      if (wanted.uuid !== undefined || !(error instanceof SystemError || error instanceof UserError)) throw error;
      host.log.warn(error.message);
      if (error instanceof SystemError) unreadable = file.parent;
    }
  }
}

function readIfStillThere(host: Host, file: DefinitionFile): Device | undefined {
  const found = readConfigurationIfAny(host, file);
  if (found === undefined) return undefined;
  return toDevice(file, found);
}

/** Always the same fields in the same order: engines keep such objects small, and there can be very many. */
export function toDevice({ uuid, parent }: Pick<Device, "uuid" | "parent">, configuration: Configuration): Device {
  const { type, typeName, start, attributes } = configuration;
  return { uuid, parent, type, typeName, start, attributes };
}

/** A file may have been removed since it was found; a link that leads nowhere is an error. */
export function readConfigurationIfAny(host: Host, { uuid, parent, kind }: DefinitionFile): Configuration | undefined {
  if (kind === "file") return readDefinitionIfAny(host, uuid, parent);
  return readConfiguration(host, definitionPath(host, parent, uuid), kind);
}

/** Throws a UserError that names the file and what is wrong with it. */
export function readDefinition(host: Host, { uuid, parent, kind }: DefinitionFile): Device {
  return { uuid, parent, ...readConfiguration(host, definitionPath(host, parent, uuid), kind) };
}

/**
 * The definition of a device under this parent, if there is one. Does not ask what kind of file it is first, which saves
 * listings of active devices a system call each. Throws a UserError that names the file and what is wrong with it, and a
 * SystemError about the directory if that cannot be looked into: then nobody knows whether there is a definition.
 */
export function readDefinitionIfAny(host: Host, uuid: Uuid, parent: string): Configuration | undefined {
  const path = definitionPath(host, parent, uuid);
  try {
    return parseConfiguration(host.system.readFile(path, sizeLimit));
  } catch (error) {
    if (error instanceof SystemError && missing.includes(error.code)) return undefined;
    if (!(error instanceof SystemError || error instanceof JsonError)) throw error;
    if (error instanceof SystemError) ensureSearchable(host, parent, path);
    // It may not even be a file; this finds out what is wrong.
    return readConfiguration(host, path, "link");
  }
}

function ensureSearchable(host: Host, parent: string, path: string): void {
  const { system, paths } = host;
  const directory = `${paths.definitions}/${parent}`;
  if (unless(["EACCES"], () => system.lstat(path)) !== undefined) return;
  const isNamed = unless(["EACCES"], () => system.lstat(directory)) !== undefined;
  throw new SystemError("EACCES", "read the directory", isNamed ? directory : paths.definitions);
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
      if (name.includes("\ufffd")) host.log.warn(`${definitions}/${name} is skipped: its name is not valid UTF-8`);
      return !name.includes("\ufffd");
    })
    .sort();
}

export function definitionsOf(host: Host, parent: string): DefinitionFile[] {
  const directory = `${host.paths.definitions}/${parent}`;
  const files: DefinitionFile[] = [];
  for (const { name, kind } of unless(missing, () => host.system.readDirectory(directory)) ?? []) {
    if (isUuid(name)) files.push({ uuid: name, parent, kind });
    else if (parseUuid(name) !== undefined) {
      host.log.warn(`${directory}/${name} is skipped: a definition's name is a UUID in lower case with hyphens`);
    }
  }
  return files.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
}

function definitionAt(host: Host, parent: string, uuid: Uuid): DefinitionFile[] {
  const status = unless([...missing, "ELOOP"], () => host.system.lstat(definitionPath(host, parent, uuid)));
  return status === undefined ? [] : [{ uuid, parent, kind: status.kind }];
}
