// The cards that NVIDIA's driver has, with what is known of them. Loaded only for an overview of the host.

import type { Host } from "../../host.ts";
import { readOrWarn } from "../../log.ts";
import { missing, type SystemError, unless } from "../../system-error.ts";
import type { Card, UnreadyParent } from "../framework.ts";
import { isOnMdevBus } from "../mdev/active.ts";
import { driverOf } from "../pci.ts";
import {
  currentTypeFile,
  driverDirectory,
  functionDirectory,
  functionsOf,
  isPciAddress,
  sysfsLimit,
} from "./active.ts";
import { describeUnready } from "./card.ts";
import { readSizes } from "./sizes.ts";

/** See `findCards` of a framework. */
export async function findCards(host: Host): Promise<Card[]> {
  const { system, paths } = host;
  const read = () => system.readFilesBelow(driverDirectory(host), [limitFile, offsetFile, strideFile], sysfsLimit);
  const cards = (readOrWarn(host, () => unless(missing, read)) ?? []).flatMap(({ name, inode, files }) => {
    const functionLimit = isPciAddress(name) ? (parseNumber(files[limitFile]) ?? 0) : 0;
    const layout = { offset: parseNumber(files[offsetFile]), stride: parseNumber(files[strideFile]) };
    return functionLimit > 0 ? [{ address: name, inode, functionLimit, layout }] : [];
  });
  // Its link is made anew whenever the driver or the card is, and what the card can have may be something else then.
  const key = cards.map(({ address, inode }) => `${address} ${inode}`).join(", ");
  const sizes = cards.length === 0 ? undefined : await readSizes(host, key);
  return cards
    .sort((a, b) => (a.address < b.address ? -1 : 1))
    .map(({ address, functionLimit, layout }) => {
      const information = `${paths.root}/proc/driver/nvidia/gpus/${address}/information`;
      const text = readOrWarn(host, () => unless(missing, () => system.readFile(information, sysfsLimit)));
      const model = /^Model:[ \t]*(.*\S)/m.exec(text ?? "")?.[1];
      const functions = readOrWarn(host, () => functionsOf(host, address)) ?? [];
      const unready = readOrWarn(host, () => findUnready(host, functions)) ?? [];
      const command = ["/usr/lib/nvidia/sriov-manage", "-e", address] as const;
      // Those that are there are certain.
      const places = functions.length < functionLimit ? findPlaces(address, functionLimit, layout) : functions;
      return { address, model, functions, functionLimit, places, sizes: sizes?.get(address) ?? [], unready, command };
    });
}

const limitFile = "sriov_totalvfs";
const offsetFile = "sriov_offset";
const strideFile = "sriov_stride";

function parseNumber(text: string | SystemError | undefined): number | undefined {
  return typeof text === "string" && /^\d+\n?$/.test(text) ? Number(text) : undefined;
}

interface Layout {
  readonly offset: number | undefined;
  readonly stride: number | undefined;
}

/** Where a card says that its VFs are: so far from its own address, and from each other. See "SR-IOV" of the PCI Express standard. */
export function findPlaces(card: string, limit: number, { offset, stride }: Layout): string[] {
  const [domain = "", bus = "", device = "", number = ""] = card.split(/[:.]/);
  if (offset === undefined || stride === undefined || offset === 0) return [];
  const own = (Number.parseInt(bus, 16) << 8) | (Number.parseInt(device, 16) << 3) | Number(number);
  return Array.from({ length: limit }, (_, index) => {
    const id = own + offset + index * stride;
    const [onBus, onDevice] = [(id >> 8) & 0xff, (id >> 3) & 0x1f].map((part) => part.toString(16).padStart(2, "0"));
    return `${domain}:${onBus}:${onDevice}.${id & 7}`;
  });
}

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
