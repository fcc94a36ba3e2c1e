// The JSON form of a device's configuration: definition files, `--jsonfile`, callout scripts' stdin and listings.
// Its bytes are the same as mdevctl 1.4's, so that configuration management sees no change.

import type { Attribute, Configuration } from "./device.ts";
import { isObject, JsonError, parseJson } from "./json.ts";

/** A text that is no configuration; the message is the reason alone. */
export class ConfigurationError extends Error {}

/** Fields that mean nothing to us are ignored. Throws a ConfigurationError. */
export function parseConfiguration(text: string): Configuration {
  const value = parseOrRefuse(text);
  if (!isObject(value)) throw new ConfigurationError("it is not a JSON object");
  return {
    type: textField(value, "mdev_type"),
    start: textField(value, "start") === "auto" ? "auto" : "manual",
    attributes: parseAttributes(value.attrs ?? []),
  };
}

/** An array of objects with one field each, whose value is a string. Throws a ConfigurationError. */
export function parseAttributes(value: unknown): Attribute[] {
  if (!Array.isArray(value)) throw new ConfigurationError("field 'attrs' is not an array");
  return value.map((entry: unknown, index) => {
    const fields = isObject(entry) ? Object.entries(entry) : [];
    const [field] = fields;
    if (field === undefined || fields.length > 1) {
      throw new ConfigurationError(`entry ${index} of 'attrs' is not an object with one field`);
    }
    const [name, attribute] = field;
    if (typeof attribute !== "string") {
      throw new ConfigurationError(`entry ${index} of 'attrs': the value of '${name}' is not a string`);
    }
    return { name, value: attribute };
  });
}

function parseOrRefuse(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw error instanceof JsonError ? new ConfigurationError(error.message) : error;
  }
}

function textField(value: Readonly<Record<string, unknown>>, name: string): string {
  const field = value[name];
  if (field === undefined) throw new ConfigurationError(`field '${name}' is missing`);
  if (typeof field !== "string") throw new ConfigurationError(`field '${name}' is not a string`);
  return field;
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

/** The text of a definition file, without a newline at the end. */
export function formatConfiguration(configuration: Configuration): string {
  return JSON.stringify(configurationJson(configuration), null, 2);
}
