// Many commands at once: no change is lost, and readers see only whole definitions. $MDEVCTL_WRITERS_SECONDS shortens
// the long run.

import * as fs from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { A, B, C, definition, makeHost, P, T } from "./host.ts";
import { isOurs, run } from "./program.ts";
import { Verdict } from "./verdict.ts";

test("64 commands at once add an attribute each to one definition, and all 64 are there afterwards", async () => {
  const verdict = new Verdict("64 commands add an attribute at once");
  const host = makeHost({ [`${P}/${A}`]: definition() });
  const numbers = Array.from({ length: 64 }, (_, index) => String(index));
  const ends = await Promise.all(
    numbers.map((value) => run(host.root, ["modify", "-u", A, "--addattr", "n", "--value", value])),
  );
  verdict.tried = 64;
  for (const { end, stderr } of ends) if (end !== 0) verdict.lost("command fails", stderr);
  const { attrs } = configurationIn(host.read(`etc/mdevctl.d/${P}/${A}`));
  const values = new Set(attrs.map((attribute) => attribute.n));
  for (const value of numbers) if (!values.has(value)) verdict.lost("attribute lost", value);
  verdict.conclude();
});

test("32 commands at once define one device: one succeeds, and 31 say that it is defined", async () => {
  const verdict = new Verdict("32 commands define one device at once");
  const host = makeHost();
  const ends = await Promise.all(
    Array.from({ length: 32 }, (_, index) => run(host.root, ["define", "-u", A, "-p", P, "-t", `type-${index}`])),
  );
  verdict.tried = 32;
  const winners = ends.flatMap(({ end }, index) => (end === 0 ? [`type-${index}`] : []));
  for (const type of winners.slice(1)) verdict.lost("success reported, not done", type);
  if (isOurs) {
    expect(winners).toHaveLength(1);
    expect(configurationIn(host.read(`etc/mdevctl.d/${P}/${A}`)).mdev_type).toBe(winners[0]);
    for (const { end, stderr } of ends.filter(({ end: status }) => status !== 0)) {
      expect([end, stderr]).toEqual([1, expect.stringContaining(`it is defined under ${P} already`)]);
    }
  }
  verdict.conclude();
});

test("while definitions are created, changed and removed, readers see only whole ones", async () => {
  const seconds = Number(process.env.MDEVCTL_WRITERS_SECONDS ?? 20);
  const verdict = new Verdict("a reader alongside three writers");
  const host = makeHost({ [`${P}/${A}`]: definition(), [`${P}/${B}`]: definition() });
  const until = Date.now() + seconds * 1000;
  const whileTime = async (work: () => Promise<void>) => {
    while (Date.now() < until) await work();
  };
  let writes = 0;
  const write = async (...args: string[]) => {
    writes++;
    const { end, stderr } = await run(host.root, args);
    if (end !== 0) verdict.lost("command fails", stderr);
  };
  const change = (uuid: string, value: string) => async () => {
    await write("modify", "-u", uuid, "--addattr", "name", "--value", value);
    await write("modify", "-u", uuid, "--delattr");
  };
  async function defineAndUndefine() {
    await write("define", "-u", C, "-p", P, "-t", T);
    await write("undefine", "-u", C);
  }
  async function list() {
    verdict.tried++;
    const { end, stdout, stderr } = await run(host.root, ["list", "-d", "--dumpjson"]);
    if (end !== 0 || stderr !== "" || !(stdout.includes(A) && stdout.includes(B))) {
      verdict.lost("broken listing", `end ${end}: ${stderr}${stdout}`);
    }
  }
  /** Reads the files themselves, as a configuration manager does. */
  async function look() {
    for (let at = 0; at < 100; at++) {
      verdict.tried++;
      const text = fs.readFileSync(`${host.root}/etc/mdevctl.d/${P}/${at % 2 === 0 ? A : B}`, "utf8");
      if (configurationIn(text).mdev_type !== T) verdict.lost("broken file", text);
    }
    await setTimeout(5);
  }
  const long = "x".repeat(20_000);
  await Promise.all([change(A, long), change(B, "short"), defineAndUndefine, list, list, look].map(whileTime));
  console.log(`${writes} changes`);
  expect(writes).toBeGreaterThan(0);
  verdict.conclude();
});

function configurationIn(text: string): { mdev_type?: string; attrs: Record<string, string>[] } {
  try {
    return JSON.parse(text);
  } catch {
    return { attrs: [] };
  }
}
