// What list and types print at a terminal, and that the output to a pipe stays as it was.

import { expect, test } from "vitest";
import type { SandboxParent } from "./sandbox/parents.ts";
import { type MachineOptions, machine } from "./testing/machine.ts";

const uuids = ["0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60", "1e2a8d63-4b46-4a1f-8e4d-6b3c9d2f5a71"] as const;

const files = {
  [`etc/mdevctl.d/matrix/${uuids[0]}`]: '{"mdev_type":"vfio_ap-passthrough","start":"auto"}',
  [`etc/mdevctl.d/mtty/${uuids[1]}`]: '{"mdev_type":"mtty-2","start":"manual","attrs":[{"power/control":"on"}]}',
};

/** A card with many virtual functions; each of them takes one device. */
function card(functions: number): SandboxParent[] {
  return Array.from({ length: functions }, (_, index) => ({
    path: `pci0000:40/0000:41:${(index >> 3).toString(16).padStart(2, "0")}.${index & 7}`,
    capacity: 1,
    types: [{ name: "vgpu-1", deviceApi: "vfio-pci", label: "Small", size: 1, attributes: [] }],
  }));
}

test("a listing at a terminal is aligned in columns, with its marks in colour", async () => {
  const { run } = machine({ files, terminal: true });
  await run("start", "--uuid", uuids[0]);
  expect((await run("list", "--defined", "--verbose")).stdout).toBe(
    `${uuids[0]} matrix vfio_ap-passthrough auto   \x1b[32m(active)\x1b[0m
${uuids[1]} mtty   mtty-2              manual
  Attrs:
    @{0}: {"power/control":"on"}
`,
  );
});

test("a name of more than 40 characters sticks out of its column at a terminal, and pads no other", async () => {
  const long = "vgpu_with_a_name_that_no_other_type_comes_near";
  const path = `etc/mdevctl.d/mtty/${uuids[0]}`;
  const { run } = machine({ files: { ...files, [path]: `{"mdev_type":"${long}","start":"auto"}` }, terminal: true });
  expect((await run("list", "--defined")).stdout).toBe(
    `${uuids[0]} matrix vfio_ap-passthrough auto
${uuids[0]} mtty   ${long} auto
${uuids[1]} mtty   mtty-2              manual
`,
  );
});

test.each<[string, MachineOptions["environment"]]>([
  ["NO_COLOR is set", { NO_COLOR: "1" }],
  ["the terminal is dumb", { TERM: "dumb" }],
])("there is no colour when %s", async (_, environment) => {
  const { run } = machine({ files, terminal: true, environment: environment ?? {} });
  await run("start", "--uuid", uuids[0]);
  const { stdout } = await run("list", "--defined");
  expect(stdout).toContain(`${uuids[0]} matrix vfio_ap-passthrough auto   (active)\n`);
  expect((await run("types")).stdout).not.toContain("\x1b");
});

test("an empty NO_COLOR is ignored", async () => {
  const { run } = machine({ terminal: true, environment: { NO_COLOR: "" } });
  expect((await run("types")).stdout).toContain("\x1b[1mmtty\x1b[0m\n");
});

test("warnings have no colour when NO_COLOR is set, unless MDEVCTL_LOG_STYLE asks for it", async () => {
  const broken = { [`etc/mdevctl.d/mtty/${uuids[0]}`]: "{" };
  const environment = { NO_COLOR: "1" };
  const { stderr } = await machine({ files: broken, terminal: true, environment }).run("list", "--defined");
  expect(stderr).toMatch(/^mdevctl: warning: /);
  const asked = { ...environment, MDEVCTL_LOG_STYLE: "always" };
  const { stderr: coloured } = await machine({ files: broken, environment: asked }).run("list", "--defined");
  expect(coloured).toContain("mdevctl: \x1b[33mwarning:\x1b[0m ");
});

test("256 virtual functions fit on a few screens: parents with the same types are listed together", async () => {
  const { run } = machine({ parents: card(256), terminal: true });
  await run("start", "--uuid", uuids[0], "--parent", "0000:41:00.1", "--type", "vgpu-1");
  const { stdout } = await run("types");
  const lines = stdout.split("\n");
  expect(lines.length).toBeLessThan(70);
  expect(lines[0]).toBe("\x1b[1m0000:41:00.0  0000:41:00.2  0000:41:00.3  0000:41:00.4  0000:41:00.5\x1b[0m");
  // The one in use is listed on its own.
  expect(lines.slice(-6)).toEqual([
    "\x1b[1m0000:41:00.1\x1b[0m",
    "\x1b[2m  vgpu-1\x1b[0m",
    "\x1b[2m    Available instances: 0\x1b[0m",
    "\x1b[2m    Device API: vfio-pci\x1b[0m",
    "\x1b[2m    Name: Small\x1b[0m",
    "",
  ]);
  expect(stdout.match(/0000:41:/g)?.length).toBe(256);
});

test("a pipe gets every parent with its own types, and every device without alignment", async () => {
  const { run } = machine({ parents: card(2), files });
  const types = "  vgpu-1\n    Available instances: 1\n    Device API: vfio-pci\n    Name: Small\n";
  expect((await run("types")).stdout).toBe(`0000:41:00.0\n${types}0000:41:00.1\n${types}`);
  expect((await run("list", "--defined")).stdout).toBe(
    `${uuids[0]} matrix vfio_ap-passthrough auto\n${uuids[1]} mtty mtty-2 manual\n`,
  );
});

test("JSON is the same at a terminal", async () => {
  const [piped, shown] = await Promise.all(
    [false, true].map((terminal) => machine({ files, terminal }).run("list", "--defined", "--dumpjson")),
  );
  expect(shown).toEqual(piped);
});

const red = "\x1b[31m";
const forged = `${uuids[1]} mtty mtty-1 auto`;

/** A definition and a type of drivers and others who would like to write more than a name. */
const hostile = {
  parents: [
    {
      path: `virtual/par${red}ent\nx`,
      capacity: 1,
      types: [
        {
          name: "t\u202e",
          deviceApi: `vfio${red}`,
          label: `a\n${red}`,
          description: `b\n\x07`,
          size: 1,
          attributes: [],
        },
      ],
    },
  ],
  files: {
    [`etc/mdevctl.d/par${red}ent\n${forged}/${uuids[0]}`]: JSON.stringify({
      mdev_type: `t\n${forged}`,
      start: "auto",
      attrs: [{ [`n\n${red}`]: `v${red}` }],
    }),
  },
};

test("a terminal never gets control characters of names, attributes and drivers' texts", async () => {
  const { run } = machine({ ...hostile, terminal: true, environment: { NO_COLOR: "1" } });
  expect((await run("list", "--defined", "--verbose")).stdout).toBe(
    `${uuids[0]} par\\x1b[31ment\\n${forged} t\\n${forged} auto
  Attrs:
    @{0}: {"n\\n\\x1b[31m":"v\\x1b[31m"}
`,
  );
  expect((await run("types")).stdout).toBe(
    `par\\x1b[31ment\\nx
  t\\u202e
    Available instances: 1
    Device API: vfio\\x1b[31m
    Name: a\\n\\x1b[31m
    Description: b, \\x07
`,
  );
});

test("a pipe gets the text as it is, but a name with a line break makes no line of its own", async () => {
  const { run } = machine(hostile);
  expect((await run("list", "--defined", "--verbose")).stdout).toBe(
    `${uuids[0]} par${red}ent\\n${forged} t\\n${forged} auto
  Attrs:
    @{0}: {"n\\n${red}":"v${red}"}
`,
  );
  expect((await run("types")).stdout).toBe(
    `par${red}ent\\nx
  t\u202e
    Available instances: 1
    Device API: vfio${red}
    Name: a\\n${red}
    Description: b, \x07
`,
  );
});

test("columns are as wide as what they show", async () => {
  const files = {
    [`etc/mdevctl.d/a\n/${uuids[0]}`]: '{"mdev_type":"t\\n","start":"auto"}',
    [`etc/mdevctl.d/abc/${uuids[1]}`]: '{"mdev_type":"typ","start":"auto"}',
  };
  const { stdout } = await machine({ files, terminal: true }).run("list", "--defined");
  expect(stdout).toBe(`${uuids[0]} a\\n t\\n auto\n${uuids[1]} abc typ auto\n`);
});
