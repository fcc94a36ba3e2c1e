// Holds what `mdevctl plan --json` and `mdevctl apply --json` write to its schema.

import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import type { PlanDocument } from "../desired/document.ts";

const read = (name: string) => JSON.parse(readFileSync(`docs/${name}`, "utf8"));
const ajv = new Ajv({ allowUnionTypes: true, strictRequired: false }).addSchema(
  read("state.schema.json"),
  "state.schema.json",
);
const isPlan = ajv.compile<PlanDocument>(read("plan.schema.json"));

/** Throws an Error that says where the text is not as the schema has it. */
export function parsePlan(text: string): PlanDocument {
  const value: unknown = JSON.parse(text);
  if (isPlan(value)) return value;
  throw new Error(`not as in docs/plan.schema.json: ${JSON.stringify(isPlan.errors)}\n${text}`);
}
