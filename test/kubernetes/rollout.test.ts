// What happens on the nodes of a cluster when the ConfigMap changes, and to pods that end.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { state } from "../../kubernetes/manifest.ts";
import { type Changes, createNode, type Node, type Pod, waitFor } from "./node.ts";

const small = state.data["state.yaml"];
const large = small.replace("L40S-8Q, count: 4", "L40S-24Q, count: 2");

const started: { pods: Pod[]; vms: ReturnType<Node["startVm"]>[] } = { pods: [], vms: [] };

afterEach(async () => {
  for (const vm of started.vms.splice(0)) vm.end();
  for (const pod of started.pods.splice(0)) await pod.end("KILL");
});

function deliver(node: Node, text: string): void {
  node.deliver("state", { "state.yaml": text });
}

function startPod(node: Node, changes?: Changes): Pod {
  const pod = node.startPod(changes);
  started.pods.push(pod);
  return pod;
}

/** A node whose card is as the manifest's example says. */
async function startNode(name: string, changes?: Changes): Promise<{ node: Node; pod: Pod }> {
  const node = createNode(name);
  deliver(node, small);
  const pod = startPod(node, changes);
  await waitFor(
    () => pod.probe(),
    ({ status }) => status === 0,
  );
  return { node, pod };
}

function startVm(node: Node, parent: string) {
  const vm = node.startVm(parent);
  started.vms.push(vm);
  return vm;
}

const typesOf = (node: Node) => node.list().map((line) => line.split(" ")[2]);

test("a changed ConfigMap is rolled out to four nodes, and one keeps the device that a virtual machine uses", async () => {
  const nodes = await Promise.all(["gpu-1", "gpu-2", "gpu-3", "gpu-4"].map((name) => startNode(name)));
  for (const { node } of nodes) expect(typesOf(node)).toEqual(Array(4).fill("nvidia-1155"));
  const [used, ...others] = nodes.toReversed();
  if (used === undefined) throw new Error("there are no nodes");
  const vm = startVm(used.node, "0000:82:00.5");
  const before = used.node.list().find((line) => line.includes("0000:82:00.5"));

  for (const { node } of nodes) deliver(node, large);

  for (const { node, pod } of others) {
    await waitFor(
      () => typesOf(node),
      (types) => types.join() === "nvidia-1158,nvidia-1158",
    );
    expect(pod.probe()).toMatchObject({ status: 0 });
  }
  const { output } = await waitFor(
    () => used.pod.probe(),
    ({ status, output }) => status === 4 && !output.includes("- "),
  );
  expect(output).toMatch(new RegExp(`82:00.5 +cannot stop: .* process ${vm.pid} \\(sleep\\) uses it`));
  expect(used.pod.output()).toContain(`process ${vm.pid} (sleep) uses it`);
  expect(used.node.list()).toEqual([before]);

  vm.end();
  await waitFor(
    () => used.pod.probe(),
    ({ status }) => status === 0,
  );
  expect(typesOf(used.node)).toEqual(["nvidia-1158", "nvidia-1158"]);
});

test("a mistake in the ConfigMap is said by the pod and by its probe, and the devices stay", async () => {
  const { node, pod } = await startNode("gpu-1");
  const before = node.list();
  deliver(node, small.replace("count", "cuont"));
  const said = "/state/state.yaml:5:25: there is no field 'cuont'";
  await waitFor(pod.output, (output) => output.includes(said));
  expect(pod.probe()).toMatchObject({ status: 2, output: expect.stringContaining(said) });
  expect(node.list()).toEqual(before);
  deliver(node, small.replace("count: 4", "count: 3"));
  await waitFor(
    () => node.list().length,
    (length) => length === 3,
  );
});

test("groups for a node and for the label of the pod are for this one", async () => {
  const node = createNode("gpu-7");
  deliver(node, small.replace("card:", "when: {host: gpu-7, label: {vgpu-pool: l40s}}\n    card:"));
  startPod(node);
  await waitFor(
    () => node.list().length,
    (length) => length === 4,
  );
});

test("definitions, claims and the way back are on the disk of the node", async () => {
  const { node } = await startNode("gpu-1");
  expect(readdirSync(join(node.disk, "etc/mdevctl.d"))).toHaveLength(4);
  expect(readdirSync(join(node.disk, "run/mdevctl"))).toContain("0000:82:00.0");
  expect(readdirSync(join(node.disk, "var/lib/mdevctl")).filter((name) => name.endsWith(".yaml"))).toHaveLength(1);
});

test("metrics are where the node's node_exporter looks", async () => {
  const { node } = await startNode("gpu-1");
  const path = join(node.disk, "var/lib/prometheus/node-exporter/mdevctl.prom");
  await waitFor(
    () => (existsSync(path) ? readFileSync(path, "utf8") : ""),
    (text) => text.includes('state="active"} 4') && text.includes("mdevctl_plan_changes 0"),
  );
});

test.each([
  ["among the processes of the node", true],
  ["as the first process of its own", false],
])("SIGTERM ends it, %s", async (_, hostPID) => {
  const { node, pod } = await startNode("gpu-1", { hostPID });
  expect(await pod.end("TERM")).toBe(0);
  expect(node.list()).toHaveLength(4);
});

test("a pod that is killed while it applies leaves the rest to the next one", async () => {
  const { node, pod } = await startNode("gpu-1");
  for (let round = 0; round < 3; round++) {
    const [text, count] = round % 2 === 0 ? [large, 2] : [small, 4];
    const before = node.list().join("\n");
    const victim = round === 0 ? pod : startPod(node);
    deliver(node, text);
    await waitFor(
      () => node.list().join("\n"),
      (now) => now !== before,
    );
    await victim.end("KILL");
    const next = startPod(node);
    await waitFor(
      () => next.probe(),
      ({ status }) => status === 0,
    );
    expect(node.list()).toHaveLength(count);
    await next.end("TERM");
  }
});

describe("what the manifest asks for is needed:", () => {
  test.each<[what: string, changes: Changes]>([
    ["DAC_READ_SEARCH", { capabilities: ["SYS_PTRACE"] }],
    ["SYS_PTRACE", { capabilities: ["DAC_READ_SEARCH"] }],
    ["hostPID", { hostPID: false }],
  ])("without %s nobody knows which virtual machine uses a device, and it is kept", async (_, changes) => {
    const { node, pod } = await startNode("gpu-1", changes);
    node.makeNodeDevice("0000:82:00.5");
    const vm = startVm(node, "0000:82:00.5");
    const before = node.list().find((line) => line.includes("0000:82:00.5"));
    deliver(node, large);
    const { output } = await waitFor(
      () => pod.probe(),
      ({ status, output }) => status === 4 && !output.includes("- "),
    );
    expect(output).toMatch(/82:00\.5 +cannot stop: .* nobody can tell from here whether a process uses it/);
    expect(output).not.toContain(String(vm.pid));
    expect(node.list()).toEqual([before]);
  });
});
