// What users give to kubectl: that it is what kubernetes/manifest.ts says, and what Kubernetes' own schemas accept. Fields that do not
// exist are found by the type check.

import { loadAll } from "js-yaml";
import { DaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { expect, test } from "vitest";
import { daemonSet, formatManifest, namespace, objects, state } from "../../kubernetes/manifest.ts";

test("kubernetes/mdevctl.yaml is current", async () => {
  await expect(formatManifest()).toMatchFileSnapshot("../../kubernetes/mdevctl.yaml");
});

test("the YAML says what the objects say", () => {
  expect(loadAll(formatManifest())).toEqual(objects);
});

test.each([
  ["namespace", () => new Namespace(namespace)],
  ["state", () => new ConfigMap(state)],
  ["daemonSet", () => new DaemonSet(daemonSet)],
])("Kubernetes' schema accepts %s", (_, create) => {
  expect(() => create().validate()).not.toThrow();
});

const { selector, template } = daemonSet.spec;

test("the selector chooses the pods that the DaemonSet makes, on the nodes that have their label", () => {
  expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  expect(template.metadata.labels).toMatchObject(template.spec.nodeSelector);
});

test("every mount has its volume, every volume its mount", () => {
  const mounted = template.spec.containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
  expect(mounted.sort()).toEqual(template.spec.volumes.map(({ name }) => name).sort());
});
