// Saves and removes definitions. Whatever interrupts a change, every definition is whole: the old one or the new one. Separate
// from store.ts, because most runs only read.

import { sizeLimit } from "./configuration-file.ts";
import { formatConfiguration } from "./definition.ts";
import type { Device } from "./device.ts";
import { refusalError, UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { directoryName } from "./paths.ts";
import { type DefinitionFile, definitionPath, definitionsOf } from "./store.ts";
import { missing, SystemError, unless } from "./system-error.ts";

/**
 * Makes the directory of the definitions if it is missing, so that it can be locked. As long as the parent has none in it, whoever
 * made it may have been killed before it was flushed.
 */
export function makeDefinitionsDirectory(host: Host, parent: string): void {
  const { definitions } = host.paths;
  try {
    if (unless(missing, () => host.system.stat(`${definitions}/${parent}`)) === undefined) {
      makeDirectories(host, definitions);
    }
  } catch (error) {
    throw error instanceof SystemError
      ? refusalError(host.system, `cannot make the directory ${definitions}`, error)
      : error;
  }
}

/** Writes the device's definition and its directories. When this is done, a power cut does not lose it. */
export async function saveDefinition(host: Host, device: Device): Promise<void> {
  const { system } = host;
  const path = definitionPath(host, device.parent, device.uuid);
  const directory = `${host.paths.definitions}/${device.parent}`;
  // One name is enough, because one command writes at a time.
  const draft = `${directory}/.mdevctl.new`;
  const text = formatConfiguration(device);
  if (isTooLarge(text)) throw new UserError(`cannot save ${path}: the definition would be larger than 1 MiB`);
  await change(host, `cannot save ${path}`, () => {
    const replaced = unless(missing, () => system.lstat(path));
    if (replaced === undefined) makeDirectories(host, directory);
    // A writer that was killed may have left one.
    unless(missing, () => system.remove(draft));
    try {
      system.createFile(draft, text, replaced);
      system.rename(draft, path);
    } catch (error) {
      // If that fails too, the next writer removes it.
      unless([...missing, "EACCES", "EIO", "EROFS"], () => system.remove(draft));
      throw error;
    }
    syncOrSay(host, directory, `${path} is saved`);
  });
}

/**
 * Removes a definition, or the link to it; never what a link leads to. A parent's directory that is a link is removed with the
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
  await change(host, `cannot remove ${path}`, () => {
    host.system.remove(path);
    syncOrSay(host, linked === undefined ? directory : definitions, `${path} is removed`);
  });
}

/** Refuses a definition that is kept elsewhere: a link, or a file in a directory that is one. */
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

/**
 * Makes what is missing of a directory's path, and flushes it, so that it survives a power cut. What is there already is flushed
 * too, because whoever made it may have been killed before.
 */
export function makeDirectories(host: Host, directory: string): void {
  const above = directoryName(directory);
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

async function change(host: Host, failure: string, work: () => void): Promise<void> {
  try {
    await host.system.uninterrupted(work);
  } catch (error) {
    throw error instanceof SystemError ? refusalError(host.system, failure, error) : error;
  }
}

/** The change is made and cannot be undone for certain, so a failure says that it was made. */
function syncOrSay(host: Host, directory: string, done: string): void {
  try {
    syncDirectory(host, directory);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new UserError(`${done}, but may be lost in a power cut: cannot flush ${directory}: ${error.reason}`);
  }
}

/** Some file systems cannot flush directories. */
function syncDirectory(host: Host, directory: string): void {
  unless(["EINVAL", "EOPNOTSUPP"], () => host.system.syncDirectory(directory));
}

/** In UTF-8, which takes up to three bytes for a UTF-16 unit. */
function isTooLarge(text: string): boolean {
  return text.length * 3 > sizeLimit && encodeURIComponent(text).replace(/%../g, "x").length > sizeLimit;
}
