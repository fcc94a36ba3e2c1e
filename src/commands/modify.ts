// mdevctl modify: changes a definition, or with --live a running device, or both.

import { createCommand, createFlag, type Given as GivenOf, type ValueOption } from "../cli/command.ts";
import { formatAttribute } from "../definition.ts";
import type { Attribute, Device } from "../device.ts";
import { countNoun } from "../english.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { compactJson } from "../json-writer.ts";
import { resolveType } from "../kernel/frameworks.ts";
import { parseAttributeName } from "../names.ts";
import { modifyDefinition, modifyLive, type Target } from "../operations/modify.ts";
import { deviceOperand, findUuid } from "./device.ts";
import { readJsonFile } from "./jsonfile.ts";
import * as option from "./options.ts";
import { termsOf } from "./terms.ts";

const manual = createFlag("manual", "m", "Start the device only on demand");
const delattr = createFlag("delattr", undefined, "Remove the last attribute, or the one at --index");
const live = createFlag("live", "l", "Change the running device, through its callout script");
const defined = createFlag("defined", "d", "Change the definition; with --live, both");

const addattr = {
  name: "addattr",
  placeholder: "NAME",
  summary: "Add an attribute, at the end or at --index",
  parse: parseAttributeName,
} as const satisfies ValueOption<string>;

const index = {
  name: "index",
  short: "i",
  placeholder: "N",
  summary: "The position of an attribute, counting from 0",
  parse: (text: string): number => {
    if (!/^\+?\d+$/.test(text) || Number(text) > 0xffffffff) throw new UserError(`'${text}' is not a number from 0 on`);
    return Number(text);
  },
} as const satisfies ValueOption<number>;

const value = {
  name: "value",
  placeholder: "V",
  summary: "The value of the added attribute",
  parse: (text: string): string => text,
} as const satisfies ValueOption<string>;

/** What decides about a new definition. */
type Given = GivenOf<
  "uuid" | "parent" | "type" | "auto" | "manual" | "addattr" | "delattr" | "index" | "value" | "jsonfile"
>;

export const modify = createCommand({
  name: "modify",
  summary: "Change the definition of a device, or a running device",
  description: `Changes the definition. An active device is not touched, except with --live: a callout script then changes the running
device to the configuration in the JSON file.`,
  examples: ["$UUID --auto", "$UUID --addattr assign_adapter --value 5", "$UUID --delattr --index 0"],
  operand: { ...deviceOperand, completes: "defined-devices" },
  options: [
    { ...option.uuid, completes: "defined-devices" },
    { ...option.parent, completes: "parents-of-definitions" },
    { ...option.type, summary: "Change the mdev type" },
    option.auto,
    manual,
    addattr,
    delattr,
    index,
    value,
    option.jsonfile,
    live,
    defined,
    option.force,
  ],
  rules: [
    { required: "uuid" },
    { option: "addattr", requires: "value" },
    { option: "value", requires: "addattr" },
    { option: "live", requires: "jsonfile" },
    { oneOf: ["auto", "manual", "addattr", "delattr", "jsonfile"] },
    { option: "index", excludes: ["auto", "manual", "jsonfile", "live"] },
    { option: "value", excludes: ["delattr", "auto", "manual", "jsonfile", "live"] },
    { option: "jsonfile", excludes: ["type"] },
  ],

  async run(host, given) {
    const target = {
      uuid: findUuid(host, given, [given.has(live) ? "active" : "defined"]),
      parent: given.get(option.parent),
    };
    const terms = termsOf(host, given);
    if (!given.has(live)) return modifyDefinition(host, target, { ...terms, edit: editOf(host, given, target) });
    const configuration = readJsonFile(host, given.required(option.jsonfile));
    return modifyLive(host, target, { ...terms, configuration, andDefinition: given.has(defined) });
  },
});

/** What the options want done to a definition. */
function editOf(host: Host, given: Given, { uuid }: Target): (device: Device) => Device {
  const file = given.get(option.jsonfile);
  if (file !== undefined) {
    if (!given.has(option.parent)) {
      throw new UserError(`cannot modify ${uuid}: --jsonfile needs --parent`);
    }
    const configuration = readJsonFile(host, file);
    return (device) => ({ ...device, ...configuration });
  }
  const type = given.get(option.type);
  return (device) => ({
    ...device,
    ...(type !== undefined && {
      typeName: undefined,
      ...resolveType(host, { ...device, type }, `cannot modify ${device.uuid}`),
    }),
    start: given.has(option.auto) ? "auto" : given.has(manual) ? "manual" : device.start,
    attributes: editAttributes(device, given),
  });
}

function editAttributes(device: Device, given: Given): readonly Attribute[] {
  const { attributes } = device;
  const name = given.get(addattr);
  if (name !== undefined) {
    const at = given.get(index) ?? attributes.length;
    if (at > attributes.length) throw outOfRangeError(device, at);
    return attributes.toSpliced(at, 0, { name, value: given.required(value) });
  }
  if (!given.has(delattr)) return attributes;
  const at = given.get(index);
  if (at === undefined) return attributes.slice(0, -1);
  if (at >= attributes.length) throw outOfRangeError(device, at);
  return attributes.toSpliced(at, 1);
}

function outOfRangeError({ uuid, attributes }: Device, at: number): UserError {
  const all = attributes.map((attribute, place) => `@{${place}} {${compactJson(`\n${formatAttribute(attribute)}`)}}`);
  return new UserError(
    `cannot modify ${uuid}: index ${at} is out of range, it has ${countNoun(attributes.length, "attribute")}`,
    all.length === 0 ? undefined : all.join(", "),
  );
}
