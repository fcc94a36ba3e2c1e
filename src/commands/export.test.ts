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
