// Notices changes on QuickJS: see inotify(7) for directories, netlink(7) for the kernel's messages. Everything that has come is read
// when it is asked for; until then it waits in the kernel.

import * as posix from "posix";
import type { Changes, Watch } from "../system.ts";
import type { SystemError } from "../system-error.ts";
import { parseMessage } from "./messages.ts";
import { startTimer, stopTimer, stopWatching, whenClosed, whenReadable } from "./quickjs-events.ts";

/** For what comes while we look: about ten thousand messages. In bytes. */
const messageRoom = 4 * 1024 * 1024;

const stdout = 1;

/** Throws what `errorOf` makes of a failure. */
export function openWatch(
  { isForReader }: { readonly isForReader: boolean },
  errorOf: (errno: number, operation: string, path: string) => SystemError,
): Watch {
  const directories = posix.openWatch();
  const messages = posix.openMessages(messageRoom);
  // Where there is no more of these to be had, looking now and then has to do.
  const sources = [directories, messages].filter((source) => source >= 0);
  let isClosed = false;
  let stop: (() => void) | undefined;

  return {
    hearsKernel: messages >= 0,
    watchDirectory: (path) => {
      const result = directories < 0 ? directories : posix.watchDirectory(directories, path);
      if (result < 0) throw errorOf(result, "watch", path);
    },
    next: async (milliseconds) => {
      const isUnread = await wait(milliseconds);
      if (isUnread) throw errorOf(-brokenPipe, "write to", "stdout");
      return isClosed ? undefined : take(directories, messages);
    },
    close: () => {
      isClosed = true;
      for (const source of sources) posix.close(source);
      stop?.();
    },
  };

  /** For a change, or until the time is over; whether nobody reads our stdout any more. */
  function wait(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isUnread: boolean) => {
        stopTimer(timer);
        for (const source of [...sources, stdout]) stopWatching(source);
        stop = undefined;
        resolve(isUnread);
      };
      stop = () => end(false);
      const timer = startTimer(milliseconds, stop);
      for (const source of sources) whenReadable(source, stop);
      if (isForReader) whenClosed(stdout, () => end(true));
      if (isClosed) stop();
    });
  }
}

const brokenPipe = 32;

function take(directories: number, messages: number): Changes {
  const bytes = posix.encode("");
  let inDirectories = false;
  while (directories >= 0 && posix.readSome(directories, bytes) > 0) {
    inDirectories = true;
    // Only that there was something counts.
    posix.takeText(bytes, true);
  }
  const texts: string[] = [];
  let areLost = false;
  for (;;) {
    const message = messages < 0 ? messages : posix.takeMessage(messages);
    if (typeof message === "string") texts.push(message);
    else if (posix.errorName(-message) !== "ENOBUFS") break;
    else areLost = true;
  }
  return { inDirectories, messages: texts.map((text) => parseMessage(text.split("\0"))), areLost };
}
