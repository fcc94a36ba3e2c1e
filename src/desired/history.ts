// What hosts had before files were applied: the last states, for going back.

import { refusalError } from "../errors.ts";
import type { Host } from "../host.ts";
import { whileDirectoryLocked } from "../lock.ts";
import { makeDirectories } from "../store-changes.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { formatTime } from "../time.ts";
import { stateBefore } from "./document.ts";
import type { Plan } from "./plan.ts";
import { formatState } from "./state.ts";

const kept = 10;

/** One after the other. */
export function whileApplying<T>(host: Host, action: () => Promise<T>): Promise<T> {
  const directory = host.paths.state;
  const hint = "It may be waiting for a driver or a callout script.";
  const prepare = () =>
    orRefuse(host, `cannot make the directory ${directory}`, () => makeDirectories(host, directory));
  return whileDirectoryLocked(host, { directory, hint }, { action, prepare });
}

/** A file that `apply` takes to go back. Its name is the time. */
export function saveStateBefore(host: Host, plan: Plan): void {
  const { system, paths } = host;
  const path = `${paths.state}/${formatTime(system.currentTime()).replaceAll(":", "")}.yaml`;
  const draft = `${paths.state}/.mdevctl.new`;
  orRefuse(host, `cannot save ${path}`, () => {
    unless(missing, () => system.remove(draft));
    system.createFile(
      draft,
      formatState(stateBefore(plan), () => ({})),
    );
    system.rename(draft, path);
    const names = system.readDirectory(paths.state).map(({ name }) => name);
    const states = names.filter((name) => /^\d{4}-.*\.yaml$/.test(name)).sort();
    for (const name of states.slice(0, -kept)) unless(missing, () => system.remove(`${paths.state}/${name}`));
    unless(["EINVAL", "EOPNOTSUPP"], () => system.syncDirectory(paths.state));
  });
}

function orRefuse(host: Host, failure: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw error instanceof SystemError ? refusalError(host.system, failure, error) : error;
  }
}
