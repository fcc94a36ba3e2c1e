// The JSON form of a device's configuration: definition files, `--jsonfile`, callout scripts' stdin and listings.
// Its bytes are the same as mdevctl 1.4's, so that configuration management sees no change.

import type { Attribute, Configuration, StartMode } from "./device.ts";
import { isObject, JsonError, parseJson } from "./json.ts";

/** A text that is no configuration; the message is the reason alone. */
export class ConfigurationError extends Error {}

/** Fields that mean nothing to us are ignored. Throws a ConfigurationError. */
export function parseConfiguration(text: string): Configuration {
  const value = parseOrRefuse(text);
  if (!isObject(value)) throw new ConfigurationError("it is not a JSON object");
  return {
    type: typeName(value.mdev_type),
    start: startMode(value.start),
    attributes: parseAttributes(value.attrs ?? []),
  };
}

/** An array of objects with one field each, whose value is a string. Throws a ConfigurationError. */
export function parseAttributes(value: unknown): Attribute[] {
  if (!Array.isArray(value)) throw new ConfigurationError("field 'attrs' is not an array");
  return value.map(parseAttribute);
}

function parseAttribute(entry: unknown, index: number): Attribute {
  if (!isObject(entry)) throw notOneField(index);
  const names = Object.keys(entry);
  const name = names[0];
  if (name === undefined || names.length > 1) throw notOneField(index);
  const value = entry[name];
  if (typeof value === "string") return { name, value };
  throw new ConfigurationError(`entry ${index} of 'attrs': the value of '${name}' is not a string`);
}

function notOneField(index: number): ConfigurationError {
  return new ConfigurationError(`entry ${index} of 'attrs' is not an object with one field`);
}

function parseOrRefuse(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw error instanceof JsonError ? new ConfigurationError(error.message) : error;
  }
}

function typeName(field: unknown): string {
  if (typeof field === "string") return field;
  throw new ConfigurationError(`field 'mdev_type' ${isAbsent(field) ? "is missing" : "is not a string"}`);
}

function startMode(field: unknown): StartMode {
  if (isAbsent(field)) throw new ConfigurationError("field 'start' is missing");
  // As mdevctl 1.4 has it: whatever is not auto is manual.
  return field === "auto" ? "auto" : "manual";
}

function isAbsent(field: unknown): boolean {
  return field === undefined || field === null;
}

/** The configuration as plain data in the order of its fields, ready for JSON.stringify. */
export function configurationJson(configuration: Configuration): object {
  return {
    mdev_type: configuration.type,
    start: configuration.start,
    attrs: configuration.attributes.map(attributeJson),
  };
}

export function attributeJson(attribute: Attribute): object {
  return { [attribute.name]: attribute.value };
}

/**
 * The text of a definition file, without a newline at the end; `margin` stands in front of all lines but the first. Laid out
 * by hand: JSON.stringify, and moving its lines, would be most of the time that a listing of thousands of devices takes.
 */
export function formatConfiguration({ type, start, attributes }: Configuration, margin = ""): string {
  const entries = attributes.map(
    ({ name, value }) =>
      `${margin}    {\n${margin}      ${JSON.stringify(name)}: ${JSON.stringify(value)}\n${margin}    }`,
  );
  const attrs = entries.length === 0 ? "[]" : `[\n${entries.join(",\n")}\n${margin}  ]`;
  return `{
${margin}  "mdev_type": ${JSON.stringify(type)},
${margin}  "start": "${start}",
${margin}  "attrs": ${attrs}
${margin}}`;
}
