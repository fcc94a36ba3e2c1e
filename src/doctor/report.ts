// What `doctor` shows: lines for a person, or JSON.

import { countNoun } from "../english.ts";
import { createEscapes, createStyle, type Escapes } from "../format.ts";
import type { System } from "../system.ts";
import { checks, type Examination } from "./checks.ts";
import { type Finding, type Severity, severities } from "./finding.ts";

/** So many of a code are shown. */
const most = 5;

interface Shown {
  readonly style: ReturnType<typeof createStyle>;
  readonly escapes: Escapes;
}

/** `calm` is what is said when nothing is found. */
export function* formatReport(system: System, examination: Examination, calm: string): Generator<string> {
  const isTerminal = system.isTerminal("stdout");
  const shown = { style: createStyle(system), escapes: createEscapes({ isTerminal }) };
  const { findings, passed, skipped } = examination;
  for (const code of new Set(findings.map((finding) => finding.code))) {
    const alike = findings.filter((finding) => finding.code === code);
    for (const finding of alike.slice(0, most)) yield `${formatFinding(finding, shown)}\n`;
    if (alike.length > most) yield `${code}: and ${alike.length - most} more\n\n`;
  }
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [severity === "info" ? `${count} info` : countNoun(count, severity)];
  });
  const left = skipped.map(({ code, reason }) => `${code} (${reason})`);
  const summary = [
    ...(counts.length === 0 ? [calm] : [counts.join(", ")]),
    `${countNoun(passed, "check")} passed${left.length === 0 ? "" : `, ${left.length} skipped: ${left.join(", ")}`}`,
  ];
  yield `${shown.escapes.name(summary.join("; "))}\n`;
}

const styles = { error: "red", warning: "yellow", info: "bold" } as const;

function formatFinding(finding: Finding, { style, escapes }: Shown): string {
  const { code, severity, message, evidence, consequence, fix } = finding;
  const lines = [
    ...evidence.map(({ path, value }) => `${path}: ${value}`),
    consequence,
    ...(fix.text === "" ? [] : [fix.text]),
    ...fix.commands.map((command) => `  ${command}`),
  ];
  const details = lines.map((line) => `  ${escapes.name(line)}\n`).join("");
  return `${style(styles[severity], severity)} ${code}: ${escapes.name(message)}\n${details}`;
}

export function formatReportJson({ findings, passed, skipped, crashed }: Examination): string {
  const shown = findings.map(({ code, severity, subject, message, concerns = [], evidence, consequence, fix }) => {
    return { code, severity, subject, message, concerns, evidence, consequence, fix };
  });
  return `${JSON.stringify({ version: 1, findings: shown, checks: { passed, skipped, crashed } }, null, 2)}\n`;
}

/** All codes. */
export function formatChecks(): string {
  const width = Math.max(...checks.map(({ code }) => code.length));
  return checks
    .map(({ code, severity, summary }) => `${code.padEnd(width)} ${severity.padEnd("warning".length)} ${summary}\n`)
    .join("");
}

/** Whether there is a finding of this severity, or a worse one. */
export function isReached({ findings }: Examination, limit: Severity): boolean {
  return findings.some(({ severity }) => severities.indexOf(severity) <= severities.indexOf(limit));
}
