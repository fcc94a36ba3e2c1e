// What vGPUs take of their card, as the driver's own nvidia-smi tells. Nobody of us has the hardware: the format of its answer is as
// others have shown it.

import { UserError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { readOrWarn } from "../../log.ts";
import { replaceFile } from "../../replace.ts";
import type { System } from "../../system.ts";
import { missing, SystemError, unless } from "../../system-error.ts";
import { askTool } from "../../tools.ts";
import type { TypeSize } from "../framework.ts";
import { typeOf } from "./active.ts";
import { makeClaimsDirectory } from "./card.ts";

const mebibyte = 1024 * 1024;

/** By the addresses of cards. */
export type Sizes = ReadonlyMap<string, readonly TypeSize[]>;

/**
 * Those of all cards; none where nvidia-smi is not installed. It takes its time, so its answer is kept until the next boot, or until
 * `key` is another. A failure is warned about, once.
 */
export async function readSizes(host: Host, key: string): Promise<Sizes> {
  const path = `${host.paths.claims}/${sizesFile}`;
  const kept = readOrWarn(host, () => unless([...missing, "EACCES"], () => host.system.readFile(path, sizeLimit)));
  if (kept?.startsWith(`${key}\n`)) return parseSizes(kept);
  const known = answers.get(host.system);
  if (known?.key === key) return known.sizes;
  const sizes = await askForSizes(host, (answer) => keepAnswer(host, path, `${key}\n${answer}`));
  answers.set(host.system, { key, sizes });
  return sizes;
}

/** For whoever looks again and again: a failure, and an answer that could not be kept. */
const answers = new WeakMap<System, { readonly key: string; readonly sizes: Sizes }>();

async function askForSizes(host: Host, keep: (answer: string) => void): Promise<Sizes> {
  try {
    const answer = await askTool(host, "nvidia-smi", ["vgpu", "-s", "-v"]);
    if (answer === undefined) return new Map();
    keep(answer);
    return parseSizes(answer);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    host.log.warn(error.message);
    return new Map();
  }
}

/** Beside the directories of cards. */
const sizesFile = "nvidia-smi";
const sizeLimit = 16 * mebibyte;

/** Only root can, and whoever cannot asks again. */
function keepAnswer(host: Host, path: string, text: string): void {
  try {
    makeClaimsDirectory(host);
    replaceFile(host.system, path, text);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

/** From blocks of `GPU ADDRESS`, below it blocks of `vGPU Type ID : 0x5ee`, below that `Name : …`. */
export function parseSizes(text: string): Map<string, TypeSize[]> {
  const cards = new Map<string, TypeSize[]>();
  let types: TypeSize[] = [];
  let block: { id: string; fields: Map<string, string> } | undefined;
  const finish = () => {
    const size = block === undefined ? undefined : toSize(block.id, block.fields);
    if (size !== undefined) types.push(size);
    block = undefined;
  };
  for (const line of text.split("\n")) {
    const [, address] = /^\s*GPU ([0-9a-f]+:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\s*$/i.exec(line) ?? [];
    const [, name, value = ""] = /^\s*(\S[^:]*?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (address !== undefined) {
      finish();
      types = [];
      cards.set(shortenAddress(address), types);
    } else if (name === "vGPU Type ID") {
      finish();
      block = { id: value, fields: new Map() };
    } else if (name !== undefined) block?.fields.set(name, value);
  }
  finish();
  return cards;
}

/** The driver's tools write eight digits of the domain, in upper case; the kernel as many as it needs, but four at least. */
function shortenAddress(address: string): string {
  return address.toLowerCase().replace(/^0+(?=[0-9a-f]{4,}:)/, "");
}

function toSize(id: string, fields: ReadonlyMap<string, string>): TypeSize | undefined {
  const memory = /^(\d+) MiB$/.exec(fields.get("FB Memory") ?? "")?.[1];
  const number = Number(id);
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(id) || memory === undefined) return undefined;
  const most = fields.get("Max Instances") ?? "";
  return {
    type: typeOf(String(number)),
    name: fields.get("Name") ?? "",
    memory: Number(memory) * mebibyte,
    most: /^\d+$/.test(most) ? Number(most) : undefined,
    isOfSlice: /^\d+$/.test(fields.get("GPU Instance Profile ID") ?? ""),
  };
}
