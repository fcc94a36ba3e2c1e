// Chooses the parent of a device for which only a card was named.

import type { Device } from "../device.ts";
import { joinNames } from "../english.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActive } from "../kernel/active.ts";
import { describeActive, fullCardError } from "../kernel/failures.ts";
import { findParents, parentsOf } from "../kernel/frameworks.ts";
import { findDefinitions } from "../store.ts";

/** The device under the first parent of the card that is free, offers its type and is promised to no definition. */
export function choosePlace(host: Host, device: Device, action: string): Device {
  const card = device.parent;
  const names = parentsOf(host, card);
  // Then it is the parent itself.
  if (names.length === 0) return device;
  const failure = `cannot ${action} ${device.uuid}`;
  const active = findActive(host, { parent: card });
  const promised = names.filter((parent) => findDefinitions(host, { parent }).length > 0);
  const taken = new Set([...promised, ...active.map(({ parent }) => parent)]);
  const free = [...findParents(host, card)].filter(({ name }) => !taken.has(name));
  const place = free.find(({ types }) => types.some(({ name }) => name === device.type));
  if (place !== undefined) return { ...device, parent: place.name };

  const state = describeActive(host, card);
  const withState = (hint: string) => (state === undefined ? hint : `${hint} ${state}`);
  if (free.length === 0) {
    throw new UserError(
      `${failure}: none of the ${names.length} virtual functions of ${card} is free`,
      withState(`Defined on ${promised.length} of them.`),
    );
  }
  const labels = free.flatMap(({ types }) =>
    types.map(({ name, label }) => (label === "" ? name : `${name} (${label})`)),
  );
  const possible = [...new Set(labels)].sort();
  if (possible.length === 0) throw fullCardError(host, card, failure);
  throw new UserError(
    `${failure}: ${card} does not offer ${device.type} now`,
    withState(`Possible now: ${joinNames(possible)}.`),
  );
}
