import { expect, test } from "vitest";
import { hostOf } from "../host.ts";
import { nodeSystem } from "../system/node.ts";
import type { Watch } from "../system.ts";
import { A, machine } from "../testing/machine.ts";
import { endedWatch } from "../testing/watch.ts";
import { monitor } from "./monitor.ts";

test.each([-3_600_000, 3_600_000])("the host is looked at again although the clock is set by %d ms", async (shift) => {
  const made = machine();
  let time = Date.now();
  const host = hostOf({
    ...nodeSystem(),
    environment: (name) => (name === "MDEVCTL_ENV_ROOT" ? made.root : undefined),
    currentTime: () => time,
  });
  let waits = 0;
  const next: Watch["next"] = async () => {
    waits++;
    if (waits === 1) {
      time += shift;
      made.write(`etc/mdevctl.d/mtty/${A}`, '{"mdev_type":"mtty-1","start":"manual","attrs":[]}');
    }
    // The second one asks for what has come since.
    return waits > 2 ? undefined : { inDirectories: false, messages: [], areLost: false };
  };
  const events: string[] = [];
  for await (const { event } of monitor(host, { ...endedWatch, next }, 5000)) events.push(event);
  expect(events.slice(events.indexOf("ready"))).toEqual(["ready", "defined"]);
});
