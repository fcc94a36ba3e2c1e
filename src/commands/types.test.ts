import * as fs from "node:fs";
import { expect, test } from "vitest";
import type { SandboxParent } from "../sandbox/parents.ts";
import { A, type Machine, machine } from "../testing/machine.ts";

const graphics: SandboxParent = {
  path: "pci0000:00/0000:00:02.0",
  capacity: 4,
  types: [
    { name: "small", deviceApi: "vfio-pci", size: 1, attributes: [] },
    {
      name: "large",
      deviceApi: "vfio-pci",
      label: "Large one",
      description: "memory: 4\nheads: 2",
      size: 2,
      attributes: [],
    },
  ],
};
const queue: SandboxParent = {
  path: "css0/0.0.0042",
  capacity: 1,
  types: [{ name: "vfio_ccw-io", deviceApi: "vfio-ccw", label: "I/O subchannel", size: 1, attributes: [] }],
};

/** A machine with these parents, and one that offers no types. */
function machineWithBare(...parents: readonly SandboxParent[]): Machine {
  return machine({ parents: [{ path: "virtual/bare", capacity: 0, types: [] }, ...parents] });
}

const graphicsText = `0000:00:02.0
  large
    Available instances: 2
    Device API: vfio-pci
    Name: Large one
    Description: memory: 4, heads: 2
  small
    Available instances: 4
    Device API: vfio-pci
`;
const queueText = `0.0.0042
  vfio_ccw-io
    Available instances: 1
    Device API: vfio-ccw
    Name: I/O subchannel
`;

test.each([
  [[], `${queueText}${graphicsText}bare\n`],
  [["-p", "0.0.0042"], queueText],
  [["--parent=0000:00:02.0"], graphicsText],
  [["-p", "bare"], "bare\n"],
  [["-p", "nowhere"], ""],
])(
  "types %j shows each parent with its types, sorted, without the fields that a type does not have",
  async (args, stdout) => {
    const { run } = machineWithBare(graphics, queue);
    expect(await run("types", ...args)).toEqual({ status: 0, stdout, stderr: "" });
  },
);

test("JSON has an object with all parents, and an array of types for each", async () => {
  const { run } = machineWithBare(graphics, queue);
  expect(await run("types", "--dumpjson")).toEqual({
    status: 0,
    stderr: "",
    stdout: `[
  {
    "0.0.0042": [
      {
        "vfio_ccw-io": {
          "available_instances": 1,
          "device_api": "vfio-ccw",
          "name": "I/O subchannel"
        }
      }
    ],
    "0000:00:02.0": [
      {
        "large": {
          "available_instances": 2,
          "device_api": "vfio-pci",
          "name": "Large one",
          "description": "memory: 4, heads: 2"
        }
      },
      {
        "small": {
          "available_instances": 4,
          "device_api": "vfio-pci"
        }
      }
    ],
    "bare": []
  }
]
`,
  });
});

test("JSON of one parent is an array of one object", async () => {
  const { run } = machineWithBare(queue);
  expect(JSON.parse((await run("types", "--dumpjson", "-p", "bare")).stdout)).toEqual([{ bare: [] }]);
});

test.each([
  ["types", ""],
  ["types --dumpjson", "[]\n"],
  ["types -p mtty --dumpjson", "[]\n"],
])("with no parents, %s writes %j, even if the directories are missing", async (line, stdout) => {
  const { root, run } = machine({ parents: [] });
  expect(await run(...line.split(" "))).toEqual({ status: 0, stdout, stderr: "" });
  fs.rmSync(`${root}/sys`, { recursive: true });
  expect(await run(...line.split(" "))).toEqual({ status: 0, stdout, stderr: "" });
});

test("the available instances are those that are left", async () => {
  const { run } = machine({ parents: [graphics] });
  await run("start", "-u", A, "-p", "0000:00:02.0", "-t", "large");
  const { stdout } = await run("types");
  expect(stdout.match(/instances: \d/g)).toEqual(["instances: 1", "instances: 2"]);
});

const typesOfQueue = "sys/class/mdev_bus/0.0.0042/mdev_supported_types";

test.each([
  ["one\ntwo\nthree\n", "one, two, three"],
  ["one", "one"],
  ["\n one\n\ntwo \n\n", "one, , two"],
])("the lines of the description %j are shown as %j", async (text, shown) => {
  const { run, write } = machine({ parents: [queue] });
  write(`${typesOfQueue}/vfio_ccw-io/description`, text);
  expect((await run("types")).stdout).toContain(`\n    Description: ${shown}\n`);
  expect((await run("types", "--dumpjson")).stdout).toContain(`"description": "${shown}"`);
});

test.each(["name", "description"])("an empty %s is left out", async (file) => {
  const { run, write } = machine({ parents: [queue] });
  write(`${typesOfQueue}/vfio_ccw-io/${file}`, " \n");
  expect((await run("types")).stdout).not.toMatch(new RegExp(`${file}:`, "i"));
  expect((await run("types", "--dumpjson")).stdout.includes(`"${file}"`)).toBe(false);
});

test("a file among the types is ignored", async () => {
  const { run, write } = machine({ parents: [queue] });
  write(`${typesOfQueue}/README`, "text");
  expect(await run("types")).toEqual({ status: 0, stdout: queueText, stderr: "" });
});

test("parents and types are sorted by the bytes of their names, even if they look like numbers", async () => {
  const types = ["9", "10", "Z"].map((name) => ({ name, deviceApi: "vfio-pci", size: 1, attributes: [] }));
  const { run } = machine({ parents: ["9", "10", "b", "a", "B"].map((path) => ({ path, capacity: 1, types })) });
  const { stdout } = await run("types");
  expect(stdout.match(/^\S+$/gm)).toEqual(["10", "9", "B", "a", "b"]);
  expect(stdout.match(/(?<=^ {2})\S+$/gm)?.slice(0, 3)).toEqual(["10", "9", "Z"]);
  const { stdout: json } = await run("types", "--dumpjson");
  expect(json.match(/(?<=^ {4}")\S+(?=":)/gm)).toEqual(["10", "9", "B", "a", "b"]);
  expect(json.match(/(?<=^ {8}")\S+(?=":)/gm)?.slice(0, 3)).toEqual(["10", "9", "Z"]);
});

test.each([
  ["available_instances is missing", "available_instances", undefined, "no such file or directory"],
  ["available_instances is not a number", "available_instances", "many\n", "'many' is not a number"],
  ["available_instances is beyond all numbers", "available_instances", "9".repeat(400), "the number is too large"],
  ["available_instances is empty", "available_instances", "", "'' is not a number"],
  ["device_api is missing", "device_api", undefined, "no such file or directory"],
])("a type whose %s is warned about, and the others are shown", async (_what, file, text, reason) => {
  const { root, run, write } = machine({ parents: [graphics, queue] });
  const path = `sys/class/mdev_bus/0000:00:02.0/mdev_supported_types/large/${file}`;
  if (text === undefined) fs.rmSync(`${root}/${path}`);
  else write(path, text);
  const { status, stdout, stderr } = await run("types");
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: queueText + graphicsText.replace(/ {2}large\n( {4}.*\n)*/, ""),
  });
  expect(stderr).toBe(`mdevctl: warning: cannot read ${root}/${path}: ${reason}\n`);
});

test.each([
  ["whose link leads nowhere", (root: string) => fs.rmSync(`${root}/sys/devices/css0`, { recursive: true })],
  ["without mdev_supported_types", (root: string) => fs.rmSync(`${root}/${typesOfQueue}`, { recursive: true })],
])("a parent %s is warned about, and the others are shown", async (_what, breakIt) => {
  const { root, run } = machine({ parents: [graphics, queue] });
  breakIt(root);
  const { status, stdout, stderr } = await run("types");
  expect({ status, stdout }).toEqual({ status: 0, stdout: graphicsText });
  expect(stderr).toBe(
    `mdevctl: warning: cannot read the directory ${root}/${typesOfQueue}: no such file or directory\n`,
  );
});
