// mdevctl export: the file that describes the host as it is.

import { createCommand } from "../cli/command.ts";
import { readMixedSizes } from "../desired/host-plan.ts";
import { indexByUuid } from "../desired/match.ts";
import { describeState, findPlaces, formatState, type StateGroup, type StatePlace, toRow } from "../desired/state.ts";
import { UserError } from "../errors.ts";
import { hintAboutParent } from "../kernel/frameworks.ts";
import { type Observed, type ObservedDevice, observe } from "../observed.ts";
import * as option from "./options.ts";

const card = {
  ...option.parent,
  name: "card",
  short: "c",
  placeholder: "CARD",
  summary: "Only this card",
} as const;

export const exportState = createCommand({
  name: "export",
  summary: "Print the file that says what the host has",
  description: `Prints the devices that are defined, in the form that 'mdevctl plan' and 'mdevctl apply' read. Devices that are active and
not defined are comments in it.`,
  examples: ["", "--parent mtty"],
  options: [card, { ...option.parent, summary: "Only this parent" }],
  rules: [{ option: "card", excludes: ["parent"] }],

  async run(host, given) {
    const observed = await observe(host);
    for (const message of [...observed.unread, ...observed.brokenDefinitions.map((broken) => broken.message)]) {
      host.log.warn(message);
    }
    const only = given.get(card) ?? given.get(option.parent);
    const all = findPlaces(observed);
    const places =
      only === undefined ? all.filter((place) => hasDevices(observed, place)) : all.filter(({ name }) => name === only);
    if (only !== undefined && places.length === 0) {
      const address = observed.cards.find(({ places: own }) => own.includes(only))?.address;
      throw address === undefined
        ? new UserError(`there is no card or parent device ${only}`, hintAboutParent(host, only))
        : new UserError(`${only} is a part of the card ${address}`, `Name the card: --card ${address}`);
    }
    const described: StatePlace[] = [];
    for (const place of places) {
      const isMixed =
        place.kind === "card" && hasFunctions(observed, place) && (await readMixedSizes(host, place.name));
      // One size is what cards take unless they are told otherwise.
      described.push({ ...place, ...(isMixed && { mixedSizes: true }) });
    }
    const byUuid = indexByUuid(observed.devices);
    const isTold = (device: ObservedDevice) => device.definition !== undefined && byUuid.get(device.uuid) === device;
    const state = describeState(described, observed.devices.filter(isTold).flatMap(toRow), { isExact: false });
    const left = observed.devices.filter((device) => !isTold(device));
    host.system.write(
      "stdout",
      formatState(state, (group) => findComments({ ...observed, devices: left }, group)),
    );
  },
});

function hasDevices({ devices }: Observed, { places }: { readonly places: readonly string[] }): boolean {
  return devices.some(({ parent, definition }) => definition !== undefined && places.includes(parent));
}

function hasFunctions({ cards }: Observed, { name }: StatePlace): boolean {
  return cards.some(({ address, functions }) => address === name && functions.length > 0);
}

/** About the devices that the group leaves out. */
function findComments({ cards, devices }: Observed, { card: address, parent }: StateGroup) {
  const own = cards.find((each) => each.address === address);
  const places = own?.places ?? [parent ?? ""];
  const left = devices.filter((device) => places.includes(device.parent));
  return { beside: own?.model, below: left.map(describeLeft) };
}

function describeLeft({ uuid, parent, active, definition }: ObservedDevice): string {
  return definition === undefined
    ? `active, but not defined: ${uuid} ${active?.type} on ${parent}`
    : `defined under another parent, too: ${uuid} ${definition.type} on ${parent}`;
}
