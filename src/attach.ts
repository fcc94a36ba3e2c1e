// How a device is given to a virtual machine, as text that is pasted as it is: for libvirt, QEMU, OpenStack's nova and KubeVirt.
// Sources: libvirt's formatdomain, nova's administration guide and configuration reference, KubeVirt's user guide, and where
// these are silent, how KubeVirt compares the names of types.

import { joinNames } from "./english.ts";
import { UserError } from "./errors.ts";
import { escapeControls } from "./escape.ts";
import { isPciAddress } from "./kernel/active.ts";
import type { Attachment, MdevAttachment, PciAttachment } from "./kernel/framework.ts";
import { withoutVendor } from "./kernel/type-names.ts";

export const targets = ["libvirt", "qemu", "nova", "kubevirt"] as const;
export type Target = (typeof targets)[number];

export interface AttachmentOptions {
  /** Whether the virtual machine shows the device on its screen. */
  readonly display?: boolean;
}

/** Complete lines. Throws a UserError if the device cannot be taken in this way; only libvirt has options. */
export function formatAttachment(attachment: Attachment, target: Target, options: AttachmentOptions = {}): string {
  switch (target) {
    case "libvirt":
      return formatForLibvirt(attachment, options);
    case "qemu":
      return formatForQemu(attachment);
    case "nova":
      return attachment.kind === "mdev" ? formatMdevForNova(attachment) : formatVfForNova(attachment);
    case "kubevirt":
      return attachment.kind === "mdev" ? formatMdevForKubevirt(attachment) : formatVfForKubevirt(attachment);
  }
}

function formatForLibvirt(attachment: Attachment, { display = false }: AttachmentOptions): string {
  const { kind, uuid } = attachment;
  const model = kind === "mdev" ? modelOf(attachment, "libvirt", models) : undefined;
  if (display && model !== "vfio-pci") {
    throw new UserError(
      `cannot attach ${uuid} with a display: only mediated devices with the device API vfio-pci have one`,
    );
  }
  if (kind === "mdev") {
    const shown = display ? " display='on'" : "";
    return formatHostdev(`type='mdev' model='${model}' managed='no'${shown}`, `uuid='${uuid}'`);
  }
  const [domain, bus, slot, number] = attachment.address.split(/[:.]/);
  const place = `domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${number}'`;
  return `<!-- needs libvirt 9.7 or newer -->\n${formatHostdev("type='pci' managed='no'", place)}`;
}

function formatHostdev(attributes: string, address: string): string {
  return `<hostdev mode='subsystem' ${attributes}>
  <source>
    <address ${address}/>
  </source>
</hostdev>
`;
}

function formatForQemu(attachment: Attachment): string {
  if (attachment.kind === "pci") return `-device vfio-pci,sysfsdev=/sys/bus/pci/devices/${attachment.address}\n`;
  const model = modelOf(attachment, "QEMU", models);
  return `-device ${model},sysfsdev=/sys/bus/mdev/devices/${attachment.uuid}\n`;
}

function formatMdevForNova({ uuid, parent, type, typeName }: MdevAttachment): string {
  if (!isPciAddress(parent)) {
    throw new UserError(`cannot attach ${uuid}: nova takes only devices of PCI devices, and ${parent} is none`);
  }
  return `[devices]
enabled_mdev_types = ${escapeControls(type)}

[mdev_${escapeControls(type)}]
device_addresses = ${parent}
mdev_class = ${resourceClassOf(typeName ?? type)}
`;
}

function formatVfForNova(attachment: PciAttachment): string {
  const { address, type, typeName } = attachment;
  const { vendor, product } = pciIdOf(attachment);
  const fields = {
    vendor_id: vendor,
    product_id: product,
    address,
    resource_class: resourceClassOf(typeName ?? type),
    managed: "no",
  };
  const text = Object.entries(fields).map(([name, value]) => `"${name}": "${value}"`);
  return `[pci]\ndevice_spec = {${text.join(", ")}}\n`;
}

/** As nova normalizes such names; without the vendor, because that is how people call the types. */
function resourceClassOf(typeName: string): string {
  const name = withoutVendor(typeName).toUpperCase();
  return `CUSTOM_${name.replace(/[^A-Z0-9_]+/g, "_")}`;
}

/** KubeVirt compares what the driver calls the type, or the type itself where the driver does not call it anything. */
function formatMdevForKubevirt(attachment: MdevAttachment): string {
  const { type, typeName } = attachment;
  modelOf(attachment, "KubeVirt", ["vfio-pci"]);
  return `permittedHostDevices:
  mediatedDevices:
    - mdevNameSelector: ${JSON.stringify(typeName ?? type)}
      resourceName: "${resourceNameOf(attachment)}"
`;
}

function formatVfForKubevirt(attachment: PciAttachment): string {
  const { vendor, product } = pciIdOf(attachment);
  return `# All virtual functions of a card have this PCI id, so Kubernetes cannot tell their types apart:
# use a single type for all that have it on a node.
permittedHostDevices:
  pciHostDevices:
    - pciVendorSelector: "${`${vendor}:${product}`.toUpperCase()}"
      resourceName: "${resourceNameOf(attachment)}"
`;
}

/** By what the name of a type begins with, which is its driver. */
const domains: ReadonlyMap<string, string> = new Map([
  ["i915", "intel.com"],
  ["nvidia", "nvidia.com"],
]);

/** As vendors name their devices in Kubernetes: 63 letters, digits and `-_.` below a domain. */
function resourceNameOf({ type, typeName }: Attachment): string {
  const name = (typeName ?? type).replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 63);
  const domain = domains.get(type.split("-")[0] ?? "") ?? "example.com";
  return `${domain}/${name.replace(/^[._-]+|[._-]+$/g, "")}`;
}

/** What libvirt and QEMU know. */
const models = ["vfio-pci", "vfio-ap", "vfio-ccw"];

/** Throws a UserError if the device's API is none of these. */
function modelOf({ uuid, parent, type, deviceApi }: MdevAttachment, taker: string, known: readonly string[]): string {
  if (deviceApi === undefined) {
    throw new UserError(
      `cannot attach ${uuid}: the device API of ${type} is unknown`,
      `'mdevctl types --parent ${parent}' shows the types that there are.`,
    );
  }
  if (known.includes(deviceApi)) return deviceApi;
  throw new UserError(
    `cannot attach ${uuid}: ${taker} takes devices with the device API ${joinNames(known, "or")}, and its is ${deviceApi}`,
  );
}

function pciIdOf({ uuid, address, vendor, product }: PciAttachment): { vendor: string; product: string } {
  if (vendor !== undefined && product !== undefined) return { vendor, product };
  throw new UserError(`cannot attach ${uuid}: the PCI id of ${address} is unknown`);
}
