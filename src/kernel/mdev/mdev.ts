// The kernel's mdev bus as a framework. See the kernel's Documentation/driver-api/vfio-mediated-device.rst.

import type { Framework } from "../framework.ts";
import { devicesDirectory, findActiveMdevs, findMdevTypes, isOnMdevBus } from "./active.ts";
import { describeMdevAttachment } from "./attachment.ts";
import { createMdev, explainMdevRefusal, removeMdev } from "./changes.ts";
import { findCard, findDriver, findMdevParents, isMdevType, parentNames, resolveMdevType } from "./types.ts";

export const mdev: Framework = {
  name: "mdev",
  patience: { person: 0, automatic: 3100 },
  hasParent: isOnMdevBus,
  isReady: () => true,
  parentsOf: () => [],
  cardOf: findCard,
  driverOf: findDriver,
  findCards: async () => [],
  isChanging: () => false,
  explainAbsence: () => undefined,
  resolveType: resolveMdevType,
  hasType: isMdevType,
  parentNames,
  findParents: findMdevParents,
  findActive: findActiveMdevs,
  findActiveTypes: findMdevTypes,
  directory: (host, { uuid }) => `${devicesDirectory(host)}/${uuid}`,
  describeAttachment: describeMdevAttachment,
  create: createMdev,
  remove: removeMdev,
  explainRefusal: explainMdevRefusal,
};
