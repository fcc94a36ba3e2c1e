// Metrics in Prometheus' text format, without timestamps: the reader knows when it reads. See "Exposition formats" in its
// documentation.

import type { Family, Sample } from "./family.ts";

/** Families without samples are left out. All of them are gauges: values that go up and down. */
export function* formatFamilies(families: Iterable<Family>): Generator<string> {
  for (const { name, help, samples } of families) {
    if (samples.length === 0) continue;
    yield `# HELP ${name} ${escapeLine(help)}\n# TYPE ${name} gauge\n`;
    for (const sample of samples) yield `${name}${formatLabels(sample)} ${sample.value}\n`;
  }
}

function formatLabels({ labels }: Sample): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLine(value).replaceAll('"', '\\"')}"`);
  return texts.length === 0 ? "" : `{${texts.join(",")}}`;
}

function escapeLine(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
