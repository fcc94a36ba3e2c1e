// The event loop of the native executable: actions for when a descriptor is ready or a time has come. Loaded by the first thing
// that waits.

import * as posix from "posix";

type Action = () => void;

interface Watch {
  readonly for: "reading" | "writing" | "closing";
  readonly action: Action;
}

export interface Timer {
  /** In milliseconds of posix.now(). */
  readonly due: number;
  readonly action: Action;
}

/** By descriptor. */
const watches = new Map<number, Watch>();
const timers = new Set<Timer>();

/** The action is called again and again while there is something to read, the end included. */
export function whenReadable(descriptor: number, action: Action): void {
  watches.set(descriptor, { for: "reading", action });
}

/** The action is called again and again while there is room to write to, or nobody who reads. */
export function whenWritable(descriptor: number, action: Action): void {
  watches.set(descriptor, { for: "writing", action });
}

/** The action is called again and again once there is nobody at the other end. */
export function whenClosed(descriptor: number, action: Action): void {
  watches.set(descriptor, { for: "closing", action });
}

export function stopWatching(descriptor: number): void {
  watches.delete(descriptor);
}

export function startTimer(milliseconds: number, action: Action): Timer {
  const timer = { due: posix.now() + milliseconds, action };
  timers.add(timer);
  return timer;
}

export function stopTimer(timer: Timer): void {
  timers.delete(timer);
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void startTimer(milliseconds, resolve));
}

/** Waits until something happens; false when there is nothing to wait for. */
function waitForEvents(): boolean {
  const [timer] = [...timers].sort((a, b) => a.due - b.due);
  if (timer === undefined && watches.size === 0) return false;

  const current = new Map(watches);
  const watched = (purpose: Watch["for"]) => [...current.keys()].filter((each) => current.get(each)?.for === purpose);
  const [readers, writers, others] = [watched("reading"), watched("writing"), watched("closing")];
  for (const descriptor of posix.poll(readers, writers, others, millisecondsUntil(timer))) {
    const watch = current.get(descriptor);
    // An action may have closed others' descriptors, whose numbers may be in use again.
    if (watch !== undefined && watches.get(descriptor) === watch) watch.action();
  }
  if (timer !== undefined && timer.due <= posix.now() && timers.delete(timer)) timer.action();
  return true;
}

/** As poll(2) takes it. */
function millisecondsUntil(timer: Timer | undefined): number {
  return timer === undefined ? -1 : Math.min(Math.max(0, Math.ceil(timer.due - posix.now())), 2 ** 31 - 1);
}

posix.whenIdle(waitForEvents);
