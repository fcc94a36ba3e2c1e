// Notices changes on Node.js, which has inotify(7), but neither netlink(7) nor poll(2): udevadm(8) tells what the kernel says about
// devices.

import type { ChildProcess, StdioOptions } from "node:child_process";
import * as fs from "node:fs";
import type { Changes, Watch } from "../system.ts";
import { SystemError } from "../system-error.ts";
import { parseMessage } from "./messages.ts";

interface Means {
  /** Translates the failure of an action. */
  attempt<T>(operation: string, path: string, action: () => T): T;
  launch(path: string, args: readonly string[], stdio: StdioOptions): ChildProcess;
}

const programs = ["/usr/bin/udevadm", "/bin/udevadm"];

export async function openWatch(
  { isForReader }: { readonly isForReader: boolean },
  { attempt, launch }: Means,
): Promise<Watch> {
  const watchers = new Map<string, fs.FSWatcher>();
  let messages: Changes["messages"][number][] = [];
  let inDirectories = false;
  let areLost = false;
  let isClosed = false;
  let isUnread = false;
  let wake: (() => void) | undefined;

  const program = programs.find((path) => fs.existsSync(path));
  const args = ["monitor", "--kernel", "--property"];
  const listener = program === undefined ? undefined : launch(program, args, ["ignore", "pipe", "ignore"]);
  const hearsKernel = listener !== undefined && (await listen(listener));

  // tail(1) ends by this signal when nobody reads its stdout any more, which is ours.
  const tail = "/usr/bin/tail";
  const tailArgs = ["-f", "/dev/null", `--pid=${process.pid}`];
  const hasGuard = isForReader && fs.fstatSync(1).isFIFO() && fs.existsSync(tail);
  const guard = hasGuard ? launch(tail, tailArgs, ["ignore", "inherit", "ignore"]) : undefined;
  guard?.on("exit", (_, signal) => {
    isUnread = signal === "SIGPIPE";
    wake?.();
  });

  // A program may end without closing us.
  const killPrograms = () => {
    listener?.kill();
    guard?.kill();
  };
  process.on("exit", killPrograms);

  /** Resolves when every message from then on will come, or none: whether they will. */
  function listen(child: ChildProcess): Promise<boolean> {
    return new Promise((resolve) => {
      let text = "";
      child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
        // An empty line is behind each message, and behind what comes before the first.
        const blocks = (text + chunk).split("\n\n");
        text = blocks.pop() ?? "";
        const found = blocks.map((block) => parseMessage(block.split("\n"))).filter((each) => each.has("ACTION"));
        messages.push(...found);
        if (found.length > 0) wake?.();
        else resolve(true);
      });
      child.on("error", () => resolve(false));
      child.on("exit", () => {
        areLost = true;
        resolve(false);
        wake?.();
      });
    });
  }

  return {
    hearsKernel,
    watchDirectory: (path) => {
      attempt("watch", path, () => {
        const watcher = fs.watch(`${path}/`, () => {
          inDirectories = true;
          wake?.();
        });
        // The directory is gone.
        watcher.on("error", () => watcher.close());
        // The directory may be another one now. It is watched twice rather than not at all.
        watchers.get(path)?.close();
        watchers.set(path, watcher);
      });
    },
    next: async (milliseconds) => {
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          wake = undefined;
          // What has come with it is handled first.
          setImmediate(() => setImmediate(resolve));
        };
        const timer = setTimeout(end, milliseconds);
        wake = end;
        if (isClosed || isUnread || inDirectories || areLost || messages.length > 0) end();
      });
      if (isUnread) throw new SystemError("EPIPE", "write to", "stdout");
      const changes = { inDirectories, messages, areLost };
      [inDirectories, messages, areLost] = [false, [], false];
      return isClosed ? undefined : changes;
    },
    close: () => {
      isClosed = true;
      for (const watcher of watchers.values()) watcher.close();
      process.off("exit", killPrograms);
      killPrograms();
      wake?.();
    },
  };
}
