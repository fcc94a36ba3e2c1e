import { expect, test } from "vitest";
import { formatAttachment, type Target } from "./attach.ts";
import type { Attachment, MdevAttachment, PciAttachment } from "./kernel/framework.ts";
import { A } from "./testing/machine.ts";

const mdev: MdevAttachment = {
  kind: "mdev",
  uuid: A,
  parent: "0000:41:00.4",
  type: "nvidia-558",
  typeName: "NVIDIA A40-2B",
  deviceApi: "vfio-pci",
};
const crypto: MdevAttachment = {
  ...mdev,
  parent: "matrix",
  type: "vfio_ap-passthrough",
  typeName: undefined,
  deviceApi: "vfio-ap",
};
const disk: MdevAttachment = { ...mdev, parent: "0.0.26ab", type: "vfio_ccw-io", deviceApi: "vfio-ccw" };
const vf: PciAttachment = {
  kind: "pci",
  uuid: A,
  address: "00a1:82:0f.4",
  vendor: "10de",
  product: "26b9",
  type: "nvidia-1155",
  typeName: "NVIDIA L40S-8Q",
};

test.each<[string, Attachment, string]>([
  [
    "a mediated device",
    mdev,
    `<hostdev mode='subsystem' type='mdev' model='vfio-pci' managed='no'>
  <source>
    <address uuid='${A}'/>
  </source>
</hostdev>
`,
  ],
  [
    "cryptographic adapters",
    crypto,
    `<hostdev mode='subsystem' type='mdev' model='vfio-ap' managed='no'>
  <source>
    <address uuid='${A}'/>
  </source>
</hostdev>
`,
  ],
  [
    "a channel device",
    disk,
    `<hostdev mode='subsystem' type='mdev' model='vfio-ccw' managed='no'>
  <source>
    <address uuid='${A}'/>
  </source>
</hostdev>
`,
  ],
  [
    "a virtual function",
    vf,
    `<!-- needs libvirt 9.7 or newer -->
<hostdev mode='subsystem' type='pci' managed='no'>
  <source>
    <address domain='0x00a1' bus='0x82' slot='0x0f' function='0x4'/>
  </source>
</hostdev>
`,
  ],
])("libvirt takes %s as an element", (_what, attachment, text) => {
  expect(formatAttachment(attachment, "libvirt")).toBe(text);
});

test("libvirt can show a mediated device on the screen of the virtual machine", () => {
  expect(formatAttachment(mdev, "libvirt", { display: true })).toContain(
    "<hostdev mode='subsystem' type='mdev' model='vfio-pci' managed='no' display='on'>\n",
  );
});

test.each([
  ["cryptographic adapters", crypto],
  ["a virtual function", vf],
])("%s cannot be shown on a screen", (_what, attachment) => {
  expect(() => formatAttachment(attachment, "libvirt", { display: true })).toThrow(
    `cannot attach ${A} with a display: only mediated devices with the device API vfio-pci have one`,
  );
});

test.each<[string, Attachment, string]>([
  ["a mediated device", mdev, `-device vfio-pci,sysfsdev=/sys/bus/mdev/devices/${A}\n`],
  ["cryptographic adapters", crypto, `-device vfio-ap,sysfsdev=/sys/bus/mdev/devices/${A}\n`],
  ["a channel device", disk, `-device vfio-ccw,sysfsdev=/sys/bus/mdev/devices/${A}\n`],
  ["a virtual function", vf, "-device vfio-pci,sysfsdev=/sys/bus/pci/devices/00a1:82:0f.4\n"],
])("QEMU takes %s as an option", (_what, attachment, text) => {
  expect(formatAttachment(attachment, "qemu")).toBe(text);
});

const [novaMdev, novaVf] = [
  (type: string, resource: string) => `[devices]
enabled_mdev_types = ${type}

[mdev_${type}]
device_addresses = 0000:41:00.4
mdev_class = CUSTOM_${resource}
`,
  (resource: string) => `[pci]
device_spec = {"vendor_id": "10de", "product_id": "26b9", "address": "00a1:82:0f.4", "resource_class": "CUSTOM_${resource}", "managed": "no"}
`,
];

test.each<[string, Attachment, string]>([
  ["a mediated device", mdev, novaMdev("nvidia-558", "A40_2B")],
  [
    "one of a type that has another vendor's name",
    { ...mdev, type: "i915-GVTg_V5_4", typeName: "GVTg_V5_4" },
    novaMdev("i915-GVTg_V5_4", "GVTG_V5_4"),
  ],
  ["one of a type without a name", { ...mdev, typeName: undefined }, novaMdev("nvidia-558", "NVIDIA_558")],
  ["a virtual function", vf, novaVf("L40S_8Q")],
  [
    "one of a type with spaces in its name",
    { ...vf, typeName: "NVIDIA RTX Pro 6000 Blackwell DC-3Q" },
    novaVf("RTX_PRO_6000_BLACKWELL_DC_3Q"),
  ],
  ["one of a type whose name is unknown", { ...vf, typeName: undefined }, novaVf("NVIDIA_1155")],
])("nova is configured for %s", (_what, attachment, text) => {
  expect(formatAttachment(attachment, "nova")).toBe(text);
});

const kubevirtMdev = (selector: string, resource: string) => `permittedHostDevices:
  mediatedDevices:
    - mdevNameSelector: ${selector}
      resourceName: "${resource}"
`;
const kubevirtVf = (
  resource: string,
) => `# All virtual functions of a card have this PCI id, so Kubernetes cannot tell their types apart:
# use a single type for all that have it on a node.
permittedHostDevices:
  pciHostDevices:
    - pciVendorSelector: "10DE:26B9"
      resourceName: "${resource}"
`;

test.each<[string, Attachment, string]>([
  ["a mediated device", mdev, kubevirtMdev('"NVIDIA A40-2B"', "nvidia.com/NVIDIA_A40-2B")],
  [
    "one of another vendor",
    { ...mdev, type: "i915-GVTg_V5_4", typeName: "GVTg_V5_4" },
    kubevirtMdev('"GVTg_V5_4"', "intel.com/GVTg_V5_4"),
  ],
  [
    "one of a type without a name",
    { ...mdev, type: "mtty-2", typeName: undefined },
    kubevirtMdev('"mtty-2"', "example.com/mtty-2"),
  ],
  [
    "one of a type whose name needs quotes",
    { ...mdev, typeName: '(the "best": #1)\n' },
    kubevirtMdev(String.raw`"(the \"best\": #1)\n"`, "nvidia.com/the_best_1"),
  ],
  ["a virtual function", vf, kubevirtVf("nvidia.com/NVIDIA_L40S-8Q")],
  ["one of a type whose name is unknown", { ...vf, typeName: undefined }, kubevirtVf("nvidia.com/nvidia-1155")],
])("KubeVirt is configured for %s", (_what, attachment, text) => {
  expect(formatAttachment(attachment, "kubevirt")).toBe(text);
});

test.each<[Target, string, Attachment, string]>([
  [
    "libvirt",
    "of a type that is not there",
    { ...mdev, deviceApi: undefined },
    "the device API of nvidia-558 is unknown",
  ],
  ["qemu", "of a type that is not there", { ...mdev, deviceApi: undefined }, "the device API of nvidia-558 is unknown"],
  [
    "libvirt",
    "with an API that it does not know",
    { ...mdev, deviceApi: "vfio-cdx" },
    "libvirt takes devices with the device API vfio-pci, vfio-ap or vfio-ccw, and its is vfio-cdx",
  ],
  [
    "qemu",
    "with an API that it does not know",
    { ...mdev, deviceApi: "vfio-cdx" },
    "QEMU takes devices with the device API vfio-pci, vfio-ap or vfio-ccw, and its is vfio-cdx",
  ],
  ["nova", "whose parent is no PCI device", crypto, "nova takes only devices of PCI devices, and matrix is none"],
  ["nova", "whose PCI id is unknown", { ...vf, product: undefined }, "the PCI id of 00a1:82:0f.4 is unknown"],
  ["kubevirt", "whose PCI id is unknown", { ...vf, vendor: undefined }, "the PCI id of 00a1:82:0f.4 is unknown"],
  [
    "kubevirt",
    "with another API than that of PCI",
    crypto,
    "KubeVirt takes devices with the device API vfio-pci, and its is vfio-ap",
  ],
])("%s cannot take a device %s", (target, _what, attachment, reason) => {
  expect(() => formatAttachment(attachment, target)).toThrow(`cannot attach ${A}: ${reason}`);
});
