// What each command refuses before it looks at anything: options that are missing, in conflict or invalid.

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
    expect({ line, hint, more }).toEqual({ line, hint: `see 'mdevctl ${words[0]} --help'`, more: [""] });
    messages.push(message);
  }
  expect(made.files()).toEqual(before);
  expect(fs.readdirSync(`${made.root}/sys/bus/mdev/devices`)).toEqual([]);
  return messages;
}

test.each([
  ["define", "one of --uuid or --parent is needed"],
  ["define -t mtty-1", "one of --uuid or --parent is needed"],
  ["define -p mtty --jsonfile f -t mtty-1", "--jsonfile and --type exclude each other"],
  ["define -p mtty --jsonfile f -a", "--jsonfile and --auto exclude each other"],
  ["undefine", "--uuid is missing"],
  ["undefine -p mtty", "--uuid is missing"],
  ["modify", "--uuid is missing"],
  ["modify --auto", "--uuid is missing"],
  ["modify -u A", "one of --auto, --manual, --addattr, --delattr or --jsonfile is needed"],
  ["modify -u A -t mtty-1", "one of --auto, --manual, --addattr, --delattr or --jsonfile is needed"],
  ["modify -u A --defined", "one of --auto, --manual, --addattr, --delattr or --jsonfile is needed"],
  ["modify -u A --live", "one of --auto, --manual, --addattr, --delattr or --jsonfile is needed"],
  ["modify -u A --auto --manual", "--auto and --manual exclude each other"],
  ["modify -u A -am", "--auto and --manual exclude each other"],
  ["modify -u A --auto --delattr", "--auto and --delattr exclude each other"],
  ["modify -u A --delattr --addattr x --value 1", "--addattr and --delattr exclude each other"],
  ["modify -u A --manual --jsonfile f", "--manual and --jsonfile exclude each other"],
  ["modify -u A --addattr x --jsonfile f --value 1", "--addattr and --jsonfile exclude each other"],
  ["modify -u A --addattr x", "--addattr needs --value"],
  ["modify -u A --addattr x -i 0", "--addattr needs --value"],
  ["modify -u A --auto --value 1", "--value needs --addattr"],
  ["modify -u A --delattr --value 1", "--value needs --addattr"],
  ["modify -u A -p mtty --jsonfile f --value 1", "--value needs --addattr"],
  ["modify -u A --auto --index 0", "--index and --auto exclude each other"],
  ["modify -u A --manual --index 0", "--index and --manual exclude each other"],
  ["modify -u A -p mtty --jsonfile f --index 0", "--index and --jsonfile exclude each other"],
  ["modify -u A --jsonfile f -t mtty-1", "--jsonfile and --type exclude each other"],
  ["modify -u A --live --jsonfile f -t mtty-1", "--jsonfile and --type exclude each other"],
  ["modify -u A --live --auto", "--live needs --jsonfile"],
  ["modify -u A --live --addattr x --value 1", "--value and --live exclude each other"],
  ["modify -u A --live --delattr --index 0", "--index and --live exclude each other"],
  ["modify -u A --delattr --index -1", "--index needs a value: --index N"],
  ["modify -u A --delattr --index=-1", "--index: '-1' is not a number from 0 on"],
  ["modify -u A --delattr --index x", "--index: 'x' is not a number from 0 on"],
  ["modify -u A --delattr --index 1.5", "--index: '1.5' is not a number from 0 on"],
  ["modify -u A --delattr --index=", "--index: '' is not a number from 0 on"],
  ["modify -u A --delattr --index 4294967296", "--index: '4294967296' is not a number from 0 on"],
  ["modify -u A --delattr --index 99999999999999999999", "--index: '99999999999999999999' is not a number from 0 on"],
  ["start", "one of --uuid or --parent is needed"],
  ["start -t mtty-1", "one of --uuid or --parent is needed"],
  ["start -p mtty --jsonfile f -t mtty-1", "--jsonfile and --type exclude each other"],
  ["stop", "--uuid is missing"],
  ["stop -f", "--uuid is missing"],
  ["start-parent-mdevs", "PARENT is missing"],
  ["start-parent-mdevs mtty matrix", "unexpected argument 'matrix'"],
  ["list mtty", "unexpected argument 'mtty'"],
  ["types mtty", "unexpected argument 'mtty'"],
  ["stop A", "unexpected argument 'A'"],
])("mdevctl %s is wrong usage: %s", async (line, problem) => {
  expect(await refusals(line)).toEqual([`mdevctl: ${line.split(" ")[0]}: ${problem.replace("'A'", `'${A}'`)}`]);
});

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

/** Command lines that misuse an option, and the messages about them. */
function misuses(name: string, option: Option): (readonly [line: string, problem: string])[] {
  const long = `--${option.name}`;
  if (!takesValue(option)) {
    return [
      [`${name} ${long} ${long}`, `${long} is given twice`],
      [`${name} ${long}=yes`, `${long} takes no value`],
    ];
  }
  const given = `${long}=${option.name === "uuid" ? A : "7"}`;
  return [
    [`${name} ${given} ${given}`, `${long} is given twice`],
    [`${name} ${long}`, `${long} needs a value: ${long} ${option.placeholder}`],
  ];
}

test.each(commands)("$name refuses unknown options, and misuse of its own", async ({ name, options }) => {
  expect(await refusals(`${name} --nonsense`, `${name} -x`)).toEqual([
    `mdevctl: ${name} has no option '--nonsense'`,
    `mdevctl: ${name} has no option '-x'`,
  ]);
  const cases = options.flatMap((option) => misuses(name, option));
  expect(await refusals(...cases.map(([line]) => line))).toEqual(
    cases.map(([, problem]) => `mdevctl: ${name}: ${problem}`),
  );
});
