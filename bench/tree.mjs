// Makes directory trees that look like a host with mediated devices: what the kernel shows below /sys, and the definitions
// below /etc/mdevctl.d. The layout is that of the kernel's Documentation/driver-api/vfio-mediated-device.rst. Nothing in
// them is random, so that two runs measure the same work.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";

/** Below sys. */
const bridge = "devices/pci0000:00/0000:00:03.1";

/** As PCI functions are called: 0000:41:00.4. */
export function parentName(index) {
  const hex = (value) => value.toString(16).padStart(2, "0");
  return `0000:${hex(0x10 + (index >> 8))}:${hex((index >> 3) & 31)}.${index & 7}`;
}

export const parentOf = (device, perParent = 16) => parentName(Math.floor(device / perParent));

export const typeName = (index) => `nvidia-${222 + index}`;

/** Spread as random UUIDs are, so that sorting them is work. */
export function deviceUuid(index) {
  const spread = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return `${spread.toString(16).padStart(8, "0")}-0d1e-4a5b-8c6d-${index.toString(16).padStart(12, "0")}`;
}

/** No two devices' attributes are the same. */
const attributesOf = (index) => [{ frame_rate_limiter: String(index) }, { scheduler: `fixed_share ${index}` }];

/** The text of a definition. */
export function definition(index, { start = "manual", attrs = attributesOf(index) } = {}) {
  return JSON.stringify({ mdev_type: typeName(0), start, attrs }, null, 2);
}

/** So many devices, each of them active and defined with two attributes unless said otherwise. Every parent has the same types. */
export function makeTree(root, options = {}) {
  const { devices = 0, perParent = 16, parents = Math.ceil(devices / perParent), types = 1, active = true } = options;
  for (const directory of [
    "etc/mdevctl.d/scripts.d/callouts",
    "etc/mdevctl.d/scripts.d/notifiers",
    "usr/lib/mdevctl/scripts.d/callouts",
    "usr/lib/mdevctl/scripts.d/notifiers",
    "sys/class/mdev_bus",
    "sys/bus/mdev/devices",
    `sys/${bridge}`,
  ]) {
    mkdirSync(`${root}/${directory}`, { recursive: true });
  }
  for (let index = 0; index < parents; index++) makeParent(root, parentName(index), types);
  for (let index = 0; index < devices; index++) {
    const parent = parentOf(index, perParent);
    if (active) activate(root, parent, deviceUuid(index));
    mkdirSync(`${root}/etc/mdevctl.d/${parent}`, { recursive: true });
    writeFileSync(`${root}/etc/mdevctl.d/${parent}/${deviceUuid(index)}`, definition(index, options));
  }
}

function makeParent(root, parent, types) {
  const directory = `${root}/sys/${bridge}/${parent}`;
  mkdirSync(`${directory}/mdev_supported_types`, { recursive: true });
  symlinkSync(`../../${bridge}/${parent}`, `${root}/sys/class/mdev_bus/${parent}`);
  for (let index = 0; index < types; index++) {
    const type = `${directory}/mdev_supported_types/${typeName(index)}`;
    mkdirSync(type);
    writeFileSync(`${type}/available_instances`, "16\n");
    writeFileSync(`${type}/device_api`, "vfio-pci\n");
    writeFileSync(`${type}/name`, `GRID V100D-${index + 1}Q\n`);
    writeFileSync(`${type}/description`, `num_heads=4, frl_config=60, framebuffer=${1024 * (index + 1)}M\n`);
    writeFileSync(`${type}/create`, "");
  }
}

function activate(root, parent, uuid) {
  const place = `${bridge}/${parent}/${uuid}`;
  mkdirSync(`${root}/sys/${place}`);
  symlinkSync(`../mdev_supported_types/${typeName(0)}`, `${root}/sys/${place}/mdev_type`);
  symlinkSync(`../../../${place}`, `${root}/sys/bus/mdev/devices/${uuid}`);
  writeFileSync(`${root}/sys/${place}/remove`, "");
}

/** A callout script; those of one directory are asked in the order of their names. */
export function installScript(root, name, text) {
  const path = `${root}/usr/lib/mdevctl/scripts.d/callouts/${name}`;
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}
