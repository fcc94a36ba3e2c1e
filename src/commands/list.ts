// mdevctl list, and lsmdev: the devices that are active, or those that are defined.

import { type Callouts, createCallouts } from "../callout/callouts.ts";
import { UntrustedScript } from "../callout/trust.ts";
import type { Command, Flag, Given } from "../cli/command.ts";
import { configurationJson } from "../definition.ts";
import type { Attribute, Device } from "../device.ts";
import { UserError } from "../errors.ts";
import { columnWidth, styling } from "../format.ts";
import type { Host } from "../host.ts";
import { formatObject, indent } from "../json.ts";
import { type ActiveDevice, findActive, findActiveDevice } from "../kernel/mdev.ts";
import { readDefinitionIfAny, readDefinitions } from "../store.ts";
import { about, dumpjson, parent, uuid } from "./options.ts";

const defined: Flag = { name: "defined", short: "d", summary: "List the defined devices instead of the active ones" };

const verbose: Flag = { name: "verbose", short: "v", summary: "Show the devices' attributes too" };

export const list: Command = {
  name: "list",
  program: "lsmdev",
  summary: "List the active or the defined devices",
  description: `One line for each device: UUID, parent, type and start mode. '(defined)' behind an active device says that it has a
definition, '(active)' behind a defined one that it is active.`,
  options: [
    defined,
    dumpjson,
    verbose,
    about(uuid, "Only this device"),
    about(parent, "Only the devices of this parent"),
  ],
  rules: [],

  async run(host, given) {
    const rows = given.has(defined) ? definedRows(host, given) : await activeRows(host, given);
    host.system.write("stdout", given.has(dumpjson) ? formatJson(rows, given) : formatLines(host, rows, given));
  },
};

interface Row {
  readonly device: Device;
  /** The device is both active and defined. */
  readonly isBoth: boolean;
}

function definedRows(host: Host, given: Given): Row[] {
  const devices = readDefinitions(host, { uuid: given.get(uuid), parent: given.get(parent) });
  if (devices.length === 0) return [];
  const active = new Map(activeDevices(host, given).map((device) => [device.uuid, device]));
  return devices.map((device) => {
    const running = active.get(device.uuid);
    return { device, isBoth: running?.parent === device.parent && running.type === device.type };
  });
}

async function activeRows(host: Host, given: Given): Promise<Row[]> {
  const devices = activeDevices(host, given);
  const shown = given.has(verbose) || given.has(dumpjson);
  const attributes = shown ? await readAttributes(host, createCallouts(host), devices) : [];
  return devices.map((device, index) => {
    const definition = definitionOf(host, device, given);
    return {
      device: { ...device, start: definition?.start ?? "manual", attributes: attributes[index] ?? [] },
      isBoth: definition !== undefined,
    };
  });
}

/** A broken definition is one too: it is warned about, unless the listing is about this device alone. */
function definitionOf(host: Host, { uuid: id, parent }: ActiveDevice, given: Given): Pick<Device, "start"> | undefined {
  try {
    return readDefinitionIfAny(host, id, parent);
  } catch (error) {
    if (!(error instanceof UserError) || given.has(uuid)) throw error;
    host.log.warn(error.message);
    return { start: "manual" };
  }
}

function activeDevices(host: Host, given: Given): ActiveDevice[] {
  const id = given.get(uuid);
  const under = given.get(parent);
  const device = id === undefined ? undefined : findActiveDevice(host, id);
  const devices = id === undefined ? findActive(host) : device === undefined ? [] : [device];
  return under === undefined ? devices : devices.filter((candidate) => candidate.parent === under);
}

/** So many devices are asked about side by side: most of the time goes into starting the scripts. */
const atOnce = 8;

async function readAttributes(
  host: Host,
  callouts: Callouts,
  devices: readonly ActiveDevice[],
): Promise<Attribute[][]> {
  const results: Attribute[][] = [];
  const waiting = devices.entries();
  async function work(): Promise<void> {
    for (const [index, device] of waiting) results[index] = await attributesOrNone(callouts, device);
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } catch (error) {
    if (!(error instanceof UntrustedScript)) throw error;
    host.log.warn(error.message);
  }
  return results;
}

async function attributesOrNone(callouts: Callouts, device: ActiveDevice): Promise<Attribute[]> {
  try {
    return await callouts.readAttributes(device);
  } catch (error) {
    // A listing goes on without what a script cannot tell.
    if (error instanceof UserError && !(error instanceof UntrustedScript)) return [];
    throw error;
  }
}

function formatLines({ system }: Host, rows: readonly Row[], given: Given): string {
  const mark = styling(system)("green", given.has(defined) ? "(active)" : "(defined)");
  const isTerminal = system.isTerminal("stdout");
  const width = (of: (device: Device) => string) =>
    isTerminal ? columnWidth(rows.map(({ device }) => of(device))) : 0;
  const [parentWidth, typeWidth, startWidth] = [width((d) => d.parent), width((d) => d.type), width((d) => d.start)];
  return rows
    .map(({ device: { uuid: id, parent: under, type, start, attributes }, isBoth }) => {
      const end = isBoth ? `${start.padEnd(startWidth)} ${mark}` : start;
      const line = `${id} ${under.padEnd(parentWidth)} ${type.padEnd(typeWidth)} ${end}\n`;
      return given.has(verbose) && attributes.length > 0 ? `${line}${formatAttributes(attributes)}` : line;
    })
    .join("");
}

function formatAttributes(attributes: readonly Attribute[]): string {
  const lines = attributes.map(({ name, value }, index) => `    @{${index}}: {"${name}":"${value}"}\n`);
  return `  Attrs:\n${lines.join("")}`;
}

function formatJson(rows: readonly Row[], given: Given): string {
  const [first] = rows;
  if (first === undefined) return "[]\n";
  if (given.has(uuid) && rows.length === 1) return `${JSON.stringify(configurationJson(first.device), null, 2)}\n`;
  const parents = new Map<string, object[]>();
  for (const { device } of rows) {
    const devices = parents.get(device.parent) ?? [];
    devices.push({ [device.uuid]: configurationJson(device) });
    parents.set(device.parent, devices);
  }
  return `[\n${indent(formatObject([...parents]))}\n]\n`;
}
