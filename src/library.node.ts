// mdevctl as a library for Node.js: what the commands status, plan, apply, monitor and sandbox do, for programs. Nothing is printed, no
// signal is caught, and nothing happens before a function is called. docs/library.md describes it.

import { createCallouts } from "./callout/callouts.ts";
import { describePlan, type PlanDocument } from "./desired/document.ts";
import { planHost } from "./desired/host-plan.ts";
import { findLastingPath } from "./desired/record.ts";
import { applyRequest } from "./desired/request.ts";
import { chooseGroups, findHostName, readSources, type Self } from "./desired/sources.ts";
import type { State } from "./desired/state.ts";
import { findProblems } from "./doctor/checks.ts";
import { UserError } from "./errors.ts";
import type { Host as InnerHost } from "./host.ts";
import type { MonitorEvent } from "./monitor/event.ts";
import { monitor as follow } from "./monitor/monitor.ts";
import { observe } from "./observed.ts";
import { absolutePath, pathsBelow } from "./paths.ts";
import { makeSandbox } from "./sandbox/make.ts";
import { isSandbox } from "./sandbox/marker.ts";
import { simulateKernel } from "./sandbox/simulate.ts";
import { describeHost, type StatusDocument } from "./status/document.ts";
import { nodeSystem } from "./system/node.ts";

export type { BlockedDocument, DeviceDocument, PlanDocument, StepDocument } from "./desired/document.ts";
export type { State, StateDevice, StateGroup } from "./desired/state.ts";
/** What a person can mend: the message says what, and `hint` perhaps how. UsageError: of what was given, such as a file. */
export { UsageError, UserError } from "./errors.ts";
export type { DeviceChange, Mark, MonitorEvent, ParentChange } from "./monitor/event.ts";
export type {
  CardStatus,
  CardTypeStatus,
  DeviceStatus,
  ParentStatus,
  ParentTypeStatus,
  ProblemStatus,
  StatusDocument,
  UserStatus,
} from "./status/document.ts";
/** What the operating system refuses: `code`, as in ENOENT, and `path`. */
export { SystemError } from "./system-error.ts";

/** For the functions of this library. */
export interface Host {
  /** Everything that is read and written is below it. */
  readonly root: string;
}

export interface HostOptions {
  /** `/` by default. */
  readonly root?: string;
  /** Called with what is wrong and no obstacle, and with what callout scripts have to say. Nothing happens with it by default. */
  readonly warn?: (message: string) => void;
}

const hosts = new WeakMap<Host, InnerHost>();

/** Reads and changes nothing yet, but for whether the root is a sandbox. */
export function openHost({ root = "/", warn = () => {} }: HostOptions = {}): Host {
  if (process.platform !== "linux") throw new UserError(`mdevctl works on Linux, not on ${process.platform}`);
  const system = nodeSystem({ ownsProcess: false });
  const paths = pathsBelow(absolutePath(system, root));
  const log = {
    warn,
    info: () => {},
    debug: () => {},
    tell: () => {},
    relay: (name: string, text: string) => warn(`${name}: ${text.trimEnd()}`),
  };
  const host = { root: paths.root || "/" };
  const isSimulated = paths.root !== "" && isSandbox(system, paths.root);
  hosts.set(host, { system: isSimulated ? simulateKernel(system, paths.root) : system, paths, log });
  return host;
}

/**
 * Makes a directory that behaves like a host with devices, for tests; it must be empty or not there yet. One that is a sandbox already
 * stays as it is. Remove it when it is no longer needed.
 */
export function sandbox(directory: string, options: Omit<HostOptions, "root"> = {}): Host {
  const system = nodeSystem({ ownsProcess: false });
  const root = absolutePath(system, directory);
  makeSandbox(system, root);
  return openHost({ ...options, root });
}

/** What `mdevctl status --json` writes. */
export async function status(host: Host): Promise<StatusDocument> {
  const inner = innerOf(host);
  const observed = await observe(inner);
  const long = describeHost(observed, findProblems(observed, inner.paths));
  return { ...long, devices: [...long.devices] };
}

export interface PlanOptions {
  /** Remove devices of its cards and parents that the state does not name. */
  readonly prune?: boolean;
  /** Of this host, for groups with `when`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The name of this host, for groups with `when`; the kernel's by default. */
  readonly hostName?: string;
}

/** A file or directory by its path, or what such a file says. */
export type Wanted = string | State;

/** What `mdevctl plan --json` writes: what would have to be done. Throws a UsageError about the state. */
export async function plan(host: Host, wanted: Wanted, options: PlanOptions = {}): Promise<PlanDocument> {
  const inner = innerOf(host);
  const terms = { callouts: createCallouts(inner), stopped: new Set<string>(), prune: options.prune ?? false };
  return describePlan(await planHost(inner, readGroups(inner, wanted, describeSelf(inner, options)), terms));
}

/**
 * What `mdevctl apply --json` writes: what was done, each step with its result. Steps that fail or are blocked are no exception. Throws
 * a UsageError about the state, or a UserError if nothing has been done.
 */
export async function apply(host: Host, wanted: Wanted, options: PlanOptions = {}): Promise<PlanDocument> {
  const inner = innerOf(host);
  const self = describeSelf(inner, options);
  const path = typeof wanted === "string" ? findLastingPath(inner, wanted) : undefined;
  const { document, signals, error } = await applyRequest(
    inner,
    { path, self, prune: options.prune ?? false },
    { readGroups: () => readGroups(inner, wanted, self), begin: () => {} },
  );
  signals?.release();
  return error === undefined ? document : { ...document, warnings: [...document.warnings, error.message] };
}

export interface MonitorOptions {
  /** Seconds after which it looks at the latest, for changes that nobody tells of; 5 by default. */
  readonly interval?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** What `mdevctl monitor --json` writes. Leaving the loop ends it. */
export async function* monitor(
  host: Host,
  options: MonitorOptions = {},
): AsyncGenerator<MonitorEvent, void, undefined> {
  const { interval = 5, signal } = options;
  // Timers can't wait for much longer.
  if (!(interval > 0 && interval < 1e6))
    throw new RangeError(`the interval is ${interval}, not between 0 and 1000000 seconds`);
  const inner = innerOf(host);
  const watch = await inner.system.watch({ isForReader: false });
  const close = () => watch.close();
  signal?.addEventListener("abort", close);
  try {
    if (signal?.aborted !== true) yield* follow(inner, watch, interval * 1000);
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

function innerOf(host: Host): InnerHost {
  const inner = hosts.get(host);
  if (inner === undefined) throw new TypeError("this host was not made by openHost or sandbox");
  return inner;
}

function describeSelf(host: InnerHost, { labels = {}, hostName }: PlanOptions): Self {
  return { name: hostName ?? findHostName(host), labels: new Map(Object.entries(labels)) };
}

function readGroups(host: InnerHost, wanted: Wanted, self: Self) {
  const sources =
    typeof wanted === "string" ? readSources(host, wanted) : [{ name: "state", text: JSON.stringify(wanted) }];
  return chooseGroups(sources, self);
}
