import { expect, test } from "vitest";
import { list } from "../commands/list.ts";
import { modify } from "../commands/modify.ts";
import { start } from "../commands/start.ts";
import { stop } from "../commands/stop.ts";
import { loadCommands } from "../commands.ts";
import { A, B, C, machine } from "../testing/machine.ts";
import { endedWatch } from "../testing/watch.ts";
import { commandHelp, programHelp } from "./help.ts";

const commands = await loadCommands();

test("the program's help names every command meant for people", () => {
  expect(programHelp(commands)).toMatchInlineSnapshot(`
    "Manage mediated devices (mdevs): virtual devices that a driver creates from a
    physical parent device.

    usage: mdevctl COMMAND [OPTION...]

    commands:
      define    Define a device, to be started by its UUID or with its parent
      undefine  Remove the definition of a device
      modify    Change the definition of a device, or a running device
      start     Start a device
      stop      Stop an active device
      list      List the active or the defined devices
      types     List the mdev types that parent devices support
      status    Show devices, who uses them, what is free and what is wrong
      attach    Show how a virtual machine takes a device
      doctor    Look for what is wrong, and say what to do
      monitor   Show what happens to devices, definitions and parents, as it happens
      metrics   Print numbers about the host, for Prometheus
      plan      Show what would change for the host to have what a file says
      apply     Bring the host to what a file says
      export    Print the file that says what the host has
      import    Print a configuration of vgpu-device-manager as a file for plan and
                apply
      sandbox   Create a directory for trying mdevctl without the hardware
      help      Show this help, or that of a command

    options:
      -h, --help     Show this help
      -V, --version  Show the version

    'mdevctl COMMAND --help' explains a command.
    "
  `);
});

test("a command's help names its options", () => {
  expect(commandHelp(start)).toMatchInlineSnapshot(`
    "Start a device.

    usage: mdevctl start [OPTION...] [UUID]

    A defined device is started as its definition says. Any other device is
    transient: it needs a parent and a type, or a JSON file, and is forgotten when
    it stops. Without a UUID, one is generated and printed.

    argument:
      UUID  The device; a unique beginning of four characters is enough

    options:
      -u, --uuid UUID      The device, defined or new
      -p, --parent PARENT  The parent device
      -t, --type TYPE      The mdev type
          --jsonfile FILE  Read the configuration from this file, in the format of a
                           definition; - is stdin
      -f, --force          Continue even if a callout script refuses
      -h, --help           Show this help

    examples:
      mdevctl start $UUID
      mdevctl start --parent mtty --type mtty-2
    "
  `);
});

test("the help of the command with the most options", () => {
  expect(commandHelp(modify)).toMatchInlineSnapshot(`
    "Change the definition of a device, or a running device.

    usage: mdevctl modify [OPTION...] [UUID]

    Changes the definition. An active device is not touched, except with --live: a
    callout script then changes the running device to the configuration in the JSON
    file.

    argument:
      UUID  The device; a unique beginning of four characters is enough

    options:
      -u, --uuid UUID      The device
      -p, --parent PARENT  The parent device
      -t, --type TYPE      Change the mdev type
      -a, --auto           Start the device when its parent appears
      -m, --manual         Start the device only on demand
          --addattr NAME   Add an attribute, at the end or at --index
          --delattr        Remove the last attribute, or the one at --index
      -i, --index N        The position of an attribute, counting from 0
          --value V        The value of the added attribute
          --jsonfile FILE  Read the configuration from this file, in the format of a
                           definition; - is stdin
      -l, --live           Change the running device, through its callout script
      -d, --defined        Change the definition; with --live, both
      -f, --force          Continue even if a callout script refuses
      -h, --help           Show this help

    examples:
      mdevctl modify $UUID --auto
      mdevctl modify $UUID --addattr assign_adapter --value 5
      mdevctl modify $UUID --delattr --index 0
    "
  `);
});

test("the help of a command shows its operand after the options, and what it is", () => {
  const operand = { name: "place", placeholder: "PLACE", summary: "Where", parse: (text: string) => text };
  const help = commandHelp({ ...stop, operand });
  expect(help).toContain("usage: mdevctl stop [OPTION...] PLACE\n");
  expect(help).toContain("\nargument:\n  PLACE  Where\n\noptions:\n");
});

test("the help of a command shows that its operand is optional", () => {
  expect(commandHelp(stop)).toContain("usage: mdevctl stop [OPTION...] [UUID]\n");
});

test("the help of a command that is also a program shows the name it was called by", () => {
  expect(commandHelp(list, "lsmdev")).toMatchInlineSnapshot(`
    "List the active or the defined devices.

    usage: lsmdev [OPTION...]

    Prints a line for each device: UUID, parent, type and start mode. '(defined)'
    after an active device means that it has a definition; '(active)' after a
    defined device means that it is active.

    options:
      -d, --defined        List the defined devices instead of the active ones
          --dumpjson       Write JSON
      -v, --verbose        Show the devices' attributes too
      -u, --uuid UUID      List only this device
      -p, --parent PARENT  List only the devices of this parent or card
      -h, --help           Show this help

    examples:
      lsmdev
      lsmdev --defined --parent mtty
      lsmdev --defined --dumpjson --uuid $UUID
    "
  `);
});

test("no line of a help text is wider than 80 columns", () => {
  const texts = [programHelp(commands), ...commands.map((command) => commandHelp(command))];
  expect(texts.flatMap((text) => text.split("\n")).filter((line) => line.length > 80)).toEqual([]);
});

test.each(commands)("$name has an example", ({ examples }) => {
  expect(examples).not.toEqual([]);
});

const definition = '{"mdev_type":"vfio_ap-passthrough","start":"manual","attrs":[{"assign_adapter":"5"}]}';
const state = "version: 1\ngroups: [{parent: mtty, devices: [{type: mtty-1}, {type: mtty-2}]}]\n";
/** `plan --detailed-exitcode` is about a host that is as the files say. */
const stateAsIs = "version: 1\ngroups: [{parent: matrix, devices: []}]\n";
const configuration = `version: v1
vgpu-configs:
  A40-8Q: [{device-filter: "0x223510DE", devices: all, vgpu-devices: {A40-8Q: 6}}]
`;
/** A is active and defined, B only active, C only defined. */
const devices: Readonly<Record<string, string>> = { define: B, start: C };

test.each(commands.flatMap(({ name, examples }) => examples.map((example) => ({ name, example }))))(
  "the example $name $example works on a host with such a device",
  async ({ name, example }) => {
    const { root, run } = machine({
      system: { watch: async () => endedWatch },
      files: {
        [`etc/mdevctl.d/matrix/${A}`]: definition,
        [`etc/mdevctl.d/matrix/${C}`]: definition,
        "device.json": definition,
        "state.yaml": state,
        "etc/mdevctl/state.d/matrix.yaml": stateAsIs,
        "config.yaml": configuration,
      },
    });
    await run("start", "-u", A);
    await run("start", "-u", B, "-p", "mtty", "-t", "mtty-1");
    const line = example
      .replace("$UUID", devices[name] ?? A)
      .replace(/device\.json|\w+\.yaml/, `${root}/$&`)
      .replace("/etc/mdevctl", `${root}/etc/mdevctl`)
      .replace("/var/lib/prometheus/node-exporter", root)
      .replace("/tmp/host", `${root}/new`);
    const words = line.split(" ").filter((word) => word !== "");
    expect(await run(name, ...words)).toMatchObject({ status: 0, stderr: "" });
  },
);

test.each(commands)("the help of $name names all its options", (command) => {
  const help = commandHelp(command);
  for (const { name, short } of command.options) {
    expect(help).toContain(short === undefined ? `      --${name}` : `  -${short}, --${name}`);
  }
  expect(help).toMatch(/[^\n]\n$/);
});

test.each(commands)("no two options of $name share a name or a letter", ({ options }) => {
  const names = options.map(({ name }) => name);
  const letters = options.flatMap(({ short }) => (short === undefined ? [] : [short]));
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(letters).size).toBe(letters.length);
  expect(letters).not.toContain("h");
});
