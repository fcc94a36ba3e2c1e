// Holds what `mdevctl status --json` writes to its schema.

import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import type { StatusDocument } from "../status/document.ts";

const isStatus = new Ajv().compile<StatusDocument>(JSON.parse(readFileSync("docs/status.schema.json", "utf8")));

/** Throws an Error that says where the text is not as the schema has it. */
export function parseStatus(text: string): StatusDocument {
  const value: unknown = JSON.parse(text);
  if (isStatus(value)) return value;
  throw new Error(`not as in docs/status.schema.json: ${JSON.stringify(isStatus.errors)}\n${text}`);
}
