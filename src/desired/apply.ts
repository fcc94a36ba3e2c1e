// Brings a host to what files say, step by step as planned. Each device takes the same way as with the command of its own.

import { type Callouts, createCallouts } from "../callout/callouts.ts";
import type { Device } from "../device.ts";
import { notActiveError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActiveDevice } from "../kernel/active.ts";
import { describeDifference } from "../kernel/failures.ts";
import { frameworkOf } from "../kernel/frameworks.ts";
import { describeUsage, findNodes, findUsage } from "../kernel/users.ts";
import { type Locked, whileLocked } from "../lock.ts";
import { defineDevice } from "../operations/define.ts";
import { modifyDefinition, modifyLive } from "../operations/modify.ts";
import { startDevice } from "../operations/start.ts";
import { stopDevice } from "../operations/stop.ts";
import type { Terms } from "../operations/terms.ts";
import { undefineDevice } from "../operations/undefine.ts";
import { makeDefinitionsDirectory } from "../store-changes.ts";
import type { HeldSignals } from "../system.ts";
import { SystemError } from "../system-error.ts";
import { generateUuid, type Uuid } from "../uuid.ts";
import type { Applied, Taken } from "./applied.ts";
import type { Group } from "./file.ts";
import { saveStateBefore, whileApplying } from "./history.ts";
import { findSetup, planHost } from "./host-plan.ts";
import type { Plan } from "./plan.ts";
import type { CardStep, DeviceStep, PlannedDevice, Step } from "./step.ts";

export interface ApplyTerms {
  readonly prune: boolean;
  /** Called before each step. */
  readonly begin: (step: Step, number: number, total: number) => void;
}

const mostRounds = 3;

/**
 * Without steps, nothing is written and no script is called. A step that fails ends what is done to its card or parent, but what has
 * been stopped to be changed is started all the same. Throws a UserError if nothing has been done.
 */
export async function applyGroups(host: Host, groups: readonly Group[], terms: ApplyTerms): Promise<Applied> {
  const callouts = createCallouts(host);
  const stopped = new Set<Uuid>();
  let plan = await planHost(host, groups, { callouts, stopped, prune: terms.prune });
  const look = async () => {
    plan = await planHost(host, groups, { callouts, stopped, prune: terms.prune });
    return plan;
  };
  if (plan.steps.length === 0) return { before: plan, after: plan, taken: [] };
  await ensureTrust(host, plan, callouts);
  return whileApplying(host, async () => {
    // Until here a signal ends us at once; from now on between two devices.
    const signals = host.system.holdSignals();
    const run = createRun(host, { callouts, stopped, terms, signals });
    let before: Plan | undefined;
    try {
      for (let round = 1; ; round++) {
        await whileDefinitionsLocked(host, plan, async (locked) => {
          for (;;) {
            const { steps } = await look();
            if (before === undefined) saveStateBefore(host, plan);
            before ??= plan;
            const making = steps.findLastIndex((step) => step.do === "make-vfs" && !run.isGivenUp(step));
            const isNow = ({ do: action }: Step, index: number) => (making < 0 ? action !== "start" : index <= making);
            await run.take(steps, isNow, locked);
            // What cards can have may show only when they have virtual functions.
            if (making < 0) return;
          }
        });
        const done = plan;
        await run.take(done.steps, (step) => step.do === "start");
        const after = await look();
        if (run.hasEnded()) return { before: before ?? done, after, taken: run.finish(done), signals };
        // Others may have changed something meanwhile, or what has been stopped shows what there is room for.
        if (after.steps.length > 0 && round < mostRounds) continue;
        return { before: before ?? done, after, taken: run.finish(after), signals };
      }
    } catch (error) {
      // What has been done is told all the same.
      if (before === undefined || !isRefusal(error)) throw error;
      return { before, after: plan, taken: run.finish(plan), signals, error };
    }
  });
}

/** Finds what must not be run before anything is done. */
async function ensureTrust(host: Host, { steps }: Plan, callouts: Callouts): Promise<void> {
  callouts.hasScripts();
  for (const step of steps) {
    if (step.do === "make-vfs" && "card" in step) (await findSetup(host, step.card)).ensureTrust(host, step.card);
  }
}

function isRefusal(error: unknown): error is UserError | SystemError {
  return error instanceof UserError || error instanceof SystemError;
}

/** Locks the definitions, so that those of others come before or after. */
function whileDefinitionsLocked<T>(host: Host, { steps }: Plan, action: (locked: Locked) => Promise<T>): Promise<T> {
  const [define] = steps.filter((step) => step.do === "define");
  return whileLocked(host, action, () => {
    if (define !== undefined && "device" in define) makeDefinitionsDirectory(host, define.device.parent);
  });
}

interface RunOptions {
  readonly callouts: Callouts;
  /** Devices that have been stopped to be changed are added. */
  readonly stopped: Set<Uuid>;
  readonly terms: ApplyTerms;
  /** One that arrives ends the run before the next device. */
  readonly signals: HeldSignals;
}

function createRun(host: Host, { callouts, stopped, terms, signals }: RunOptions) {
  let isInterrupted = false;
  const taken: Taken[] = [];
  const tried = new Set<Step>();
  /** Cards, parents and devices of which a step has failed. */
  const failed = new Set<string>();
  const uuids = new Map<PlannedDevice, Uuid>();

  /** Steps of a device have the same object. */
  function nameDevice(device: PlannedDevice): Device & PlannedDevice {
    const uuid = device.uuid ?? uuids.get(device) ?? generateUuid(host.system);
    uuids.set(device, uuid);
    return { ...device, uuid };
  }

  function nameStep(step: Step): CardStep | (DeviceStep & { readonly device: Device }) {
    return "card" in step ? step : { ...step, device: nameDevice(step.device) };
  }

  function isGivenUp(step: Step): boolean {
    const uuid = "device" in step ? step.device.uuid : undefined;
    const hasFailed = uuid !== undefined && failed.has(uuid);
    // What is stopped is started again, whatever else has failed.
    if (uuid !== undefined && stopped.has(uuid)) return hasFailed && step.do !== "start";
    return hasFailed || isInterrupted || failed.has(areaOf(step));
  }

  /** Those that `isNow` chooses. */
  async function take(
    steps: readonly Step[],
    isNow: (step: Step, index: number) => boolean,
    locked?: Locked,
  ): Promise<void> {
    const again = new Set(
      steps.flatMap((step) => ("device" in step && step.do !== "stop" ? (step.device.uuid ?? []) : [])),
    );
    for (const [index, step] of steps.entries()) {
      if (!isNow(step, index)) continue;
      isInterrupted ||= await signals.arePending();
      if (tried.has(step) || isGivenUp(step)) continue;
      tried.add(step);
      const named = nameStep(step);
      terms.begin(named, index + 1, steps.length);
      try {
        if ("card" in named) await changeCard(host, named);
        else await changeDevice(host, named, { callouts, force: false, ...(locked !== undefined && { locked }) });
        taken.push({ step: named, result: "done" });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const hint = error instanceof UserError ? error.hint : undefined;
        taken.push({ step: named, result: "failed", error: error.message, hint });
        failed.add(areaOf(named));
        if ("device" in named) failed.add(named.device.uuid);
        continue;
      }
      if ("device" in named && step.do === "stop" && again.has(named.device.uuid)) stopped.add(named.device.uuid);
    }
  }

  return {
    isGivenUp,
    take,
    /** Whether another round would be in vain, or is not wanted. */
    hasEnded: () => failed.size > 0 || isInterrupted,
    /** With the steps that have not been tried. */
    finish: ({ steps }: Plan): Taken[] => [
      ...taken,
      ...steps.filter((step) => !tried.has(step)).map((step): Taken => ({ step: nameStep(step), result: "not-tried" })),
    ],
  };
}

function areaOf(step: Step): string {
  return "card" in step ? step.card : (step.device.card ?? step.device.parent);
}

async function changeCard(host: Host, { do: action, card }: CardStep): Promise<void> {
  const setup = await findSetup(host, card);
  if (action === "make-vfs") await setup.makeFunctions(host, card);
  else await setup.changeMixedSizes(host, card, action === "mix-sizes");
}

async function changeDevice(host: Host, step: DeviceStep & { readonly device: Device }, terms: Terms): Promise<void> {
  const { device } = step;
  switch (step.do) {
    case "stop":
      ensureAsPlanned(host, device, "stop");
      return stopDevice(host, device.uuid, terms);
    case "undefine":
      return undefineDevice(host, device, terms);
    case "define":
      await defineDevice(host, device, { ...terms, isActive: false });
      return;
    case "modify":
      return modifyDefinition(host, device, { ...terms, edit: () => device });
    case "change":
      ensureAsPlanned(host, device, "modify");
      return modifyLive(host, device, { ...terms, configuration: device, andDefinition: true });
    case "start": {
      // With its parent, it may have been started automatically.
      const active = findActiveDevice(host, device.uuid);
      if (active?.parent === device.parent && active.type === device.type) return;
      return startDevice(host, device, terms);
    }
  }
}

/** The steps before may have taken minutes: somebody may use it by now, or have started it where no file says anything about it. */
function ensureAsPlanned(host: Host, { uuid, parent, type }: Device, action: string): void {
  const active = findActiveDevice(host, uuid);
  if (active === undefined) throw notActiveError(action, uuid);
  const difference = describeDifference({ parent, type }, active);
  if (difference !== undefined) throw new UserError(`cannot ${action} ${uuid}: it is active ${difference}`);
  const nodes = findNodes(host, frameworkOf(host, parent).directory(host, active));
  const usage = findUsage(host, nodes);
  if (usage.kind !== "unused") throw new UserError(`cannot ${action} ${uuid}: ${describeUsage(usage)}`);
}
