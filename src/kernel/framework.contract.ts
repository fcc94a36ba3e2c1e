// The contract of every framework, as cases that its own test runs on a machine.

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Uuid } from "../uuid.ts";
import type { Framework } from "./framework.ts";
import { findNodes } from "./users.ts";

/** A machine where nothing is active, with several parents of the framework. */
export interface FrameworkMachine {
  readonly host: Host;
  readonly framework: Framework;
  /** In the order of their parents and names: the first two have the same parent, if one can have so many, and the last another. */
  readonly devices: readonly [Device, Device, Device];
  /** The last device of these, with an attribute that the driver refuses. */
  readonly refused: Device;
}

export interface Case {
  readonly title: string;
  readonly check: (machine: FrameworkMachine) => Promise<void> | void;
}

function expect(actual: unknown, wanted: unknown): void {
  const [got, due] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (got !== due) throw new Error(`got ${got}, not ${due}`);
}

/** Fails unless the device cannot be created, for a reason that names it. */
async function expectRefusal({ host, framework }: FrameworkMachine, device: Device): Promise<void> {
  try {
    await framework.create(host, device);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message.includes(device.uuid), true);
    return;
  }
  throw new Error("it was created");
}

const activeOf = ({ uuid, parent, type }: Pick<Device, "uuid" | "parent" | "type">) => ({ uuid, parent, type });

function availableInstances({ host, framework }: FrameworkMachine, { parent, type }: Device): number {
  const [found] = framework.findParents(host, parent);
  return found?.types.find(({ name }) => name === type)?.availableInstances ?? 0;
}

export const contract: readonly Case[] = [
  {
    title: "a device is active from its creation to its removal",
    async check({ host, framework, devices: [device] }) {
      expect(framework.findActive(host, {}).map(activeOf), []);
      await framework.create(host, device);
      expect(framework.findActive(host, {}).map(activeOf), [activeOf(device)]);
      await framework.remove(host, device);
      expect(framework.findActive(host, {}).map(activeOf), []);
      await framework.create(host, device);
      expect(framework.findActive(host, {}).map(activeOf), [activeOf(device)]);
    },
  },
  {
    title: "active devices are found by UUID, by parent and by both, sorted by parent and UUID",
    async check({ host, framework, devices: [first, second, other] }) {
      for (const device of [second, other, first]) await framework.create(host, device);
      const find = (wanted: { uuid?: Uuid; parent?: string }) => framework.findActive(host, wanted).map(activeOf);
      expect(find({}), [first, second, other].map(activeOf));
      const siblings = [first, second].filter(({ parent }) => parent === first.parent);
      expect(find({ parent: first.parent }), siblings.map(activeOf));
      expect(find({ parent: "nowhere" }), []);
      expect(find({ uuid: other.uuid }), [activeOf(other)]);
      expect(find({ uuid: other.uuid, parent: other.parent }), [activeOf(other)]);
      expect(find({ uuid: other.uuid, parent: first.parent }), []);
      const types = framework.findActiveTypes(
        host,
        second.parent,
        [other, second].map(({ uuid }) => uuid),
      );
      expect([...types], [[second.uuid, second.type]]);
      await framework.remove(host, other);
      expect(find({ uuid: other.uuid }), []);
    },
  },
  {
    title: "parents are sorted, and one can be asked for alone",
    check({ host, framework, devices: [first, , other] }) {
      const names = Array.from(framework.findParents(host), ({ name }) => name);
      expect(names, names.toSorted());
      for (const { parent, type } of [first, other]) {
        const [found, ...more] = framework.findParents(host, parent);
        expect([found?.name, more.length, framework.hasParent(host, parent)], [parent, 0, true]);
        const types = found?.types.map(({ name }) => name) ?? [];
        expect([types.includes(type), types], [true, types.toSorted()]);
        expect([framework.hasType(host, parent, type), framework.hasType(host, parent, "nothing")], [true, false]);
        expect(framework.hasType(host, "nowhere", type), false);
      }
      expect(framework.parentNames(host), names);
      expect([...framework.findParents(host, "nowhere")], []);
      expect(framework.hasParent(host, "nowhere"), false);
    },
  },
  {
    title: "a device takes an instance of its type while it is active",
    async check(machine) {
      const { host, framework, devices } = machine;
      const before = availableInstances(machine, devices[0]);
      await framework.create(host, devices[0]);
      expect(availableInstances(machine, devices[0]), before - 1);
      await framework.remove(host, devices[0]);
      expect(availableInstances(machine, devices[0]), before);
    },
  },
  {
    title: "an active device has a node that exists, and no other device has it",
    async check({ host, framework, devices: [first, second, other] }) {
      for (const device of [first, second, other]) await framework.create(host, device);
      const nodes = [first, second, other].map((device) => findNodes(host, framework.directory(host, device)));
      for (const node of nodes.flat()) host.system.stat(node);
      expect(
        nodes.every(({ length }) => length > 0),
        true,
      );
      expect(new Set(nodes.flat()).size, nodes.flat().length);
    },
  },
  {
    title: "a virtual machine takes a device in the same way before it is active and while it is",
    async check({ host, framework, devices }) {
      const [before] = devices.map((device) => framework.describeAttachment(host, device));
      const places = devices.map((device) => JSON.stringify(framework.describeAttachment(host, device)));
      expect(new Set(places).size, devices.length);
      await framework.create(host, devices[0]);
      const [active] = framework.findActive(host, {});
      expect(active === undefined ? undefined : framework.describeAttachment(host, active), before);
      expect([before?.uuid, before?.type], [devices[0].uuid, devices[0].type]);
    },
  },
  {
    title: "a UUID is active at most once",
    async check(machine) {
      const { host, framework, devices } = machine;
      await framework.create(host, devices[0]);
      // Whether this is refused or changes nothing depends on the framework.
      await framework.create(host, devices[0]).catch(() => {});
      await expectRefusal(machine, { ...devices[2], uuid: devices[0].uuid });
      expect(framework.findActive(host, {}).map(activeOf), [activeOf(devices[0])]);
    },
  },
  {
    title: "a device that cannot be created leaves nothing behind",
    async check(machine) {
      const { host, framework, devices, refused } = machine;
      await expectRefusal(machine, { ...devices[0], parent: "nowhere" });
      await expectRefusal(machine, { ...devices[0], type: "nothing" });
      await expectRefusal(machine, { ...devices[0], attributes: [{ name: "no/such-attribute", value: "1" }] });
      await expectRefusal(machine, refused);
      expect(framework.findActive(host, {}).map(activeOf), []);
    },
  },
];
