import { expect, test } from "vitest";
import type { Device } from "../device.ts";
import { hostOf } from "../host.ts";
import { simulateKernel } from "../sandbox/simulate.ts";
import { nodeSystem } from "../system/node.ts";
import { A, B, machine } from "../testing/machine.ts";
import { findActive, findActiveDevice, isActive } from "./active.ts";
import { findParents, frameworkOf, frameworks, parentNames } from "./frameworks.ts";

test("the frameworks together have the devices and parents of each", async () => {
  const { root } = machine();
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? root : undefined);
  const host = hostOf(simulateKernel({ ...nodeSystem(), environment }, root));
  const device = (uuid: string, parent: string, type: string): Device => ({
    ...{ uuid, parent, type },
    start: "manual",
    attributes: [],
  });
  const [crypto, serial] = [device(A, "matrix", "vfio_ap-passthrough"), device(B, "mtty", "mtty-1")];
  for (const each of [crypto, serial]) await frameworkOf(host, each.parent).create(host, each);

  expect(findActive(host, {})).toEqual(frameworks.flatMap((framework) => framework.findActive(host, {})));
  expect([...findParents(host)]).toEqual(frameworks.flatMap((framework) => [...framework.findParents(host)]));
  expect(parentNames(host)).toEqual(frameworks.flatMap((framework) => framework.parentNames(host)));
  expect(Array.from(findParents(host, "mtty"), ({ name }) => name)).toEqual(["mtty"]);
  expect(findActiveDevice(host, B)).toEqual({ uuid: B, parent: "mtty", type: "mtty-1" });
  expect([isActive(host, crypto), isActive(host, { ...crypto, parent: "mtty" })]).toEqual([true, false]);
});
