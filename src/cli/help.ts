// The help texts, made from the values that also parse the command line. No line is wider than a terminal of 80 columns.

import { fillLines } from "../format.ts";
import { type Command, type Operand, type Option, takesValue } from "./command.ts";

export function programHelp(commands: readonly Command[]): string {
  const rows = commands.filter((command) => !command.hidden).map((command): Row => [command.name, command.summary]);
  return `Manage mediated devices (mdevs): virtual devices that a driver creates from a
physical parent device.

usage: mdevctl COMMAND [OPTION...]

commands:
${table([...rows, ["help", "Show this help, or that of a command"]])}
options:
${table([
  ["-h, --help", "Show this help"],
  ["-V, --version", "Show the version"],
])}
'mdevctl COMMAND --help' explains a command.
`;
}

export function commandHelp(command: Command, program = `mdevctl ${command.name}`): string {
  const { operand } = command;
  const options = command.options.map((option): Row => [spelling(option), option.summary]);
  return `${command.summary}.

usage: ${program} [OPTION...]${operand === undefined ? "" : ` ${spellOperand(operand)}`}

${wrap(command.description, 0)}

${operand === undefined ? "" : `argument:\n${table([[operand.placeholder, operand.summary]])}\n`}options:
${table([...options, ["-h, --help", "Show this help"]])}
examples:
${command.examples.map((example) => `  ${program} ${example}`.trimEnd()).join("\n")}
`;
}

type Row = readonly [left: string, right: string];

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${wrap(right, width + 4)}\n`).join("");
}

/** Breaks a text into lines that are indented, except the first. */
function wrap(text: string, indent: number): string {
  const lines = fillLines(text.split(/\s+/), { width: 80 - indent, gap: " " });
  return lines.join(`\n${" ".repeat(indent)}`);
}

function spellOperand({ placeholder, optional }: Operand<string>): string {
  return optional ? `[${placeholder}]` : placeholder;
}

function spelling(option: Option): string {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  return `${short}--${option.name}${takesValue(option) ? ` ${option.placeholder}` : ""}`;
}
