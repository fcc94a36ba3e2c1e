// Who uses a device: the processes that have its VFIO node open, a virtual machine's for instance.

import { joinNames } from "../english.ts";
import type { Host } from "../host.ts";
import { baseName, directoryName, type Paths } from "../paths.ts";
import { findOpenFiles, findOpenFilesBelow, readAncestors, readCommandLine, type Search } from "../processes.ts";
import type { System } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { parseUuid, type Uuid } from "../uuid.ts";

/** A process that uses a device. */
export interface User {
  readonly pid: number;
  /** Undefined if its command line cannot be read. */
  readonly program: string | undefined;
  /** The virtual machine that it runs, as far as its command line says so. */
  readonly vm: { readonly name: string | undefined; readonly uuid: Uuid | undefined };
}

/** `users` is empty if all that is known is that there is one; unknown means that there may be one. */
export type Usage =
  | { readonly kind: "unused" | "unknown" }
  | { readonly kind: "used"; readonly users: readonly User[] };

/** Through which nodes the device in this directory of sysfs can be used: that of its group, and one of its own. */
export function findNodes({ system, paths }: Host, directory: string): string[] {
  const group = unless(missing, () => system.readLink(`${directory}/iommu_group`));
  const own = unless(missing, () => system.readDirectory(`${directory}/vfio-dev`)) ?? [];
  const vfio = nodesDirectory(paths);
  return [
    ...(group === undefined ? [] : [`${vfio}/${baseName(group)}`]),
    ...own.map(({ name }) => `${vfio}/devices/${name}`),
  ];
}

function nodesDirectory({ root }: Paths): string {
  return `${root}/dev/vfio`;
}

/** Looks who uses the device that has these nodes. */
export function findUsage({ system }: Host, nodes: readonly string[]): Usage {
  return judge(system, nodes, addAncestors(system, findOpenFiles(system, nodes)));
}

/**
 * The same for many devices, given by their directories in sysfs, in one pass over all processes. Which nodes the devices have is
 * only asked if any node is open, or if there are processes that cannot be looked at.
 */
export function findUsages(host: Host, directories: readonly string[]): Usage[] {
  const { system, paths } = host;
  if (directories.length === 0) return [];
  const vfio = nodesDirectory(paths);
  const search = addAncestors(system, findOpenFilesBelow(system, vfio));
  if (search.complete && search.found.size === 0) return directories.map(() => unused);
  // Mostly nodes of groups are open, and one call reads all links to these.
  const areOwnOpen = [...search.found.keys()].some((path) => path.startsWith(`${vfio}/devices/`));
  const find = (directory: string) => unlessUnreadable(() => judge(system, findNodes(host, directory), search));
  if (areOwnOpen) return directories.map(find);
  const sysfs = `${paths.root}/sys`;
  const links = directories.map((directory) => `${directory.slice(sysfs.length + 1)}/iommu_group`);
  return system.readLinks(sysfs, links).map((group) => {
    if (typeof group === "string") return judge(system, [`${vfio}/${baseName(group)}`], search);
    return missing.includes(group.code) ? unused : unknown;
  });
}

function unlessUnreadable(find: () => Usage): Usage {
  try {
    return find();
  } catch (error) {
    if (error instanceof SystemError) return unknown;
    throw error;
  }
}

const unused: Usage = { kind: "unused" };
const unknown: Usage = { kind: "unknown" };

interface NodeSearch extends Search {
  /** Whoever runs us is no VM: libvirt opens the node to keep others from it while it has a device stopped. */
  readonly ancestors: readonly number[];
}

function addAncestors(system: System, search: Search): NodeSearch {
  const isAnyOpen = [...search.found.values()].some((files) => files.length > 0);
  return { ...search, ancestors: isAnyOpen ? readAncestors(system) : [] };
}

function judge(system: System, nodes: readonly string[], { found, complete, ancestors }: NodeSearch): Usage {
  const pids = new Set(nodes.flatMap((node) => found.get(node) ?? []).map(({ pid }) => pid));
  if (pids.size > 0) {
    const others = [...pids].filter((pid) => !ancestors.includes(pid));
    if (others.length === 0) return { kind: "unused" };
    return { kind: "used", users: others.map((pid) => describeProcess(system, pid)) };
  }
  return nodes.length === 0 || complete ? { kind: "unused" } : askByOpening(system, nodes);
}

/** Of a device that a process uses, or may use. */
export function describeUsage(usage: Usage): string {
  return usage.kind === "used" ? describeUse(usage.users) : "nobody can tell from here whether a process uses it";
}

/** As in `process 4711 (qemu-system-x86_64, VM 'web') uses it`. */
export function describeUse(users: readonly User[], device = "it"): string {
  if (users.length === 0) return `a process that cannot be seen from here uses ${device}`;
  return `${joinNames(users.map(describeUser))} ${users.length === 1 ? "uses" : "use"} ${device}`;
}

function describeUser({ pid, program, vm }: User): string {
  const name = vm.name === undefined ? vm.uuid : `'${vm.name}'`;
  const details = [...(program === undefined ? [] : [program]), ...(name === undefined ? [] : [`VM ${name}`])];
  return `process ${pid}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
}

function describeProcess(system: System, pid: number): User {
  const words = readCommandLine(system, pid);
  const [program] = words;
  const [name, uuid] = [optionValue(words, "name"), optionValue(words, "uuid")];
  return {
    pid,
    program: program && baseName(program),
    vm: { name: name && parseGuestName(name), uuid: uuid && parseUuid(uuid) },
  };
}

/** QEMU takes its options with one hyphen or two. */
function optionValue(words: readonly string[], name: string): string | undefined {
  const at = words.findIndex((word) => word === `-${name}` || word === `--${name}`);
  return at < 0 ? undefined : words[at + 1];
}

/** From the value of QEMU's option `-name`: `NAME`, or `guest=NAME`, with others after a comma. A comma in a name is doubled. */
function parseGuestName(value: string): string | undefined {
  const settings = value.replaceAll(",,", "\0").split(",");
  const guest = settings.find((setting) => setting.startsWith("guest="))?.slice("guest=".length);
  const name = guest ?? settings.find((setting) => !setting.includes("="));
  return name?.replaceAll("\0", ",");
}

/**
 * The kernel opens the node of a group for one process at a time, and not while a device of the group is open by its own node.
 * Only where /proc does not tell: a virtual machine that starts in this moment would be refused its device.
 */
function askByOpening(system: System, nodes: readonly string[]): Usage {
  const group = nodes.find((node) => baseName(directoryName(node)) === "vfio");
  if (group === undefined) return { kind: "unknown" };
  try {
    system.readFile(group, 0);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code === "EBUSY") return { kind: "used", users: [] };
    if (!opened.includes(error.code)) return { kind: "unknown" };
  }
  return { kind: "unused" };
}

/** What opens and then cannot be read: the node of a group, or, in a sandbox, a file that has more than nothing in it. */
const opened = ["EINVAL", "EFBIG"];
