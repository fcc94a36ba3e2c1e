// mdevctl metrics: numbers about the host, for Prometheus.

import { createCommand, type ValueOption } from "../cli/command.ts";
import { refusalError, UserError } from "../errors.ts";
import { writePieces } from "../format.ts";
import type { Host } from "../host.ts";
import { describeFamilies } from "../metrics/families.ts";
import { measure } from "../metrics/measure.ts";
import { formatFamilies } from "../metrics/text.ts";
import { replaceFile } from "../replace.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { parseNameOf } from "./plan.ts";

const output = {
  name: "output",
  placeholder: "FILE",
  summary: "Write into this file, which is replaced in one step; its name ends in .prom for node_exporter",
  completes: "files",
  parse: parseNameOf("file"),
} as const satisfies ValueOption<string>;

export const metrics = createCommand({
  name: "metrics",
  summary: "Print numbers about the host, for Prometheus",
  description: `Prints what there is, what is used, what there is room for and what is wrong, in the text format that node_exporter's
textfile collector takes.`,
  examples: ["", "--output /var/lib/prometheus/node-exporter/mdevctl.prom"],
  options: [output],
  rules: [],

  async run(host, given) {
    const text = formatFamilies(describeFamilies(await measure(host)));
    const path = given.get(output);
    if (path === undefined) writePieces(host.system, text);
    else replaceOutput(host, path, [...text].join(""));
  },
});

function replaceOutput({ system }: Host, path: string, text: string): void {
  try {
    // Such as /dev/stdout, in whose place there would be a file.
    const { kind = "file" } = unless(missing, () => system.lstat(path)) ?? {};
    if (kind !== "file") throw new UserError(`cannot write ${path}: it is not a regular file`);
    replaceFile(system, path, text);
  } catch (error) {
    throw error instanceof SystemError ? refusalError(system, `cannot write ${path}`, error) : error;
  }
}
