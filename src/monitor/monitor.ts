// What happens on a host: everything that is there, then each change. What is noticed is only that something has changed; what that
// was shows when the host is looked at again. So nothing that is there is ever missed, and nothing is said twice.

import type { Host } from "../host.ts";
import { findDirectories, isSign, readReport } from "../kernel/signs.ts";
import { observe } from "../observed.ts";
import { directoryName } from "../paths.ts";
import type { Changes, Watch } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { formatTime } from "../time.ts";
import {
  addTold,
  type Change,
  compareSeen,
  describeSeen,
  dropTold,
  listSeen,
  type Seen,
  type Told,
} from "./compare.ts";
import type { Mark, MonitorEvent } from "./event.ts";

/** What follows closely is seen by one look. */
const settleMilliseconds = 20;

/** While not everything could be read, perhaps because it was being changed. */
const retryMilliseconds = 1000;

/** Ends when the watch is closed. Looks at least every `interval` milliseconds. What cannot be read is warned about, once. */
export async function* monitor(host: Host, watch: Watch, interval: number): AsyncGenerator<MonitorEvent> {
  const warn = createWarnings(host);
  let seen: Seen | undefined;
  const told: Told = new Map();
  let changes: Changes | undefined = { inDirectories: false, messages: [], areLost: false };
  while (changes !== undefined) {
    // First, because what changes from here on has to be noticed.
    warn(watchPlaces(host, watch));
    const observed = await observe(host);
    const isNew = warn(observed.unread);
    const time = formatTime(host.system.currentTime());
    const now = describeSeen(observed);
    for (const change of describeLook(seen, now, { changes, told })) yield { time, ...change };
    seen = now;
    changes = await waitForChanges(host, watch, isNew ? Math.min(interval, retryMilliseconds) : interval);
  }
}

interface Heard {
  readonly changes: Changes;
  /** Changed by what is told now. */
  readonly told: Told;
}

function* describeLook(before: Seen | undefined, now: Seen, { changes, told }: Heard): Generator<Change | Mark> {
  if (before !== undefined && !changes.areLost) {
    const reports = dropTold(
      changes.messages.flatMap((message) => readReport(message) ?? []),
      told,
    );
    const found = compareSeen(before, now, reports);
    addTold(found, reports, told);
    return yield* found;
  }
  told.clear();
  if (before !== undefined) yield { event: "resync", version: 1 };
  yield* listSeen(now);
  yield { event: "ready", version: 1 };
}

/** All changes, once there is a sign of one or the time is over; undefined when the watch is closed. */
async function waitForChanges(host: Host, watch: Watch, milliseconds: number): Promise<Changes | undefined> {
  const { system } = host;
  const start = system.currentTime();
  const all: Changes[] = [];
  // If somebody sets the clock back, it is time to look.
  for (let passed = 0; passed >= 0 && passed < milliseconds; passed = system.currentTime() - start) {
    const changes = await watch.next(milliseconds - passed);
    if (changes === undefined) return undefined;
    all.push({ ...changes, messages: changes.messages.filter(isSign) });
    if (changes.inDirectories || changes.areLost || changes.messages.some(isSign)) break;
  }
  await system.sleep(settleMilliseconds);
  const rest = await watch.next(0);
  return rest && [...all, rest].reduce(joinChanges);
}

function joinChanges(a: Changes, b: Changes): Changes {
  return {
    inDirectories: a.inDirectories || b.inDirectories,
    messages: [...a.messages, ...b.messages],
    areLost: a.areLost || b.areLost,
  };
}

/** The directories of devices, definitions and claims; of those that are missing, the one where they would be made. Why not, if not. */
function watchPlaces(host: Host, watch: Watch): string[] {
  const { definitions, claims } = host.paths;
  const failures: string[] = [];
  const tryOr = (action: () => void) => {
    try {
      unless(missing, action);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      failures.push(error.message);
    }
  };
  for (const directory of [...findDirectories(host), definitions, claims]) {
    tryOr(() => watchNearest(watch, directory));
  }
  for (const directory of [definitions, claims]) {
    tryOr(() => {
      for (const { name, kind } of host.system.readDirectory(directory)) {
        if (kind === "directory" || kind === "link") tryOr(() => watch.watchDirectory(`${directory}/${name}`));
      }
    });
  }
  return failures;
}

function watchNearest(watch: Watch, directory: string): void {
  try {
    watch.watchDirectory(directory || "/");
  } catch (error) {
    if (!(error instanceof SystemError && missing.includes(error.code)) || directory === "") throw error;
    watchNearest(watch, directoryName(directory));
  }
}

/** Makes a function that warns, and tells whether there is anything to warn about that it did not say before. */
function createWarnings({ log }: Host): (messages: readonly string[]) => boolean {
  const said = new Set<string>();
  return (messages) => {
    const fresh = messages.filter((message) => !said.has(message));
    for (const message of fresh) log.warn(message);
    for (const message of fresh) said.add(message);
    return fresh.length > 0;
  };
}
