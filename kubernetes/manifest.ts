// What Kubernetes is asked for, as typed objects: mdevctl.yaml is made of them, by test/kubernetes/manifest.test.ts. The reasons stand
// here and in docs/kubernetes.md, because the generated file has no comments.

import { dump } from "js-yaml";
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { IVolume } from "kubernetes-models/v1/Volume";
import { version } from "../src/version.ts";

const name = "mdevctl";
/** By this label nodes are chosen; the pods have it as well, because a pod is not told the labels of its node. */
const pool = { "vgpu-pool": "l40s" };

const namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  // A pod with directories of the host is refused by every other level.
  metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
} satisfies INamespace;

const state = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "mdevctl-state", namespace: name },
  data: {
    "state.yaml": `version: 1
groups:
  - card: {id: "10de:26b9"}
    devices:
      - {type: L40S-8Q, count: 4}
`,
  },
} satisfies IConfigMap;

/** For the container and its probe alike. Of the cards in the file, the file says everything; others are never touched. */
const about = ["--prune", "--labels-file", "/podinfo/labels", "/state"];

const container = {
  name,
  image: `mdevctl:${version}`,
  command: [
    "/usr/sbin/mdevctl",
    "apply",
    "--watch",
    "--interval",
    "10",
    "--metrics",
    "/metrics/mdevctl.prom",
    ...about,
  ],
  // Not --host $(NODE): that has no value in the command line of a probe.
  env: [{ name: "MDEVCTL_HOST", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
  // Ready means that the node is as the file says. What is in the way stands in the event of the failed probe.
  readinessProbe: {
    exec: { command: ["/usr/sbin/mdevctl", "plan", "--detailed-exitcode", ...about] },
    periodSeconds: 10,
    timeoutSeconds: 10,
    failureThreshold: 1,
  },
  securityContext: {
    runAsUser: 0,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    // What virtual machines have open is in directories of /proc that are theirs alone (DAC_READ_SEARCH), and shows to those who
    // might trace them (SYS_PTRACE). To write to sysfs, root needs no capability.
    capabilities: { drop: ["ALL"], add: ["DAC_READ_SEARCH", "SYS_PTRACE"] },
    seccompProfile: { type: "RuntimeDefault" },
    // The usual profiles refuse to write to sysfs and to look at processes of others.
    appArmorProfile: { type: "Unconfined" },
    seLinuxOptions: { type: "spc_t" },
  },
  // It took 3 MiB with six devices. No limit for the processor: a slow step keeps others waiting.
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "128Mi" } },
  volumeMounts: [
    { name: "state", mountPath: "/state", readOnly: true },
    { name: "podinfo", mountPath: "/podinfo", readOnly: true },
    { name: "sys", mountPath: "/sys" },
    { name: "definitions", mountPath: "/etc/mdevctl.d" },
    { name: "claims", mountPath: "/run/mdevctl" },
    { name: "before", mountPath: "/var/lib/mdevctl" },
    { name: "metrics", mountPath: "/metrics" },
  ],
} satisfies IContainer;

const volumes = [
  { name: "state", configMap: { name: "mdevctl-state" } },
  { name: "podinfo", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
  // Devices are made by writing to it.
  { name: "sys", hostPath: { path: "/sys", type: "Directory" } },
  // The host's own mdevctl, its udev rules and we see the same definitions, and wait for each other by locks on these.
  { name: "definitions", hostPath: { path: "/etc/mdevctl.d", type: "DirectoryOrCreate" } },
  { name: "claims", hostPath: { path: "/run/mdevctl", type: "DirectoryOrCreate" } },
  // What the host had before; the way back.
  { name: "before", hostPath: { path: "/var/lib/mdevctl", type: "DirectoryOrCreate" } },
  // Where Debian's node_exporter looks; others have a directory of their own, named by --collector.textfile.directory.
  { name: "metrics", hostPath: { path: "/var/lib/prometheus/node-exporter", type: "DirectoryOrCreate" } },
] satisfies IVolume[];

const daemonSet = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name, namespace: name },
  spec: {
    selector: { matchLabels: { app: name, ...pool } },
    // One node after another, and no further while one of them is not as the file says.
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    template: {
      metadata: { labels: { app: name, ...pool } },
      spec: {
        nodeSelector: pool,
        tolerations: [{ operator: "Exists" }],
        priorityClassName: "system-node-critical",
        // It asks the API server for nothing.
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        // A virtual machine that has a device open can only be seen from where all processes are.
        hostPID: true,
        // It ends between two devices, and a driver may take its time for one.
        terminationGracePeriodSeconds: 120,
        containers: [container],
        volumes,
      },
    },
  },
} satisfies IDaemonSet;

/** In the order of the file. */
export const objects = [namespace, state, daemonSet];

export { container, daemonSet, namespace, state };

export function formatManifest(): string {
  const header = "# Generated from manifest.ts, where the reasons are; see also docs/kubernetes.md.\n";
  return header + objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join("---\n");
}
