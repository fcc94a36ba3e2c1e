// mdevctl list, and lsmdev: the devices that are active, or those that are defined.

import { type Callouts, createCallouts } from "../callout/callouts.ts";
import { UntrustedScript } from "../callout/trust.ts";
import type { Command, Flag, Given } from "../cli/command.ts";
import { configurationJson, formatConfiguration } from "../definition.ts";
import type { Attribute, Device } from "../device.ts";
import { UserError } from "../errors.ts";
import { columnWidth, styling, writePieces } from "../format.ts";
import type { Host } from "../host.ts";
import { indent } from "../json.ts";
import { type ActiveDevice, findActive, findActiveDevice, isActive } from "../kernel/mdev.ts";
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
    writePieces(host.system, given.has(dumpjson) ? formatJson(rows, given) : formatLines(host, rows, given));
  },
};

interface Row {
  readonly device: Device;
  /** The device is both active and defined. */
  readonly isBoth: boolean;
}

/** Rows are made one by one as they are written: a host can have very many devices. */
function* definedRows(host: Host, given: Given): Generator<Row> {
  // JSON does not say whether a device is active.
  const isAsked = !given.has(dumpjson);
  for (const device of readDefinitions(host, { uuid: given.get(uuid), parent: given.get(parent) })) {
    yield { device, isBoth: isAsked && isActive(host, device) };
  }
}

async function activeRows(host: Host, given: Given): Promise<Iterable<Row>> {
  const devices = activeDevices(host, given);
  const shown = given.has(verbose) || given.has(dumpjson);
  const attributes = shown ? await readAttributes(host, devices) : [];
  function* rows(): Generator<Row> {
    for (const [index, device] of devices.entries()) {
      const definition = definitionOf(host, device, given);
      const start = definition?.start ?? "manual";
      yield {
        device: { ...device, start, attributes: attributes[index] ?? [] },
        isBoth: definition !== undefined,
      };
    }
  }
  return rows();
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

async function readAttributes(host: Host, devices: readonly ActiveDevice[]): Promise<Attribute[][]> {
  const callouts = createCallouts(host);
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

function* formatLines({ system }: Host, rows: Iterable<Row>, given: Given): Generator<string> {
  const mark = styling(system)("green", given.has(defined) ? "(active)" : "(defined)");
  const isVerbose = given.has(verbose);
  // Only people want columns, for which all rows have to be known.
  const known = system.isTerminal("stdout") ? [...rows] : [];
  const width = (of: (device: Device) => string) => columnWidth(known.map(({ device }) => of(device)));
  const [parentWidth, typeWidth, startWidth] = [width((d) => d.parent), width((d) => d.type), width((d) => d.start)];
  for (const { device, isBoth } of system.isTerminal("stdout") ? known : rows) {
    const end = isBoth ? `${device.start.padEnd(startWidth)} ${mark}` : device.start;
    yield `${device.uuid} ${device.parent.padEnd(parentWidth)} ${device.type.padEnd(typeWidth)} ${end}\n`;
    if (isVerbose && device.attributes.length > 0) yield formatAttributes(device.attributes);
  }
}

function formatAttributes(attributes: readonly Attribute[]): string {
  const lines = attributes.map(({ name, value }, index) => `    @{${index}}: {"${name}":"${value}"}\n`);
  return `  Attrs:\n${lines.join("")}`;
}

function* formatJson(rows: Iterable<Row>, given: Given): Generator<string> {
  if (given.has(uuid)) {
    const all = [...rows];
    if (all.length === 1 && all[0] !== undefined) {
      yield `${formatConfiguration(all[0].device)}\n`;
      return;
    }
    rows = all;
  }
  let last: string | undefined;
  for (const { device } of rows) {
    if (last === undefined) yield `[\n  {\n    ${JSON.stringify(device.parent)}: [\n`;
    else if (last === device.parent) yield ",\n";
    else yield `\n    ],\n    ${JSON.stringify(device.parent)}: [\n`;
    last = device.parent;
    yield indent(indent(indent(JSON.stringify({ [device.uuid]: configurationJson(device) }, null, 2))));
  }
  yield last === undefined ? "[]\n" : "\n    ]\n  }\n]\n";
}
