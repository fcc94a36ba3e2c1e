// Makes directory trees that look like a host with mediated devices: what the kernel shows below /sys and the
// definitions below /etc/mdevctl.d. The layout is that of the kernel's Documentation/driver-api/vfio-mediated-device.rst.
// Nothing here is random, so that two runs compare the same work.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";

const DEVICES_OF_A_PARENT = 16;

/** The parent's name in the way that PCI functions are called: 0000:41:00.4. */
export function parentName(index) {
  const hex = (value, digits) => value.toString(16).padStart(digits, "0");
  return `0000:${hex(0x10 + (index >> 8), 2)}:${hex((index >> 3) & 31, 2)}.${index & 7}`;
}

export function deviceUuid(index) {
  // Spread over the whole range, as random UUIDs are, so that sorting them is real work.
  const spread = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return `${spread.toString(16).padStart(8, "0")}-0d1e-4a5b-8c6d-${index.toString(16).padStart(12, "0")}`;
}

const typeName = (index) => `nvidia-${222 + index}`;

/** A host with so many devices, each active and defined with two attributes; its parents have `types` types each. */
export function makeTree(
  root,
  { devices = 0, parents = Math.ceil(devices / DEVICES_OF_A_PARENT), types = 1, start = "manual" },
) {
  for (const directory of [
    "etc/mdevctl.d",
    "usr/lib/mdevctl/scripts.d/callouts",
    "usr/lib/mdevctl/scripts.d/notifiers",
    "etc/mdevctl.d/scripts.d/callouts",
    "etc/mdevctl.d/scripts.d/notifiers",
    "sys/class/mdev_bus",
    "sys/bus/mdev/devices",
    "sys/devices/pci0000:00/0000:00:03.1",
  ]) {
    mkdirSync(`${root}/${directory}`, { recursive: true });
  }
  for (let parent = 0; parent < parents; parent++) makeParent(root, parentName(parent), types);
  for (let device = 0; device < devices; device++) {
    const parent = parentName(Math.floor(device / DEVICES_OF_A_PARENT));
    activate(root, parent, deviceUuid(device));
    define(root, parent, deviceUuid(device), start);
  }
}

function makeParent(root, parent, types) {
  const directory = `${root}/sys/devices/pci0000:00/0000:00:03.1/${parent}`;
  mkdirSync(directory);
  symlinkSync(`../../devices/pci0000:00/0000:00:03.1/${parent}`, `${root}/sys/class/mdev_bus/${parent}`);
  mkdirSync(`${directory}/mdev_supported_types`);
  for (let type = 0; type < types; type++) {
    const attributes = `${directory}/mdev_supported_types/${typeName(type)}`;
    mkdirSync(attributes);
    writeFileSync(`${attributes}/available_instances`, "16\n");
    writeFileSync(`${attributes}/device_api`, "vfio-pci\n");
    writeFileSync(`${attributes}/name`, `GRID V100D-${type + 1}Q\n`);
    writeFileSync(`${attributes}/description`, `num_heads=4, frl_config=60, framebuffer=${1024 * (type + 1)}M\n`);
    writeFileSync(`${attributes}/create`, "");
  }
}

function activate(root, parent, uuid) {
  const directory = `${root}/sys/devices/pci0000:00/0000:00:03.1/${parent}/${uuid}`;
  mkdirSync(directory);
  symlinkSync(`../mdev_supported_types/${typeName(0)}`, `${directory}/mdev_type`);
  symlinkSync(`../../../devices/pci0000:00/0000:00:03.1/${parent}/${uuid}`, `${root}/sys/bus/mdev/devices/${uuid}`);
  for (const attribute of ["remove", "frame_rate_limiter", "scheduler"]) writeFileSync(`${directory}/${attribute}`, "");
}

function define(root, parent, uuid, start) {
  const attrs = [{ frame_rate_limiter: "1" }, { scheduler: "fixed_share" }];
  mkdirSync(`${root}/etc/mdevctl.d/${parent}`, { recursive: true });
  const definition = JSON.stringify({ mdev_type: typeName(0), start, attrs }, null, 2);
  writeFileSync(`${root}/etc/mdevctl.d/${parent}/${uuid}`, definition);
}

/** An executable callout script. */
export function installScript(root, name, text) {
  const path = `${root}/usr/lib/mdevctl/scripts.d/callouts/${name}`;
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}
