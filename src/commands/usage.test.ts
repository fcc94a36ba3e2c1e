// What every command refuses before it looks at anything: wrong values, and options that it does not have or that are misused.
// wrong-command-lines.test.ts has what depends on the command.

import * as fs from "node:fs";
import { expect, test } from "vitest";
import { type Option, takesValue } from "../cli/command.ts";
import { loadCommands } from "../commands.ts";
import { A, machine } from "../testing/machine.ts";

const commands = await loadCommands();

/** The message about each of these command lines; none of them does anything. */
async function refusals(...lines: readonly string[]): Promise<string[]> {
  const made = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: '{"mdev_type":"mtty-1","start":"manual"}' } });
  made.callout("vendor", "exit 0");
  const before = made.files();
  const messages: string[] = [];
  for (const line of lines) {
    const words = line.split(" ").map((word) => (word === "A" ? A : word === "NOTHING" ? "" : word));
    const { status, stdout, stderr } = await made.run(...words);
    expect({ line, status, stdout }).toEqual({ line, status: 2, stdout: "" });
    const [message = "", hint, ...more] = stderr.split("\n");
    expect({ line, hint, more }).toEqual({ line, hint: expect.stringMatching(/^[A-Z'].*[.?]$/), more: [""] });
    messages.push(message);
  }
  expect(made.files()).toEqual(before);
  expect(fs.readdirSync(`${made.root}/sys/bus/mdev/devices`)).toEqual([]);
  return messages;
}

const takers = {
  uuid: ["define", "undefine", "modify", "start", "stop", "list"],
  parent: ["define -u A", "undefine -u A", "modify -u A", "start -u A", "list", "types"],
  type: ["define -u A", "modify -u A", "start -u A"],
};

test.each(takers.uuid)("%s refuses what is not a UUID", async (command) => {
  const texts = ["x", `${A}0`, `../${A}`, A.replace("1", "g")];
  expect(await refusals(...texts.map((text) => `${command} --uuid=${text}`))).toEqual(
    texts.map((text) => `mdevctl: ${command}: --uuid: '${text}' is not a UUID`),
  );
});

const badNames: readonly (readonly [text: string, problem: string])[] = [
  ["", "is empty"],
  [".", "is '.'"],
  ["..", "is '..'"],
  ["a/b", "has a '/'"],
  ["../../etc", "has a '/'"],
  ["/etc", "has a '/'"],
];

test.each([
  ...takers.parent.map((line) => [line, "--parent"] as const),
  ...takers.type.map((line) => [line, "--type"] as const),
])("%s refuses values of %s that could lead elsewhere, before anything is touched", async (line, option) => {
  expect(await refusals(...badNames.map(([text]) => `${line} ${option}=${text}`))).toEqual(
    badNames.map(
      ([text, problem]) =>
        `mdevctl: ${line.split(" ")[0]}: ${option}: '${text}' cannot be a name, because it ${problem}`,
    ),
  );
});

test("start-parent-mdevs refuses a parent that could lead elsewhere", async () => {
  expect(await refusals(...badNames.map(([text]) => `start-parent-mdevs ${text || "NOTHING"}`))).toEqual(
    badNames.map(
      ([text, problem]) => `mdevctl: start-parent-mdevs: PARENT: '${text}' cannot be a name, because it ${problem}`,
    ),
  );
});

test.each([...takers.parent.map((line) => `${line} -p`), "start-parent-mdevs"])(
  "the scripts' directory is not a parent for %s",
  async (line) => {
    const [message] = await refusals(`${line} scripts.d`);
    expect(message).toContain("'scripts.d' cannot be a parent's name, because it is the scripts' directory");
  },
);

test("modify refuses to add an attribute whose name could lead elsewhere", async () => {
  const names = [
    ["", "is empty"],
    ["/etc/passwd", "is absolute"],
    ["..", "is '..'"],
    ["../remove", "has a part that is '..'"],
    ["vendor/../../remove", "has a part that is '..'"],
    ["vendor//speed", "has a part that is empty"],
    ["vendor/.", "has a part that is '.'"],
  ] as const;
  expect(await refusals(...names.map(([name]) => `modify -u A --value 1 --addattr=${name}`))).toEqual(
    names.map(
      ([name, problem]) => `mdevctl: modify: --addattr: '${name}' cannot be an attribute's name, because it ${problem}`,
    ),
  );
});

test.each(["define -p mtty", "modify -u A -p mtty", "start -p mtty"])(
  "%s needs a file name for --jsonfile",
  async (line) => {
    expect(await refusals(`${line} --jsonfile=`)).toEqual([
      `mdevctl: ${line.split(" ")[0]}: --jsonfile: the name of the file is empty`,
    ]);
  },
);

/** Of options that do not take everything. */
const values: Readonly<Record<string, string>> = {
  ...{ uuid: A, skip: "unread", "fail-on": "warning", label: "pool=inference", gpu: "0=0000:82:00.0" },
};

/** Command lines that misuse an option, and the messages about them. */
function misuses(name: string, option: Option): (readonly [line: string, problem: string])[] {
  const long = `--${option.name}`;
  if (!takesValue(option)) {
    return [
      [`${name} ${long} ${long}`, `${long} is given twice`],
      [`${name} ${long}=yes`, `${long} takes no value`],
    ];
  }
  const [word = "7"] = typeof option.completes === "object" ? option.completes : [];
  const given = `${long}=${values[option.name] ?? word}`;
  return [
    [`${name} ${given} ${given}`, `${long} is given twice`],
    [`${name} ${long}`, `${long} needs a value: ${long} ${option.placeholder}`],
  ];
}

test.each(commands)("$name refuses unknown options, and misuse of its own", async ({ name, options }) => {
  expect(await refusals(`${name} --nonsense`, `${name} -x`)).toEqual([
    `mdevctl: ${name}: there is no option '--nonsense'`,
    `mdevctl: ${name}: there is no option '-x'`,
  ]);
  const cases = options.flatMap((option) => misuses(name, option));
  expect(await refusals(...cases.map(([line]) => line))).toEqual(
    cases.map(([, problem]) => `mdevctl: ${name}: ${problem}`),
  );
});
