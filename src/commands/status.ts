// mdevctl status: what a host has, what is free, who uses what, and what is wrong.

import { formatAttachment } from "../attach.ts";
import { createCommand } from "../cli/command.ts";
import { findProblems } from "../doctor/checks.ts";
import { UserError } from "../errors.ts";
import { createEscapes, createStyle, findWidth, writePieces } from "../format.ts";
import type { Host } from "../host.ts";
import { frameworkOf } from "../kernel/frameworks.ts";
import { observe } from "../observed.ts";
import { formatDevices } from "../status/device-text.ts";
import { type DeviceStatus, describeHost, narrow, type StatusDocument } from "../status/document.ts";
import { formatDocument } from "../status/json.ts";
import { formatStatus } from "../status/text.ts";
import * as option from "./options.ts";
import { findSubject, type Subject, subjectOperand } from "./subject.ts";

export const status = createCommand({
  name: "status",
  summary: "Show devices, who uses them, what is free and what is wrong",
  description: `Shows the host at a glance: first what is wrong, then each card and each parent device with what there is room for, and
its devices with the virtual machines that use them.`,
  examples: ["", "mtty", "--json"],
  operand: subjectOperand,
  options: [option.json],
  rules: [],

  async run(host, given) {
    const observed = await observe(host);
    const text = given.get(subjectOperand);
    const subject = text === undefined ? undefined : findSubject(host, observed, text);
    const long = describeHost(observed, findProblems(observed, host.paths));
    if (subject === undefined && given.has(option.json)) return void writePieces(host.system, formatDocument(long));
    const whole = { ...long, devices: [...long.devices] };
    const document = subject === undefined ? whole : narrow(whole, subject);
    writePieces(host.system, given.has(option.json) ? formatDocument(document) : formatText(host, document, subject));
  },
});

function formatText(host: Host, document: StatusDocument, subject: Subject | undefined): Iterable<string> {
  const { system } = host;
  const escapes = createEscapes({ isTerminal: system.isTerminal("stdout") });
  const look = { width: findWidth(system), style: createStyle(system), escapes };
  if (subject === undefined || "place" in subject) return formatStatus(document, look);
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
