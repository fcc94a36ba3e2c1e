import * as fs from "node:fs";
import { expect, test } from "vitest";
import { defineA, directories } from "../testing/callouts.ts";
import { A, machine } from "../testing/machine.ts";
import { declines, on } from "../testing/scripts.ts";

test("scripts are asked in the order of their names, those below usr/lib first", async () => {
  const { run, script, steps } = machine();
  for (const name of ["b", "9", "a", "10", "B"]) script(`${directories[0]}/${name}`, declines);
  for (const name of ["z", "0"]) script(`${directories[1]}/${name}`, declines);
  expect(await run(...defineA)).toMatchObject({ status: 0, stderr: "" });
  const order = ["10", "9", "B", "a", "b", "0", "z"];
  expect(steps()).toEqual(
    ["get capabilities none", "pre define none", "post define success"].flatMap((step) =>
      order.map((name) => `${name} ${step}`),
    ),
  );
});

test("notifiers are called in the order of their names, those below usr/lib first", async () => {
  const { run, script, steps } = machine();
  for (const name of ["b", "9", "a", "10"]) script(`usr/lib/mdevctl/scripts.d/notifiers/${name}`, "exit 0");
  for (const name of ["z", "0"]) script(`etc/mdevctl.d/scripts.d/notifiers/${name}`, "exit 0");
  await run(...defineA);
  expect(steps()).toEqual(["10", "9", "a", "b", "0", "z"].map((name) => `${name} notify define success`));
});

test("a script may be a link, and a directory among the scripts is ignored", async () => {
  const { root, run, script, steps } = machine();
  script("opt/vendor/script", on("pre", "exit 1"));
  fs.symlinkSync(`${root}/opt/vendor/script`, `${root}/${directories[0]}/vendor`);
  fs.mkdirSync(`${root}/${directories[0]}/a-directory`);
  const { status, stderr } = await run(...defineA);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot define ${A}: callout script vendor refuses: exit status 1\n`,
  });
  expect(steps()[0]).toBe("vendor get capabilities none");
});
