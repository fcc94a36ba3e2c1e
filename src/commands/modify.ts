// mdevctl modify: changes a definition; with --live a running device, or both.

import { type Callouts, createCallouts } from "../callout/callouts.ts";
import type { Command, Flag, Given, ValueOption } from "../cli/command.ts";
import { attributeJson } from "../definition.ts";
import type { Attribute, Device } from "../device.ts";
import { countNoun } from "../english.ts";
import { notActiveError, notDefinedError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActiveDevice } from "../kernel/mdev.ts";
import { whileLocked } from "../lock.ts";
import { ensureNames, parseAttributeName } from "../names.ts";
import { findDefinition, readDefinition, readJsonFile } from "../store.ts";
import { ensureOwnFile, saveDefinition } from "../store-changes.ts";
import { about, auto, force, jsonfile, parent, type, uuid } from "./options.ts";

const manual: Flag = { name: "manual", short: "m", summary: "Start the device only on demand" };

const addattr: ValueOption<string> = {
  name: "addattr",
  placeholder: "NAME",
  summary: "Add an attribute, at the end or at --index",
  parse: parseAttributeName,
};

const delattr: Flag = { name: "delattr", summary: "Remove the last attribute, or that at --index" };

const index: ValueOption<number> = {
  name: "index",
  short: "i",
  placeholder: "N",
  summary: "The place of an attribute, counted from 0",
  parse: (text) => {
    if (!/^\+?\d+$/.test(text) || Number(text) > 0xffffffff) throw new UserError(`'${text}' is not a number from 0 on`);
    return Number(text);
  },
};

const value: ValueOption<string> = {
  name: "value",
  placeholder: "V",
  summary: "The value of the added attribute",
  parse: (text) => text,
};

const live: Flag = { name: "live", short: "l", summary: "Change the running device, by its callout script" };

const defined: Flag = { name: "defined", short: "d", summary: "Change the definition; with --live, both" };

export const modify: Command = {
  name: "modify",
  summary: "Change the definition of a device, or a running device",
  description: `Changes the definition. An active device is not touched, except with --live: then a callout script is asked to give the
running device the configuration in the JSON file.`,
  options: [
    uuid,
    parent,
    about(type, "Change the mdev type"),
    auto,
    manual,
    addattr,
    delattr,
    index,
    value,
    jsonfile,
    live,
    defined,
    force,
  ],
  rules: [
    { required: "uuid" },
    { oneOf: ["auto", "manual", "addattr", "delattr", "jsonfile"] },
    { option: "addattr", requires: "value" },
    { option: "value", requires: "addattr" },
    { option: "index", excludes: ["auto", "manual", "jsonfile", "live"] },
    { option: "value", excludes: ["delattr", "auto", "manual", "jsonfile", "live"] },
    { option: "live", requires: "jsonfile" },
    { option: "jsonfile", excludes: ["type"] },
  ],

  async run(host, given) {
    const callouts = createCallouts(host);
    if (given.has(live)) await modifyLive(host, given, callouts);
    else await modifyDefinition(host, given, callouts);
  },
};

async function modifyDefinition(host: Host, given: Given, callouts: Callouts): Promise<void> {
  const edit = editOf(host, given);
  const id = given.required(uuid);
  await whileLocked(host, async (unlock) => {
    const file = findDefinition(host, id, given.get(parent));
    if (file === undefined) throw notDefinedError("modify", id, given.get(parent));
    ensureOwnFile(host, file);
    const device = edit(readDefinition(host, file));
    ensureNames("modify", device);
    await callouts.around({ action: "modify", device, force: given.has(force) }, async () => {
      await saveDefinition(host, device);
      unlock();
    });
  });
}

type Edit = (device: Device) => Device;

/** What the options want done to a definition. */
function editOf(host: Host, given: Given): Edit {
  const file = given.get(jsonfile);
  if (file !== undefined) {
    if (!given.has(parent)) throw new UserError(`cannot modify ${given.required(uuid)}: --jsonfile needs --parent`);
    const configuration = readJsonFile(host, file);
    return (device) => ({ ...device, ...configuration });
  }
  return (device) => ({
    ...device,
    type: given.get(type) ?? device.type,
    start: given.has(auto) ? "auto" : given.has(manual) ? "manual" : device.start,
    attributes: editAttributes(device, given),
  });
}

function editAttributes({ uuid: id, attributes }: Device, given: Given): readonly Attribute[] {
  const name = given.get(addattr);
  if (name !== undefined) {
    const at = given.get(index) ?? attributes.length;
    if (at > attributes.length) throw outOfRange(id, at, attributes);
    return attributes.toSpliced(at, 0, { name, value: given.required(value) });
  }
  if (!given.has(delattr)) return attributes;
  const at = given.get(index);
  if (at === undefined) return attributes.slice(0, -1);
  if (at >= attributes.length) throw outOfRange(id, at, attributes);
  return attributes.toSpliced(at, 1);
}

function outOfRange(id: string, at: number, attributes: readonly Attribute[]): UserError {
  const all = attributes.map((attribute, place) => `@{${place}} ${JSON.stringify(attributeJson(attribute))}`);
  return new UserError(
    `cannot modify ${id}: index ${at} is out of range, it has ${countNoun(attributes.length, "attribute")}`,
    all.length === 0 ? undefined : all.join(", "),
  );
}

async function modifyLive(host: Host, given: Given, callouts: Callouts): Promise<void> {
  const id = given.required(uuid);
  const failure = `cannot modify ${id} live`;
  const active = findActiveDevice(host, id);
  if (active === undefined) throw notActiveError("modify", id);
  const under = given.get(parent) ?? active.parent;
  if (under !== active.parent) throw new UserError(`${failure}: its parent is ${active.parent}, which cannot change`);
  const configuration = readJsonFile(host, given.required(jsonfile));
  ensureNames("modify", { uuid: id, ...configuration });
  if (configuration.type !== active.type) {
    throw new UserError(`${failure}: its type is ${active.type}, which cannot change to ${configuration.type}`);
  }
  const device: Device = { uuid: id, parent: under, ...configuration };
  if (!given.has(defined)) return callouts.updateLive(device);

  await whileLocked(host, async (unlock) => {
    const file = findDefinition(host, id, under);
    if (file === undefined) throw notDefinedError("modify", id, under);
    ensureOwnFile(host, file);
    const before = readDefinition(host, file);
    if (before.type !== device.type) {
      throw new UserError(`${failure}: its definition has another type, ${before.type}`);
    }
    await callouts.updateLive(device);
    try {
      await callouts.around({ action: "modify", device, force: given.has(force) }, async () => {
        await saveDefinition(host, device);
        unlock();
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${error.message}; the running device has changed all the same`, error.hint);
    }
  });
}
