// The JSON form of a device's configuration: definition files, `--jsonfile`, callout scripts' stdin and listings.
// Its bytes are the same as mdevctl 1.4's, so that configuration management sees no change.

import type { Attribute, Configuration } from "./device.ts";
import { isObject, JsonError, parseJson } from "./json.ts";
import { formatEntries, formatObject, indent, quote } from "./json-writer.ts";

/** Throws a JsonError, also for JSON that is not a configuration. */
export function parseConfiguration(text: string): Configuration {
  return toConfiguration(parseJson(text));
}

/** Unknown fields are ignored. Throws a JsonError. */
export function toConfiguration(value: unknown): Configuration {
  if (!isObject(value)) {
    throw new JsonError(
      Array.isArray(value)
        ? "it is an array, as listings are, not the object of one device"
        : "it is not a JSON object",
    );
  }
  const { mdev_type: type, type_name: typeName, start, attrs } = value;
  if (typeof type !== "string") {
    if (isAbsent(type)) throw missingFieldError("mdev_type", value, /type|^[0-9a-f]{8}-/i);
    throw new JsonError("field 'mdev_type' is not a string");
  }
  if (isAbsent(start)) throw missingFieldError("start", value, /start/i);
  // As mdevctl 1.4 has it: whatever is not auto is manual.
  const attributes = parseAttributes(attrs ?? []);
  const configuration = { type, start: start === "auto" ? "auto" : "manual", attributes } as const;
  return typeof typeName === "string" ? { ...configuration, typeName } : configuration;
}

function isAbsent(field: unknown): boolean {
  return field === undefined || field === null;
}

/** Names a field that was probably meant, or the UUID that a listing has above a configuration. */
function missingFieldError(name: string, value: Readonly<Record<string, unknown>>, similar: RegExp): JsonError {
  const found = Object.keys(value).find((other) => other !== name && similar.test(other));
  return new JsonError(`field '${name}' is missing${found === undefined ? "" : `, but there is '${found}'`}`);
}

/** An array of objects with one field each, whose value is a string. Throws a JsonError. */
export function parseAttributes(value: unknown): Attribute[] {
  if (!Array.isArray(value)) throw new JsonError("field 'attrs' is not an array");
  return value.map(parseAttribute);
}

function parseAttribute(entry: unknown, index: number): Attribute {
  const fields = isObject(entry) ? entry : {};
  const names = Object.keys(fields);
  const name = names[0];
  if (name === undefined || names.length > 1)
    throw new JsonError(`entry ${index} of 'attrs' is not an object with one field`);
  const value = fields[name];
  if (typeof value === "string") return { name, value };
  throw new JsonError(`entry ${index} of 'attrs': the value of '${name}' is not a string`);
}

/** The text of a definition file, without a newline at the end; in a listing with another margin. */
export function formatConfiguration({ type, typeName, start, attributes }: Configuration, margin = "\n"): string {
  const fields = [
    `"mdev_type": ${quote(type)}`,
    `"start": "${start}"`,
    `"attrs": ${formatEntries(margin + indent, attributes, formatAttribute)}`,
  ];
  // Last, and only where it is needed: the other fields are those of mdevctl 1.4.
  if (typeName !== undefined) fields.push(`"type_name": ${quote(typeName)}`);
  return formatObject(margin, fields);
}

export function formatAttribute({ name, value }: Attribute): string {
  return `${quote(name)}: ${JSON.stringify(value)}`;
}
