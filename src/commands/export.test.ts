import { join } from "node:path";
import { expect, test } from "vitest";
import { A, machine } from "../testing/machine.ts";

test("a device that is active elsewhere than where it is defined is a comment, and the file asks for nothing", async () => {
  const { run, write, root } = machine();
  await run("define", "-u", A, "-p", "matrix", "-t", "vfio_ap-passthrough", "--auto");
  await run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  const { stdout } = await run("export");
  expect(stdout).toContain(`# defined under another parent, too: ${A} vfio_ap-passthrough on matrix\n`);
  write("state.yaml", stdout);
  const { stdout: plan } = await run("plan", "--detailed-exitcode", join(root, "state.yaml"));
  expect(plan).toContain("Nothing to do: the host is as the file says.");
});

test("a device that is defined under two parents is in the file once", async () => {
  const { run, write, root } = machine();
  await run("define", "-u", A, "-p", "matrix", "-t", "vfio_ap-passthrough");
  await run("define", "-u", A, "-p", "mtty", "-t", "mtty-1");
  const { stdout } = await run("export");
  expect(stdout.split("\n").filter((line) => line.includes(`uuid: ${A}`))).toHaveLength(1);
  write("state.yaml", stdout);
  expect((await run("plan", "--detailed-exitcode", join(root, "state.yaml"))).status).toBe(0);
});

test("a virtual function has no file of its own, but its card has", async () => {
  const address = "0000:82:00.0";
  const card = {
    path: `pci0000:80/0000:80:02.0/${address}`,
    model: "NVIDIA X",
    functions: ["0000:82:00.4"],
    memory: 8,
  };
  const { run } = machine({ cards: [{ ...card, types: [{ id: 9, name: "NVIDIA X-8Q", memory: 8 }] }] });
  expect(await run("export", "--parent", "0000:82:00.4")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: 0000:82:00.4 is a part of the card ${address}\nName the card: --card ${address}\n`,
  });
});

test("a definition whose type is gone asks for nothing, and cannot be started", async () => {
  const { run, write, root } = machine();
  write(`etc/mdevctl.d/mtty/${A}`, '{"mdev_type":"mtty-9","start":"auto","attrs":[]}');
  const { stdout } = await run("export");
  write("state.yaml", stdout);
  const path = join(root, "state.yaml");
  expect(await run("plan", "--detailed-exitcode", path)).toMatchObject({ status: 0, stderr: "" });
  write("state.yaml", stdout.replace(", active: false", ""));
  expect(await run("plan", path)).toMatchObject({
    status: 4,
    stdout: expect.stringContaining("cannot start: as it is now, mtty does not offer that type"),
  });
});
