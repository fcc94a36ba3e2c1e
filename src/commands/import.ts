// mdevctl import: a configuration of NVIDIA's vgpu-device-manager as one of our files.

import { createCommand, type Operand, type ValueOption } from "../cli/command.ts";
import { importState } from "../desired/import.ts";
import { readSource } from "../desired/sources.ts";
import { formatState } from "../desired/state.ts";
import { UserError } from "../errors.ts";
import { observe } from "../observed.ts";
import { parseNameOf } from "./plan.ts";

const file = {
  name: "file",
  placeholder: "FILE",
  summary: "The file of vgpu-device-manager, or - for stdin",
  completes: "files",
  parse: parseNameOf("file"),
} as const satisfies Operand<string>;

const config = {
  name: "config",
  placeholder: "NAME",
  summary: "Which of its configurations",
  parse: (text: string): string => text,
} as const satisfies ValueOption<string>;

const gpu = {
  name: "gpu",
  placeholder: "NUMBER=CARD",
  summary: "Which card a number in the file is; several with commas between them",
  parse: (text: string): ReadonlyMap<string, string> =>
    new Map(
      text.split(",").map((each) => {
        const [, number, card] = /^(\d+)=(\S+)$/.exec(each) ?? [];
        if (number === undefined || card === undefined) {
          throw new UserError(`'${each}' does not say which card a number is, as in 0=0000:82:00.0`);
        }
        return [number, card];
      }),
    ),
} as const satisfies ValueOption<ReadonlyMap<string, string>>;

export const importFile = createCommand({
  name: "import",
  summary: "Print a configuration of vgpu-device-manager as a file for plan and apply",
  description: `Turns one configuration of a file for NVIDIA's vgpu-device-manager into the form that 'mdevctl plan' and 'mdevctl apply'
read. What that cannot say is an error.`,
  examples: ["config.yaml --config A40-8Q"],
  operand: file,
  options: [config, gpu],
  rules: [{ required: "config" }],

  async run(host, given) {
    const source = readSource(host, given.required(file));
    const { cards } = await observe(host);
    const ids = [...new Set(cards.flatMap(({ pciId }) => pciId ?? []))];
    const state = importState(source, { name: given.required(config), cards: given.get(gpu) ?? new Map(), ids });
    host.system.write(
      "stdout",
      formatState(state, () => ({})),
    );
  },
});
