// The readers of a System that read several files or links at once, built from those that read one.

import type { System } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";

type OneReader = "readDirectory" | "readFile" | "readLink" | "lstat";

/** For a System that has no quicker way. */
export function readOneByOne({
  readDirectory,
  readFile,
  readLink,
  lstat,
}: Pick<System, OneReader>): Pick<System, "readFilesBelow" | "readLinks"> {
  return {
    readFilesBelow: (directory, names, limit) => {
      const below = readDirectory(directory).filter(({ kind }) => kind !== "file");
      return below.flatMap(({ name }) => {
        const status = unless(missing, () => lstat(`${directory}/${name}`));
        if (status === undefined) return [];
        const files = names.map((file) => [file, catchError(() => readFile(`${directory}/${name}/${file}`, limit))]);
        return [{ name, inode: status.inode, files: Object.fromEntries(files) }];
      });
    },
    readLinks: (directory, names) => names.map((name) => catchError(() => readLink(`${directory}/${name}`))),
  };
}

/** The system with other readers; those that read several files or links at once go through them too. */
export function replaceReaders(system: System, readers: Partial<Pick<System, OneReader>>): System {
  const replaced = { ...system, ...readers };
  return { ...replaced, ...readOneByOne(replaced) };
}

/** The result of `action`, or the operating system's refusal. */
function catchError<T>(action: () => T): T | SystemError {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
}
