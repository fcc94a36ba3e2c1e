// NVIDIA's driver on kernels where it has no mdev bus, from Linux 6.8 on, as a framework: the virtual functions (VFs) of a card are
// parents, and each can be one vGPU. NVIDIA's vGPU documentation calls it the vendor-specific VFIO framework.

import type { Framework } from "../framework.ts";
import { driverOf } from "../pci.ts";
import { findActiveVgpus, findVgpuTypes, functionDirectory, functionsOf } from "./active.ts";
import { describeVfAttachment } from "./attachment.ts";
import { cardOf, explainAbsence, isChanging } from "./card.ts";
import { createVgpu, explainVgpuRefusal, findStaleClaims, removeVgpu } from "./changes.ts";
import { logs } from "./logs.ts";
import { findVfParents, isVfParent, isVfReady, isVfType, resolveVfType, vfNames } from "./types.ts";

export const nvidiaVf: Framework = {
  name: "nvidia-vf",
  keepsTypeNames: true,
  // A VF's directory is that of a PCI function, where others can do harm.
  attributeNames: ["nvidia/vgpu_params", "nvidia/placement_id", "nvidia/gpu_instance_id"],
  patience: { person: 5000, automatic: 60000 },
  hasParent: isVfParent,
  isReady: isVfReady,
  parentsOf: (host, card) => functionsOf(host, card).filter((name) => isVfParent(host, name)),
  cardOf,
  driverOf,
  findCards: async (host) => (await import("./overview.ts")).findCards(host),
  isChanging,
  explainAbsence,
  hasType: isVfType,
  resolveType: resolveVfType,
  parentNames: vfNames,
  findParents: findVfParents,
  findActive: findActiveVgpus,
  findActiveTypes: findVgpuTypes,
  create: createVgpu,
  directory: (host, { parent }) => functionDirectory(host, parent),
  describeAttachment: describeVfAttachment,
  remove: removeVgpu,
  explainRefusal: explainVgpuRefusal,
  findStaleClaims,
  loadSetup: async () => (await import("./setup.ts")).setup,
  logs,
  libvirt: [9, 7],
};
