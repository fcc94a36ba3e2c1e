// What nobody could look at: nothing is known of that.

import type { Observed } from "../observed.ts";
import { type CheapCheck, createThoroughCheck } from "./finding.ts";
import { nameAll } from "./words.ts";

export const unread: CheapCheck = {
  code: "unread",
  severity: "warning",
  summary: "Something could not be read, so that nothing is known of it",
  advice: "The message names the file and the reason. Only root can read everything.",

  *find({ observed }) {
    const { unread, brokenDefinitions } = observed;
    for (const message of new Set(unread)) {
      // It is found by itself.
      if (brokenDefinitions.some((broken) => broken.message === message || message.includes(broken.path))) continue;
      yield {
        subject: "host",
        message,
        evidence: [],
        consequence: "What there is was not looked at, and may be wrong.",
        fix: { text: "Mend what the message says.", commands: [] },
        concerns: findConcerned(observed, message),
      };
    }
  },
};

/** The parents whose files the message names, with their devices; else everything. */
function findConcerned(observed: Observed, message: string): string[] {
  const names = [...observed.parents.map(({ name }) => name), ...observed.cards.flatMap(({ functions }) => functions)];
  const own = [...new Set(names)].filter((name) => message.includes(`/${name}/`));
  if (own.length === 0) return nameAll(observed);
  const devices = observed.devices.filter(({ parent }) => own.includes(parent));
  return [...own, ...devices.map(({ uuid }) => uuid)];
}

export const notRoot = createThoroughCheck({
  code: "not-root",
  severity: "info",
  summary: "Only root can see everything",
  advice: "Run `mdevctl doctor` as root.",
  gather: ({ system, paths }) => (system.userId === 0 || paths.root !== "" ? undefined : system.userId),

  *find(userId: number) {
    yield {
      subject: "host",
      message:
        "mdevctl is not run by root, so it cannot know who uses devices, whether root would run scripts, and what the logs say",
      evidence: [{ path: "/proc/self", value: `user id ${userId}` }],
      consequence: "Less is looked at.",
      fix: { text: "Run it as root.", commands: ["sudo mdevctl doctor"] },
    };
  },
});
