// The text of `mdevctl status UUID` for people, made of the document alone: everything about one device.

import { columnWidth } from "../format.ts";
import type { DeviceStatus, StatusDocument, UserStatus } from "./document.ts";
import { formatLine, formatProblems, formatUse, type Look } from "./text.ts";

/** How virtual machines take a device: what for, and complete lines. */
type Attachments = readonly (readonly [target: string, text: string])[];

/** Lines, each with a newline at its end. The device may be defined under several parents. */
export function* formatDevices(
  document: StatusDocument,
  look: Look,
  findAttachments: (device: DeviceStatus) => Attachments,
): Generator<string> {
  const show = look.escapes.name;
  yield* formatProblems(document.problems, look);
  for (const [index, device] of document.devices.entries()) {
    const { uuid } = device;
    if (index > 0) yield "\n";
    yield formatLine(look, `${uuid}: ${show(formatUse(device))}`, { length: uuid.length, style: "bold" });
    const rows = describeRows(document, device).map((row): Field => [show(row[0]), show(row[1])]);
    const width = columnWidth(rows.map(([name]) => name));
    for (const [name, value] of rows) yield formatLine(look, `  ${name.padEnd(width)}  ${value}`);
    // To be pasted, so nothing is cut.
    for (const [target, text] of findAttachments(device)) {
      yield `\nFor ${target}:\n${text.replace(/^(?=.)/gm, "  ").trimEnd()}\n`;
    }
  }
}

type Field = readonly [name: string, value: string];

function describeRows({ cards }: StatusDocument, device: DeviceStatus): Field[] {
  const { parent, card, type, type_name: name, owner, attrs, users } = device;
  const model = cards.find(({ address }) => address === card)?.name;
  const started = { claim: "mdevctl", definition: "another program, as it is defined", foreign: "another program" };
  const starts = { auto: "auto: when its parent appears", manual: "manual", transient: "never: it is not defined" };
  return [
    ["type", name === null ? type : `${type} (${name})`],
    ["parent", parent],
    ...(card === null ? [] : [["card", model ? `${card} (${model})` : card] as const]),
    ["starts", device.defined ? starts[device.start ?? "manual"] : starts.transient],
    ...(owner ? [["started by", started[owner]] as const] : []),
    ...attrs.flatMap((attribute) => Object.entries(attribute).map(([key, value]) => [key, value] as const)),
    ...users.map((user) => ["used by", describeUser(user)] as const),
  ];
}

function describeUser({ pid, program, vm_name: name, vm_uuid: uuid }: UserStatus): string {
  const vm = [...(name === null ? [] : [name]), ...(uuid === null ? [] : [uuid])].join(", ");
  return `process ${pid}${program === null ? "" : ` (${program})`}${vm === "" ? "" : `, VM ${vm}`}`;
}
