// mdevctl attach: how a virtual machine takes a device.

import { formatAttachment, type Target, targets } from "../attach.ts";
import { createCommand, createFlag, type ValueOption } from "../cli/command.ts";
import type { Wanted } from "../device.ts";
import { joinNames } from "../english.ts";
import { UsageError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActive } from "../kernel/active.ts";
import { noSuchParentError } from "../kernel/failures.ts";
import type { Attachment } from "../kernel/framework.ts";
import { frameworkOf, hintAboutParent } from "../kernel/frameworks.ts";
import { findDefinition, readDefinition } from "../store.ts";
import { askForMeant, suggestNames } from "../suggest.ts";
import type { Uuid } from "../uuid.ts";
import { deviceOperand, findUuid } from "./device.ts";
import * as option from "./options.ts";

const target = {
  name: "for",
  placeholder: "PROGRAM",
  summary: `What the output is for: ${joinNames(targets, "or")}`,
  completes: targets,
  parse: (text: string): Target => {
    const found = targets.find((name) => name === text);
    if (found !== undefined) return found;
    const meant = otherWords.get(text.toLowerCase());
    const hint = meant === undefined ? suggestNames(text, targets) : askForMeant(meant);
    throw new UserError(`'${text}' is none of ${joinNames(targets)}`, hint);
  },
} as const satisfies ValueOption<Target>;

/** What else these are called. */
const otherWords: ReadonlyMap<string, readonly Target[]> = new Map([
  ["kvm", ["qemu", "libvirt"]],
  ["virsh", ["libvirt"]],
  ["openstack", ["nova"]],
  ["kubernetes", ["kubevirt"]],
  ["k8s", ["kubevirt"]],
]);

const display = createFlag("display", undefined, "For libvirt: show the device on the screen of the virtual machine");

export const attach = createCommand({
  name: "attach",
  summary: "Show how a virtual machine takes a device",
  description: `Prints what a virtual machine needs to take an active or a defined device, to be pasted as it is: libvirt's element, QEMU's
option, nova's configuration, or KubeVirt's. Changes nothing.`,
  examples: ["$UUID --for libvirt", "$UUID --for qemu"],
  operand: { ...deviceOperand, completes: "devices" },
  options: [
    option.uuid,
    { ...option.parent, summary: "The parent, if several have it defined", completes: "parents-of-definitions" },
    target,
    display,
  ],
  rules: [{ required: "uuid" }, { required: "for" }],

  run(host, given) {
    const to = given.required(target);
    if (given.has(display) && to !== "libvirt") throw new UsageError("attach: --display needs --for libvirt");
    const wanted = { uuid: findUuid(host, given, ["active", "defined"]), parent: given.get(option.parent) };
    const { attachment, isActive } = findAttachment(host, wanted);
    host.system.write("stdout", formatAttachment(attachment, to, { display: given.has(display) }));
    if (isActive || !host.system.isTerminal("stderr")) return;
    host.log.tell(`${wanted.uuid} is not active. Start it before the virtual machine: mdevctl start ${wanted.uuid}`);
  },
});

function findAttachment(
  host: Host,
  wanted: Wanted & { readonly uuid: Uuid },
): { readonly attachment: Attachment; readonly isActive: boolean } {
  const { uuid } = wanted;
  const failure = `cannot attach ${uuid}`;
  const [active] = findActive(host, wanted);
  const definition = active === undefined ? findDefinition(host, uuid, wanted.parent) : undefined;
  const device = definition === undefined ? active : readDefinition(host, definition);
  if (device === undefined) {
    const where = wanted.parent === undefined ? "" : ` under ${wanted.parent}`;
    throw new UserError(
      `${failure}: it is neither active nor defined${where}`,
      "'mdevctl list' and 'mdevctl list --defined' show the devices.",
    );
  }
  const framework = frameworkOf(host, device.parent);
  if (!framework.hasParent(host, device.parent)) {
    throw new UserError(noSuchParentError(failure, device.parent).message, hintAboutParent(host, device.parent));
  }
  return { attachment: framework.describeAttachment(host, device), isActive: active !== undefined };
}
