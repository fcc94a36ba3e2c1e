// The cards that NVIDIA's driver has, with what is known of them. Loaded only for an overview of the host.

import type { Host } from "../../host.ts";
import { readOrWarn } from "../../log.ts";
import { missing, unless } from "../../system-error.ts";
import type { Card, UnreadyParent } from "../framework.ts";
import { isOnMdevBus } from "../mdev/active.ts";
import {
  currentTypeFile,
  driverDirectory,
  functionDirectory,
  functionsOf,
  isPciAddress,
  sysfsLimit,
} from "./active.ts";
import { describeUnready, driverOf } from "./card.ts";
import { readSizes } from "./sizes.ts";

/** See `findCards` of a framework. */
export async function findCards(host: Host): Promise<Card[]> {
  const { system, paths } = host;
  const read = () => system.readFilesBelow(driverDirectory(host), [limitFile], sysfsLimit);
  const cards = (readOrWarn(host, () => unless(missing, read)) ?? []).flatMap(({ name, inode, files }) => {
    const text = isPciAddress(name) ? files[limitFile] : undefined;
    const functionLimit = typeof text === "string" && /^\d+\n?$/.test(text) ? Number(text) : 0;
    return functionLimit > 0 ? [{ address: name, inode, functionLimit }] : [];
  });
  // Its link is made anew whenever the driver or the card is, and what the card can have may be something else then.
  const key = cards.map(({ address, inode }) => `${address} ${inode}`).join(", ");
  const sizes = cards.length === 0 ? undefined : await readSizes(host, key);
  return cards
    .sort((a, b) => (a.address < b.address ? -1 : 1))
    .map(({ address, functionLimit }) => {
      const information = `${paths.root}/proc/driver/nvidia/gpus/${address}/information`;
      const text = readOrWarn(host, () => unless(missing, () => system.readFile(information, sysfsLimit)));
      const model = /^Model:[ \t]*(.*\S)/m.exec(text ?? "")?.[1];
      const functions = readOrWarn(host, () => functionsOf(host, address)) ?? [];
      const unready = readOrWarn(host, () => findUnready(host, functions)) ?? [];
      const command = ["/usr/lib/nvidia/sriov-manage", "-e", address] as const;
      return { address, model, functions, functionLimit, sizes: sizes?.get(address) ?? [], unready, command };
    });
}

const limitFile = "sriov_totalvfs";

/** On the mdev bus they need no files. */
function findUnready(host: Host, functions: readonly string[]): UnreadyParent[] {
  return functions.flatMap((name) => {
    const directory = functionDirectory(host, name);
    if (unless(missing, () => host.system.stat(`${directory}/${currentTypeFile}`)) !== undefined) return [];
    if (isOnMdevBus(host, name)) return [];
    const driver = driverOf(host, name);
    const path = `${directory}/driver`;
    return [{ name, driver, isOwn: driver === "nvidia", path, ...describeUnready(name, driver) }];
  });
}
