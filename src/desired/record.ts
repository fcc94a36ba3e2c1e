// What the last `apply` came to, for `metrics`: a file in /run, since a boot makes it void. `apply` itself never reads it.

import type { Host } from "../host.ts";
import { isObject, JsonError, parseJson } from "../json.ts";
import { readOrWarn } from "../log.ts";
import { absolutePath } from "../paths.ts";
import { replaceFile } from "../replace.ts";
import { makeDirectories } from "../store-changes.ts";
import type { System } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import type { PlanDocument } from "./document.ts";
import type { Self } from "./sources.ts";

/** What `apply` was asked for. */
export interface Request {
  /** Absolute; undefined for what cannot be read again. */
  readonly path: string | undefined;
  readonly self: Self;
  readonly prune: boolean;
}

export interface Left {
  /** Steps. */
  readonly changes: number;
  readonly blocked: number;
}

export interface ApplyRecord {
  readonly request: Request;
  /** In milliseconds since 1970. */
  readonly time: number;
  /** Undefined if not even a plan could be made. */
  readonly left: Left | undefined;
}

export function countLeft({ steps, blocked }: Pick<PlanDocument, "steps" | "blocked">): Left {
  return { changes: steps.filter(({ result }) => result !== "done").length, blocked: blocked.length };
}

/** Where a path leads from anywhere; undefined for what cannot be read again, such as stdin. */
export function findLastingPath({ system }: Host, path: string): string | undefined {
  try {
    const absolute = path === "-" ? "/dev/stdin" : absolutePath(system, path);
    const isLasting = !/^\/(?:dev|proc)\//.test(absolute) && isFileOrDirectory(system, absolute);
    return isLasting ? absolute : undefined;
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** What can be read without waiting for anyone. Throws a SystemError. */
export function isFileOrDirectory({ stat }: Pick<System, "stat">, path: string): boolean {
  return ["file", "directory"].includes(stat(path).kind);
}

const version = 1;

/** Where /run cannot be written, nothing is kept: that is no reason for `apply` to fail. */
export function keepRecord(host: Host, { request, left }: Omit<ApplyRecord, "time">): void {
  const { path, prune, self } = request;
  const time = host.system.currentTime();
  const record = { version, time, path, prune, host: self.name, labels: Object.fromEntries(self.labels), left };
  try {
    makeDirectories(host, host.paths.claims);
    replaceFile(host.system, recordPath(host), `${JSON.stringify(record)}\n`);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    host.log.info(`metrics will not know of this: ${error.message}`);
  }
}

/** Undefined if nothing has been applied since the host was started, or the file is not ours. What cannot be read is warned about. */
export function readRecord(host: Host): ApplyRecord | undefined {
  const text = readOrWarn(host, () => unless(missing, () => host.system.readFile(recordPath(host), sizeLimit)));
  const value = text === undefined ? undefined : parseOrNothing(text);
  if (!isObject(value) || value.version !== version || typeof value.time !== "number") return undefined;
  const { time, path, prune, host: name, labels, left } = value;
  const texts = isObject(labels) ? Object.entries(labels).flatMap(([key, label]) => toLabel(key, label)) : [];
  return {
    time,
    request: {
      path: typeof path === "string" ? path : undefined,
      self: { name: typeof name === "string" ? name : "", labels: new Map(texts) },
      prune: prune === true,
    },
    left: toLeft(left),
  };
}

function toLabel(name: string, value: unknown): [string, string][] {
  return typeof value === "string" ? [[name, value]] : [];
}

function toLeft(value: unknown): Left | undefined {
  if (!isObject(value) || typeof value.changes !== "number" || typeof value.blocked !== "number") return undefined;
  return { changes: value.changes, blocked: value.blocked };
}

function parseOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

const sizeLimit = 1024 * 1024;

/** Beside the directories of cards. */
function recordPath({ paths }: Host): string {
  return `${paths.claims}/applied.json`;
}
