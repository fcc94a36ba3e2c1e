// Whatever is broken is found once, and nothing is found where nothing is broken.

import { expect, test } from "vitest";
import { sandboxCards, sandboxParents } from "../sandbox/parents.ts";
import { breakages, breakHost, chooseBreakages, findAll, healthyHost } from "../testing/breakages.ts";
import { A, B, C, machine } from "../testing/machine.ts";

const calm = /^nothing wrong is found; \d+ checks passed\n$/;

test("nothing is found in a new sandbox, nor in one with all kinds of devices", async () => {
  const made = machine({ parents: sandboxParents, cards: sandboxCards });
  expect(await made.run("doctor")).toEqual({ status: 0, stdout: expect.stringMatching(calm), stderr: "" });
  for (const [uuid, parent, type] of [
    [A, "mtty", "mtty-2"],
    [B, "0000:82:00.0", "L40S-8Q"],
    [C, "0000:41:00.4", "nvidia-558"],
  ] as const) {
    await made.run("define", "--uuid", uuid, "--parent", parent, "--type", type, "--auto");
    await made.run("start", "--uuid", uuid);
  }
  await made.run("start", "--parent", "0000:82:00.0", "--type", "L40S-8A");
  await made.run("define", "--parent", "matrix", "--type", "vfio_ap-passthrough");
  expect(await made.run("doctor")).toEqual({ status: 0, stdout: expect.stringMatching(calm), stderr: "" });
});

test("nothing is found on a host that is installed as from a package", async () => {
  const host = healthyHost(["81", "91"]);
  await host.run("start", host.define("0000:81:00.1", "nvidia-9", { start: "auto" }));
  await host.run("start", host.define("0000:91:00.1", "nvidia-12", { start: "auto", type_name: "NVIDIA X-24Q" }));
  expect(await findAll(host, "--fail-on", "warning")).toEqual([]);
});

test.each(breakages.map((breakage, index) => [breakage.code, index, breakage] as const))(
  "%s is found, and nothing else (breakage %i)",
  async (_code, _index, breakage) => {
    const { expected, found } = await breakHost([breakage]);
    expect(found).toEqual(expected);
  },
);

test("of ten things that are broken at random, each is found, and nothing else", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { expected, found } = await breakHost(chooseBreakages(10, seed));
    expect({ seed, found }).toEqual({ seed, found: expected });
  }
});
