// mdevctl metrics: numbers about the host, for Prometheus.

import { createCommand, type ValueOption } from "../cli/command.ts";
import { formatMetrics, writeMetrics } from "../metrics/output.ts";
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
    const path = given.get(output);
    if (path === undefined) host.system.write("stdout", await formatMetrics(host));
    else await writeMetrics(host, path);
  },
});
