// Sets cards up with the driver's own programs: makes virtual functions (VFs), and lets devices have different sizes.

import { UserError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import type { Outcome } from "../../system.ts";
import { SystemError } from "../../system-error.ts";
import { askTool, describeEnd, runTool } from "../../tools.ts";
import { ensureNoFaults, findFaults } from "../../trust.ts";
import type { CardSetup } from "../framework.ts";
import { driverOf } from "../pci.ts";
import { describeUse, findUsages } from "../users.ts";
import { driverDirectory, findActiveVgpus, functionDirectory, functionsOf } from "./active.ts";
import { countFunctions, isChanging, whileCardLocked } from "./card.ts";
import { isVfReady } from "./types.ts";

export const setup: CardSetup = { ensureTrust, makeFunctions, readMixedSizes, changeMixedSizes };

const timeoutSeconds = 120;
const outputLimit = 1024 * 1024;
/** Something of the driver's may have the card open, or be at work on it. */
const pausesInMilliseconds = [1000, 2000, 4000, 8000, undefined];
/** How long the driver may take for the files of the VFs that it has made. */
const readyMilliseconds = 60_000;

/** See `ensureTrust` of a card's setup. */
function ensureTrust(host: Host, card: string): void {
  const failure = `cannot make the virtual functions of ${card}`;
  ensureTrusted(host, findManager(host, failure), failure);
}

/** See `makeFunctions` of a card's setup. What the program answers proves nothing, so the kernel is asked. */
async function makeFunctions(host: Host, card: string): Promise<void> {
  const failure = `cannot make the virtual functions of ${card}`;
  const path = findManager(host, failure);
  await whileCardLocked(host, card, async ({ ensureCurrent }) => {
    let answer = "another program is at work on it";
    for (const pause of pausesInMilliseconds) {
      if (hasFunctions(host, card, failure)) return;
      ensureOwn(host, card, failure);
      if (!isChanging(host, card)) {
        ensureCurrent();
        ensureTrusted(host, path, failure);
        const program = { path, args: ["-e", card], stdin: "", timeoutSeconds, outputLimit };
        answer = `${path}: ${describeAnswer(await host.system.run(program))}`;
      }
      if (hasFunctions(host, card, failure)) return;
      if (pause !== undefined) await host.system.sleep(pause);
      bindAgain(host, card);
    }
    const tries = `there are none after ${pausesInMilliseconds.length} tries`;
    const driver = driverOf(host, card) === undefined ? "; no driver has the card now" : "";
    throw new UserError(`${failure}: ${tries}; ${answer}${driver}`);
  });
  if (functionsOf(host, card).length === 0) throw new UserError(`${failure}: they have gone again at once`);
  const end = host.system.currentTime() + readyMilliseconds;
  while (functionsOf(host, card).some((name) => !isVfReady(host, name)) && host.system.currentTime() < end) {
    await host.system.sleep(200);
  }
}

function findManager({ system, paths }: Host, failure: string): string {
  const given = system.environment("MDEVCTL_SRIOV_MANAGE") || undefined;
  if (given !== undefined && !given.startsWith("/")) {
    throw new UserError(`${failure}: MDEVCTL_SRIOV_MANAGE is not an absolute path: ${given}`);
  }
  return given ?? `${paths.root}/usr/lib/nvidia/sriov-manage`;
}

/** Then the program would take them, and what they are used for, away. */
function hasFunctions(host: Host, card: string, failure: string): boolean {
  const count = countFunctions(host, card);
  if (count === undefined) throw new UserError(`${failure}: the kernel has no such card any more`);
  return count > 0;
}

/** The program would take the card from its driver. */
function ensureOwn(host: Host, card: string, failure: string): void {
  const driver = driverOf(host, card);
  if (driver !== undefined && driver !== "nvidia") {
    throw new UserError(`${failure}: it belongs to the driver ${driver}, not to NVIDIA's`);
  }
}

/** The path may be outside the root, where the environment says so. */
function ensureTrusted(host: Host, path: string, failure: string): void {
  const { root } = host.paths;
  const around = path.startsWith(`${root}/`) ? host : { ...host, paths: { ...host.paths, root: "" } };
  try {
    ensureNoFaults([...findFaults(around, path)]);
  } catch (error) {
    throw error instanceof SystemError ? new UserError(`${failure}: ${error.message}`) : error;
  }
}

/**
 * The program may have failed between letting go of the card and taking it again; then it would never find it. Another one, that is
 * at work, has had time for that.
 */
function bindAgain(host: Host, card: string): void {
  if (driverOf(host, card) !== undefined) return;
  try {
    host.system.writeFile(`${driverDirectory(host)}/bind`, card);
  } catch (error) {
    // The next try tells.
    if (!(error instanceof SystemError)) throw error;
  }
}

function describeAnswer({ end, stdout, stderr }: Outcome): string {
  const words = `${stdout ?? ""}\n${stderr}`.trim().split("\n").at(-1) ?? "";
  // That it has succeeded does not make it so.
  const status = "status" in end ? `exit status ${end.status}` : describeEnd(end);
  return `${status}${words === "" ? "" : `, '${words}'`}`;
}

/** See `readMixedSizes` of a card's setup. The format of the answer is as others have shown it. */
async function readMixedSizes(host: Host, card: string): Promise<boolean | undefined> {
  const answer = await askTool(host, "nvidia-smi", ["-q", "-i", card]);
  const state = /^\s*vGPU Heterogeneous Mode\s*:\s*(\S+)/m.exec(answer ?? "")?.[1];
  return state === "Enabled" ? true : state === "Disabled" ? false : undefined;
}

/** See `changeMixedSizes` of a card's setup. */
async function changeMixedSizes(host: Host, card: string, mixed: boolean): Promise<void> {
  const failure = `cannot let ${card} have devices of ${mixed ? "different sizes" : "one size"}`;
  await whileCardLocked(host, card, async ({ ensureCurrent }) => {
    ensureUnused(host, card, failure);
    ensureCurrent();
    const told = await runTool(host, "nvidia-smi", ["vgpu", "-shm", mixed ? "1" : "0", "-i", card]);
    if (told === undefined) throw new UserError(`${failure}: nvidia-smi is not installed`);
    const now = await readMixedSizes(host, card);
    if (now === mixed) return;
    const state = now === undefined ? "does not tell whether it has done so" : "has not done so";
    throw new UserError(`${failure}: nvidia-smi ${state}: ${describeAnswer(told.outcome)}`);
  });
}

/** Others may have started or opened something since this was planned. */
function ensureUnused(host: Host, card: string, failure: string): void {
  const [device] = findActiveVgpus(host, { parent: card });
  if (device !== undefined) {
    throw new UserError(`${failure}: ${device.uuid} of type ${device.type} is active on ${device.parent}`);
  }
  const functions = functionsOf(host, card);
  const usages = findUsages(
    host,
    functions.map((name) => functionDirectory(host, name)),
  );
  for (const [index, usage] of usages.entries()) {
    if (usage.kind === "unused") continue;
    const name = functions[index] ?? card;
    const users = usage.kind === "used" ? usage.users : [];
    throw new UserError(`${failure}: ${describeUse(users, name)}`);
  }
}
