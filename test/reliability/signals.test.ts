// SIGHUP, SIGINT and SIGTERM at any moment of a command with slow scripts: afterwards everything is as before or as it
// should become, and no script keeps running. Signals at each system call are in faults.test.ts.

import { setTimeout } from "node:timers/promises";
import { test } from "vitest";
import { A, B, definition, type Host, makeHost, P, T } from "./host.ts";
import { type Ended, forEach, launch, run } from "./program.ts";
import { Verdict } from "./verdict.ts";

const attributes = [{ speed: "fast" }, { mode: "shared" }];
const both = { [`${P}/${A}`]: definition(attributes), [`${P}/${B}`]: definition() };

const commands: readonly (readonly [line: string, before: Readonly<Record<string, string>>])[] = [
  [`define -u ${A} -p ${P} -t ${T} -a`, {}],
  [`define -u ${B}`, {}],
  [`modify -u ${A} --addattr speed --value slow`, both],
  [`undefine -u ${A}`, both],
  [`start -u ${A}`, both],
  [`start-parent-mdevs ${P}`, { [`${P}/${A}`]: definition(attributes) }],
  [`stop -u ${B}`, both],
  ["list --dumpjson", both],
];

/** Takes a while, and records when it ends. */
const slow = `sleep 0.1; echo "$4 $6" >> "$root/log"; [ "$6" != capabilities ]`;

function makeSlowHost(before: Readonly<Record<string, string>>): Host {
  const host = makeHost(before);
  host.activate(B);
  host.write("log", "");
  host.script("callouts", "slow", slow);
  host.script("notifiers", "slow", slow);
  return host;
}

function state(host: Host): string {
  return JSON.stringify([host.definitions(), host.device(), host.read(`sys/devices/${P}/${B}/remove`)]);
}

test.each(commands)(
  "a signal at any moment of '%s' leaves the old or the new state, and no script running",
  async (line, before) => {
    const args = line.split(" ");
    const verdict = new Verdict("a signal during a command", line);
    const model = makeSlowHost(before);
    const old = state(model);
    const started = Date.now();
    await run(model.root, args);
    const milliseconds = Date.now() - started;
    const end = state(model);

    const moments = Array.from({ length: 24 }, (_, index) => ({
      signal: (["SIGHUP", "SIGINT", "SIGTERM"] as const)[index % 3] ?? "SIGTERM",
      after: Math.round((milliseconds * (index + Math.random())) / 24),
    }));
    await forEach(
      moments,
      async ({ signal, after }) => {
        const host = makeSlowHost(before);
        const running = launch(host.root, args);
        await setTimeout(after);
        running.kill(signal);
        judge(host, await running.ended, `${signal} after ${after} ms`);
        const log = host.read("log");
        await setTimeout(300);
        if (host.read("log") !== log) verdict.lost("script keeps running", `${signal} after ${after} ms`);
        verdict.tried++;
        host.remove();
      },
      4,
    );

    function judge(host: Host, { end: how, stderr }: Ended, where: string): void {
      const now = state(host);
      if (now !== old && now !== end) verdict.lost("neither old nor new", `${where}: ${now}`);
      if (how === 0 && now !== end) verdict.lost("success reported, not done", where);
      if (typeof how === "number" && how !== 0) verdict.lost("wrong exit status", `${where}: ${how} ${stderr}`);
    }
    verdict.conclude();
  },
);
