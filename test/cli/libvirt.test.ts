// The command lines of libvirt 9.0 and 11.3, as its node device driver writes them: stdin is empty, or a pipe with JSON
// that has no newline. It reads stdout to the end, and shows stderr to its user.

import { expect, test } from "vitest";
import { A, B, type Machine, machine } from "../../src/testing/machine.ts";
import { capable } from "../../src/testing/scripts.ts";
import { mdevctl } from "./program.ts";

const done = { status: 0, stdout: "", stderr: "" };
const generated = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/;
const json = (start: string, attrs?: readonly Readonly<Record<string, string>>[]) =>
  JSON.stringify({ mdev_type: "vfio_ap-passthrough", start, attrs });

/** The listing as libvirt reads it: an array with at most one element, in which parents have arrays of devices. */
function listDevices({ root }: Machine, ...args: string[]): Record<string, Record<string, unknown>[]> {
  const { status, stdout, stderr } = mdevctl({ root }, "list", "--dumpjson", ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const parents: Record<string, Record<string, unknown>[]>[] = JSON.parse(stdout);
  expect(parents.length).toBeLessThanOrEqual(1);
  return parents[0] ?? {};
}

test("a JSON listing without devices is an empty array", () => {
  const { root } = machine();
  expect(mdevctl({ root }, "list", "--dumpjson", "--defined")).toEqual({ ...done, stdout: "[]\n" });
  expect(mdevctl({ root }, "list", "--dumpjson")).toEqual({ ...done, stdout: "[]\n" });
});

test("nodedev-create, with and without a UUID", () => {
  const made = machine();
  const attributes = [{ assign_adapter: "5" }, { assign_adapter: "6" }, { "power/control": "on" }];
  const line = ["start", "--parent=matrix", "--jsonfile=/dev/stdin"];
  expect(mdevctl({ root: made.root, stdin: json("manual", attributes) }, ...line, `--uuid=${A}`)).toEqual(done);
  const { status, stdout, stderr } = mdevctl({ root: made.root, stdin: json("manual") }, ...line);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(generated);
  const devices = listDevices(made).matrix ?? [];
  expect(devices.flatMap((device) => Object.keys(device)).sort()).toEqual([A, stdout.trim()].sort());
  expect(made.read(`sys/bus/mdev/devices/${A}/assign_adapter`)).toBe("5\n6\n");
  expect(made.read(`sys/bus/mdev/devices/${A}/power/control`)).toBe("on\n");
});

test("nodedev-define, with and without a UUID, and then -start, -autostart, -destroy and -undefine", () => {
  const made = machine();
  const { root } = made;
  const line = ["define", "--parent=matrix", "--jsonfile=/dev/stdin"];
  const attrs = [{ assign_domain: "1" }];
  expect(mdevctl({ root, stdin: json("manual", attrs) }, ...line, `--uuid=${A}`)).toEqual(done);
  const { stdout } = mdevctl({ root, stdin: json("auto") }, ...line);
  expect(stdout).toMatch(generated);
  const listDefined = () => Object.assign({}, ...(listDevices(made, "--defined").matrix ?? []));
  expect(listDefined()).toEqual({
    [A]: { mdev_type: "vfio_ap-passthrough", start: "manual", attrs },
    [stdout.trim()]: { mdev_type: "vfio_ap-passthrough", start: "auto", attrs: [] },
  });

  expect(mdevctl({ root }, "start", `--uuid=${A}`)).toEqual(done);
  expect(listDevices(made).matrix?.map((device) => Object.keys(device))).toEqual([[A]]);
  expect(mdevctl({ root }, "modify", "--uuid", A, "--auto")).toEqual(done);
  expect(listDefined()[A]).toMatchObject({ start: "auto", attrs });
  expect(mdevctl({ root }, "modify", "--uuid", A, "--manual")).toEqual(done);
  expect(listDefined()[A]).toMatchObject({ start: "manual", attrs });
  expect(mdevctl({ root }, "stop", `--uuid=${A}`)).toEqual(done);
  expect(mdevctl({ root }, "undefine", `--uuid=${A}`)).toEqual(done);
  expect(Object.keys(listDefined())).toEqual([stdout.trim()]);
});

test("the command line that asks whether live updates are possible succeeds", () => {
  const { status, stderr } = mdevctl({}, "modify", "--defined", "--live", "--jsonfile", "b", "--help");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("defining again, and nodedev-update of a running device", () => {
  const made = machine();
  const { root } = made;
  made.callout("vendor", capable());
  mdevctl({ root, stdin: json("manual") }, "define", "--parent=matrix", "--jsonfile=/dev/stdin", `--uuid=${A}`);
  const line = ["modify", "--parent=matrix", "--jsonfile=/dev/stdin", `--uuid=${A}`, "--defined"];
  const [first, second] = [[{ assign_adapter: "1" }], [{ assign_adapter: "2" }]];
  expect(mdevctl({ root, stdin: json("manual", first) }, ...line)).toEqual(done);
  expect(listDevices(made, "--defined").matrix).toEqual([{ [A]: JSON.parse(json("manual", first)) }]);
  mdevctl({ root }, "start", `--uuid=${A}`);
  expect(mdevctl({ root, stdin: json("manual", second) }, ...line, "--live")).toEqual(done);
  expect(listDevices(made, "--defined").matrix).toEqual([{ [A]: JSON.parse(json("manual", second)) }]);
  expect(made.calls().find(({ step }) => step === "vendor live modify none")?.stdin).toBe(json("manual", second));
});

test.each([
  [["start", `--uuid=${B}`], "", `mdevctl: cannot start ${B}: it is not defined, so --parent and --type are needed\n`],
  [["undefine", `--uuid=${B}`], "", `mdevctl: cannot undefine ${B}: it is not defined\n`],
  [["stop", `--uuid=${B}`], "", `mdevctl: cannot stop ${B}: it is not active\n`],
  [["start", "--parent=nowhere", "--jsonfile=/dev/stdin"], json("manual"), "there is no parent device nowhere\n"],
  [["define", "--parent=matrix", "--jsonfile=/dev/stdin"], "", "mdevctl: cannot read /dev/stdin: it is empty\n"],
  [
    ["define", "--parent=matrix", "--jsonfile=/dev/stdin"],
    "{",
    "mdevctl: cannot read /dev/stdin: it ends too early, at line 1, column 2: a name in double quotes or } is expected\n",
  ],
  [
    ["define", "--parent=matrix", "--jsonfile", "-"],
    "{]",
    "mdevctl: cannot read stdin: not valid JSON at line 1, column 2: ",
  ],
])("mdevctl %j fails with the reason on stderr", (args, stdin, message) => {
  const { root } = machine();
  const { status, stdout, stderr } = mdevctl({ root, stdin }, ...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(message);
});
