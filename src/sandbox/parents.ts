// The parents that a new sandbox has, after drivers that there are: what they call their types and what these offer. Numbers
// are chosen so that limits are soon met, except where the driver's own limit is part of how it is used.

import type { SandboxAttribute, SandboxParent, SandboxType } from "./tree.ts";

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

/** A graphics card with SR-IOV: every virtual function is a parent and takes one device, of any type. */
const virtualFunctions = ["00.4", "00.5", "00.6", "00.7", "01.0", "01.1", "01.2", "01.3"].map(
  (slot): SandboxParent => ({
    path: `pci0000:40/0000:40:01.1/0000:41:${slot}`,
    capacity: 1,
    types: [
      vgpuType({ name: "nvidia-557", label: "NVIDIA A40-1B", framebuffer: 1024, perCard: 32 }),
      vgpuType({ name: "nvidia-558", label: "NVIDIA A40-2B", framebuffer: 2048, perCard: 24 }),
      vgpuType({ name: "nvidia-563", label: "NVIDIA A40-8Q", framebuffer: 8192, perCard: 6 }),
      vgpuType({ name: "nvidia-566", label: "NVIDIA A40-24Q", framebuffer: 24576, perCard: 2 }),
    ],
  }),
);

interface Vgpu {
  readonly name: string;
  readonly label: string;
  /** In MiB. */
  readonly framebuffer: number;
  readonly perCard: number;
}

function vgpuType({ name, label, framebuffer, perCard }: Vgpu): SandboxType {
  return {
    name,
    deviceApi: "vfio-pci",
    label,
    description: `num_heads=4, frl_config=60, framebuffer=${framebuffer}M, max_resolution=5120x2880, max_instance=${perCard}`,
    size: 1,
    attributes: [{ name: "nvidia/vgpu_params", value: "" }, powerControl],
  };
}

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

export const sandboxParents: readonly SandboxParent[] = [intelGraphics, ...virtualFunctions, cryptoMatrix, serialPorts];
