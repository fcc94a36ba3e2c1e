// mdevctl status: what a host has, what is free, who uses what, and what is wrong.

import { formatAttachment } from "../attach.ts";
import { createCommand, type Operand } from "../cli/command.ts";
import { findProblems } from "../doctor/checks.ts";
import { joinNames } from "../english.ts";
import { UserError } from "../errors.ts";
import { createEscapes, createStyle, findWidth, writePieces } from "../format.ts";
import type { Host } from "../host.ts";
import { frameworkOf } from "../kernel/frameworks.ts";
import { parseParent } from "../names.ts";
import { observe } from "../observed.ts";
import { type DeviceStatus, describeHost, narrow, type StatusDocument } from "../status/document.ts";
import { formatDocument } from "../status/json.ts";
import { formatDevices, formatStatus } from "../status/text.ts";
import { suggestNames } from "../suggest.ts";
import * as option from "./options.ts";

const subject = {
  name: "subject",
  placeholder: "PARENT|UUID",
  summary: "Show only this card, parent or device; a unique beginning of a device's UUID is enough",
  completes: "subjects",
  optional: true,
  parse: parseParent,
} as const satisfies Operand<string>;

export const status = createCommand({
  name: "status",
  summary: "Show devices, who uses them, what is free and what is wrong",
  description: `Shows the host at a glance: first what is wrong, then each card and each parent device with what there is room for, and
its devices with the virtual machines that use them.`,
  examples: ["", "mtty", "--json"],
  operand: subject,
  options: [option.json],
  rules: [],

  async run(host, given) {
    const observed = await observe(host);
    const long = describeHost(observed, findProblems(observed, host.paths));
    const name = given.get(subject);
    if (name === undefined && given.has(option.json)) return void writePieces(host.system, formatDocument(long));
    const whole = { ...long, devices: [...long.devices] };
    const document = name === undefined ? whole : findPart(whole, name);
    writePieces(host.system, given.has(option.json) ? formatDocument(document) : formatText(host, document, name));
  },
});

function formatText(host: Host, document: StatusDocument, name: string | undefined): Iterable<string> {
  const { system } = host;
  const escapes = createEscapes({ isTerminal: system.isTerminal("stdout") });
  const look = { width: findWidth(system), style: createStyle(system), escapes };
  const isDevice = name !== undefined && document.devices.some(({ uuid }) => uuid.startsWith(name.toLowerCase()));
  if (!isDevice) return formatStatus(document, look);
  return formatDevices(document, look, (device) => findAttachments(host, device));
}

/** How virtual machines take the device, with what for; nothing where it cannot be. */
function findAttachments(host: Host, { uuid, parent, type, type_name: typeName }: DeviceStatus): [string, string][] {
  const framework = frameworkOf(host, parent);
  if (!framework.hasParent(host, parent)) return [];
  const attachment = framework.describeAttachment(host, { uuid, parent, type, typeName: typeName ?? undefined });
  return (["libvirt", "qemu"] as const).flatMap((target): [string, string][] => {
    try {
      return [[target, formatAttachment(attachment, target)]];
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}

function findPart(document: StatusDocument, name: string): StatusDocument {
  const part = narrow(document, name) ?? narrow(document, completeUuid(document, name) ?? name);
  if (part !== undefined) return part;
  const { cards, parents } = document;
  const places = [...cards.map(({ address }) => address), ...parents.map((parent) => parent.name)];
  throw new UserError(
    `there is no card, parent device or device ${name}`,
    suggestNames(name, places) ?? "'mdevctl status' shows all.",
  );
}

/** Of a unique beginning of four characters or more. */
function completeUuid({ devices }: StatusDocument, beginning: string): string | undefined {
  const text = beginning.toLowerCase();
  const found = new Set(devices.map(({ uuid }) => uuid).filter((uuid) => text.length >= 4 && uuid.startsWith(text)));
  if (found.size > 1) {
    throw new UserError(
      `'${beginning}' is the beginning of ${found.size} devices' UUIDs`,
      `They are ${joinNames([...found])}.`,
    );
  }
  return [...found][0];
}
