// mdevctl list, and lsmdev: the devices that are active, or those that are defined.

import { createCommand, createFlag, type Given as GivenOf } from "../cli/command.ts";
import { formatConfiguration } from "../definition.ts";
import type { Attribute, Device, Wanted } from "../device.ts";
import { UserError } from "../errors.ts";
import { columnWidth, createEscapes, createStyle, type Escapes, keepOnLine, writePieces } from "../format.ts";
import type { Host } from "../host.ts";
import { formatListing } from "../json-writer.ts";
import { createMdevFilter, findActive, findActiveMdevs, findActiveTypes, parentsNamed } from "../kernel/active.ts";
import type { ActiveDevice } from "../kernel/framework.ts";
import { readDefinitionIfAny, readDefinitions } from "../store.ts";
import { SystemError } from "../system-error.ts";
import * as option from "./options.ts";

const defined = createFlag("defined", "d", "List the defined devices instead of the active ones");
const verbose = createFlag("verbose", "v", "Show the devices' attributes too");

/** What decides about the rows, and how they look. */
type Given = GivenOf<"defined" | "dumpjson" | "verbose" | "uuid" | "parent">;

export const list = createCommand({
  name: "list",
  program: "lsmdev",
  summary: "List the active or the defined devices",
  description: `Prints a line for each device: UUID, parent, type and start mode. '(defined)' after an active device means that it has a
definition; '(active)' after a defined device means that it is active.`,
  examples: ["", "--defined --parent mtty", "--defined --dumpjson --uuid $UUID"],
  options: [
    defined,
    option.dumpjson,
    verbose,
    { ...option.uuid, summary: "List only this device" },
    { ...option.parent, summary: "List only the devices of this parent or card", completes: "parents-of-devices" },
  ],
  rules: [],

  async run(host, given) {
    const rows = given.has(defined) ? definedRows(host, given) : await activeRows(host, given);
    const pieces = given.has(option.dumpjson) ? formatJson(rows, given) : formatLines(host, rows, given);
    if (writePieces(host.system, pieces) || !host.system.isTerminal("stderr")) return;
    const { explainNoDevices } = await import("../lazy.ts");
    explainNoDevices(host, readWanted(given), { areDefined: given.has(defined) });
  },
});

interface Row extends Device {
  /** The device is both active and defined; JSON does not say it. */
  readonly isBoth?: boolean;
}

function readWanted(given: Given): Wanted {
  return { uuid: given.get(option.uuid), parent: given.get(option.parent) };
}

/** Rows are made as they are written, because a host can have very many devices. */
function definedRows(host: Host, given: Given): Iterable<Row> {
  const devices = readAllDefinitions(host, readWanted(given));
  if (!given.has(option.dumpjson)) return markActive(host, devices);
  return given.has(option.uuid) ? devices : filterDevices(devices, createMdevFilter(host));
}

function* readAllDefinitions(host: Host, { uuid, parent }: Wanted): Generator<Device> {
  const parents = parent === undefined ? [undefined] : parentsNamed(host, parent);
  for (const name of parents) yield* readDefinitions(host, { uuid, parent: name });
}

function* filterDevices(devices: Iterable<Device>, isWanted: (device: Device) => boolean): Generator<Device> {
  for (const device of devices) if (isWanted(device)) yield device;
}

function* markActive(host: Host, devices: Iterable<Device>): Generator<Row> {
  for (const [name, siblings] of groupByParent(devices)) {
    const uuids = siblings.map((device) => device.uuid);
    const active = findActiveTypes(host, name, uuids);
    for (const { uuid, parent, type, start, attributes } of siblings) {
      yield { uuid, parent, type, start, attributes, isBoth: active.get(uuid) === type };
    }
  }
}

/** Groups devices that follow each other and have the same parent; a parent can have very many, which come in parts. */
function* groupByParent(devices: Iterable<Device>): Generator<[parent: string, siblings: Device[]]> {
  let siblings: Device[] = [];
  let above: string | undefined;
  for (const device of devices) {
    if (device.parent !== above || siblings.length === 64) {
      if (above !== undefined) yield [above, siblings];
      above = device.parent;
      siblings = [];
    }
    siblings.push(device);
  }
  if (above !== undefined) yield [above, siblings];
}

async function activeRows(host: Host, given: Given): Promise<Iterable<Row>> {
  // libvirt takes every device in JSON for one on the mdev bus.
  const find = given.has(option.dumpjson) && !given.has(option.uuid) ? findActiveMdevs : findActive;
  const devices = find(host, readWanted(given));
  const isShown = given.has(verbose) || given.has(option.dumpjson);
  const attributes = isShown && devices.length > 0 ? await readAttributes(host, devices) : undefined;
  const readDefinition = definitionReader(host, given);
  function* rows(): Generator<Row> {
    for (const device of devices) {
      const { uuid, parent, type } = device;
      const definition = readDefinition(device);
      const start = definition?.start ?? "manual";
      yield { uuid, parent, type, start, attributes: attributes?.get(device) ?? [], isBoth: definition !== undefined };
    }
  }
  return rows();
}

async function readAttributes(
  host: Host,
  devices: readonly ActiveDevice[],
): Promise<ReadonlyMap<ActiveDevice, Attribute[]>> {
  const { readAllAttributes } = await import("../lazy.ts");
  return readAllAttributes(host, devices);
}

/**
 * Makes the function that reads a device's definition, if it has one. A broken definition counts too, with a warning. A directory
 * that we may not look into proves nothing, and is warned about once. In a listing of one device alone both are errors.
 */
function definitionReader(host: Host, given: Given): (device: ActiveDevice) => Pick<Device, "start"> | undefined {
  const unreadable = new Set<string>();
  return ({ uuid, parent }) => {
    try {
      return readDefinitionIfAny(host, uuid, parent);
    } catch (error) {
      if (given.has(option.uuid) || !(error instanceof SystemError || error instanceof UserError)) throw error;
      if (error instanceof UserError) {
        host.log.warn(error.message);
        return { start: "manual" };
      }
      if (!unreadable.has(error.path)) host.log.warn(`${error.message}; which devices are defined there is unknown`);
      unreadable.add(error.path);
      return undefined;
    }
  };
}

function* formatLines({ system }: Host, rows: Iterable<Row>, given: Given): Generator<string> {
  const mark = ` ${createStyle(system)("green", given.has(defined) ? "(active)" : "(defined)")}\n`;
  const isVerbose = given.has(verbose);
  const isTerminal = system.isTerminal("stdout");
  const escapes = createEscapes({ isTerminal });
  // Columns are for people only, because they need all rows at once.
  const known = isTerminal ? Array.from(rows, (row) => escapeNames(row, escapes)) : undefined;
  const format = known === undefined ? formatLine : columnFormat(known);
  for (const row of known ?? rows) {
    yield format(row) + (row.isBoth ? mark : "\n");
    if (isVerbose && row.attributes.length > 0) yield formatAttributes(row.attributes, escapes);
  }
}

/** Before the columns are measured. */
function escapeNames(row: Row, escapes: Escapes): Row {
  return { ...row, parent: escapes.name(row.parent), type: escapes.name(row.type) };
}

function formatLine({ uuid, parent, type, start }: Row): string {
  return keepOnLine(`${uuid} ${parent} ${type} ${start}`);
}

function columnFormat(rows: readonly Row[]): (row: Row) => string {
  const width = (of: (device: Device) => string) => columnWidth(rows.map(of));
  const [parentWidth, typeWidth, startWidth] = [width((d) => d.parent), width((d) => d.type), width((d) => d.start)];
  return ({ uuid, parent, type, start, isBoth }) =>
    `${uuid} ${parent.padEnd(parentWidth)} ${type.padEnd(typeWidth)} ${isBoth ? start.padEnd(startWidth) : start}`;
}

function formatAttributes(attributes: readonly Attribute[], escapes: Escapes): string {
  const lines = attributes.map(
    ({ name, value }, index) => `    @{${index}}: {"${escapes.name(name)}":"${escapes.text(value)}"}\n`,
  );
  return `  Attrs:\n${lines.join("")}`;
}

function formatJson(devices: Iterable<Device>, given: Given): Iterable<string> {
  const known = given.has(option.uuid) ? [...devices] : undefined;
  if (known?.length === 1) return known.map((device) => `${formatConfiguration(device)}\n`);
  return formatListing(
    groupByParent(known ?? devices),
    (device, margin) => `"${device.uuid}": ${formatConfiguration(device, margin)}`,
  );
}
