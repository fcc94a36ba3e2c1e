// The UUIDs that devices are known by (RFC 9562). The command line takes several spellings; one is stored and printed.

import type { System } from "./system.ts";

/** Lower case with hyphens. */
export type Uuid = string;

const stored = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const hyphenated = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const digits = /^[0-9a-f]{32}$/i;

/** Whether a name is a UUID as the kernel and our files spell it. */
export function isUuid(name: string): boolean {
  return name.length === 36 && stored.test(name);
}

/** Reads hyphenated digits, also in braces or after `urn:uuid:`, and 32 digits alone, in any letter case; else undefined. */
export function parseUuid(text: string): Uuid | undefined {
  const bare = /^\{(.*)\}$/.exec(text)?.[1] ?? /^urn:uuid:(.*)$/.exec(text)?.[1] ?? text;
  if (hyphenated.test(bare)) return bare.toLowerCase();
  return digits.test(text) ? hyphenate(text.toLowerCase()) : undefined;
}

/** A random UUID, version 4. */
export function generateUuid(system: Pick<System, "randomBytes">): Uuid {
  const hex = Array.from(system.randomBytes(16), (byte, index) => {
    const value = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, "0");
  });
  return hyphenate(hex.join(""));
}

function hyphenate(hex: string): Uuid {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
