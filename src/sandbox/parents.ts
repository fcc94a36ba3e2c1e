// The parents and cards of a sandbox: how they are described, and those that a new one has. These are after drivers that there are: what
// they call their types and what these offer. Numbers are chosen so that limits are soon met, except where the driver's own limit
// is part of how it is used.

import type { Attribute } from "../device.ts";
import type { MdevType } from "./machine.ts";

export interface SandboxParent {
  /** Where it is below `sys/devices`; the last part is its name. */
  readonly path: string;
  /** What all its devices together can take of it: types are alternatives, as on a graphics card with so much memory. */
  readonly capacity: number;
  readonly types: readonly SandboxType[];
}

export interface SandboxType extends Omit<MdevType, "instances" | "files"> {
  /** What one device takes of the parent's capacity. */
  readonly size: number;
  /** The files that every device of the type has, with what they hold at first. */
  readonly attributes: readonly SandboxAttribute[];
}

/** A card whose virtual functions (VFs) become vGPUs when the number of a type is written into a file. */
export interface SandboxCard {
  /** Where it is below `sys/devices`; the last part is its PCI address. */
  readonly path: string;
  /** As the driver calls it for people. */
  readonly model: string;
  /** The addresses of its VFs. */
  readonly functions: readonly string[];
  /** In MiB, shared by its vGPUs. */
  readonly memory: number;
  readonly types: readonly CardType[];
  /** Whether vGPUs of different sizes are possible at first; otherwise the first one decides. */
  readonly mixedSizes?: boolean;
}

export interface CardType {
  readonly id: number;
  readonly name: string;
  /** In MiB. */
  readonly memory: number;
}

export interface SandboxAttribute extends Attribute {
  /** A regular expression for everything that the driver takes; without it that is anything. */
  readonly accepts?: string;
  /** The file holds all that was written, a line each, instead of the last. */
  readonly appends?: boolean;
}

const powerControl: SandboxAttribute = { name: "power/control", value: "auto", accepts: "auto|on" };

/** A processor's graphics: its memory is split into two small devices or one large one. */
const intelGraphics: SandboxParent = {
  path: "pci0000:00/0000:00:02.0",
  capacity: 2,
  types: [
    {
      name: "i915-GVTg_V5_4",
      deviceApi: "vfio-pci",
      label: "GVTg_V5_4",
      description: "low_gm_size: 128MB\nhigh_gm_size: 512MB\nfence: 4\nresolution: 1920x1200\nweight: 4",
      size: 2,
      attributes: [powerControl],
    },
    {
      name: "i915-GVTg_V5_8",
      deviceApi: "vfio-pci",
      label: "GVTg_V5_8",
      description: "low_gm_size: 64MB\nhigh_gm_size: 384MB\nfence: 4\nresolution: 1024x768\nweight: 2",
      size: 1,
      attributes: [powerControl],
    },
  ],
};

/** What a graphics card is split into; frame buffers in MiB. */
const vgpus: readonly SandboxType[] = [
  { name: "nvidia-557", label: "NVIDIA A40-1B", framebuffer: 1024, perCard: 32 },
  { name: "nvidia-558", label: "NVIDIA A40-2B", framebuffer: 2048, perCard: 24 },
  { name: "nvidia-563", label: "NVIDIA A40-8Q", framebuffer: 8192, perCard: 6 },
  { name: "nvidia-566", label: "NVIDIA A40-24Q", framebuffer: 24576, perCard: 2 },
].map(({ name, label, framebuffer, perCard }) => ({
  name,
  deviceApi: "vfio-pci",
  label,
  description: `num_heads=4, frl_config=60, framebuffer=${framebuffer}M, max_resolution=5120x2880, max_instance=${perCard}`,
  size: 1,
  attributes: [{ name: "nvidia/vgpu_params", value: "" }, powerControl],
}));

/** A card with SR-IOV: every virtual function is a parent and takes one device, of any type. */
const virtualFunctions = ["00.4", "00.5", "00.6", "00.7", "01.0", "01.1", "01.2", "01.3"].map(
  (slot): SandboxParent => ({ path: `pci0000:40/0000:40:01.1/0000:41:${slot}`, capacity: 1, types: vgpus }),
);

/** The cryptographic adapters and domains of an IBM Z machine: a device is nothing until some are assigned to it. */
const cryptoMatrix: SandboxParent = {
  path: "vfio_ap/matrix",
  capacity: 65536,
  types: [
    {
      name: "vfio_ap-passthrough",
      deviceApi: "vfio-ap",
      label: "VFIO AP Passthrough Device",
      size: 1,
      attributes: ["adapter", "domain", "control_domain"].map((what) => ({
        name: `assign_${what}`,
        value: "",
        accepts: "0x[0-9a-fA-F]{1,2}|[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5]",
        appends: true,
      })),
    },
  ],
};

/** The serial ports that the kernel's sample driver makes up. */
const serialPorts: SandboxParent = {
  path: "virtual/mtty/mtty",
  capacity: 24,
  types: [
    { name: "mtty-1", deviceApi: "vfio-pci", label: "Single port serial", size: 1, attributes: [powerControl] },
    { name: "mtty-2", deviceApi: "vfio-pci", label: "Dual port serial", size: 2, attributes: [powerControl] },
  ],
};

/** A card as it is on newer kernels, without the mdev bus. */
const graphicsCard: SandboxCard = {
  path: "pci0000:80/0000:80:02.0/0000:82:00.0",
  model: "NVIDIA L40S",
  functions: ["00.4", "00.5", "00.6", "00.7", "01.0", "01.1", "01.2", "01.3"].map((slot) => `0000:82:${slot}`),
  memory: 49152,
  types: [
    { id: 1145, name: "NVIDIA L40S-1B", memory: 1024 },
    { id: 1153, name: "NVIDIA L40S-4Q", memory: 4096 },
    { id: 1155, name: "NVIDIA L40S-8Q", memory: 8192 },
    { id: 1163, name: "NVIDIA L40S-8A", memory: 8192 },
    { id: 1158, name: "NVIDIA L40S-24Q", memory: 24576 },
    { id: 1159, name: "NVIDIA L40S-48Q", memory: 49152 },
  ],
};

export const sandboxCards: readonly SandboxCard[] = [graphicsCard];

export const sandboxParents: readonly SandboxParent[] = [intelGraphics, ...virtualFunctions, cryptoMatrix, serialPorts];
