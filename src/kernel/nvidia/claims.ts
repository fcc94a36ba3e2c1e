// Whose the vGPUs are. Whoever makes one with mdevctl leaves a claim first: a line in a file of the card's in /run/mdevctl, which the
// next boot removes as it removes vGPUs. A vGPU that was made by another program, or whose claim was left behind, has none. Looking
// at claims needs no lock: the file is replaced in one step. card.ts does that.

import type { Host } from "../../host.ts";
import { missing, SystemError, unless } from "../../system-error.ts";
import { isUuid, type Uuid } from "../../uuid.ts";

export interface Claim {
  /** The VF's address. */
  readonly address: string;
  readonly uuid: Uuid;
  readonly type: string;
  /** Of the VF, as in `Vf`. */
  readonly inode: number;
}

/** The VF has the type that is claimed, and has had it without a break. */
export function isClaimOf(
  claim: Claim,
  vf: Omit<Claim, "uuid" | "type"> & { readonly type: string | undefined },
): boolean {
  return claim.address === vf.address && claim.type === vf.type && claim.inode === vf.inode;
}

export const claimsFile = "claims";

const sizeLimit = 1024 * 1024;

/** Of all cards. Throws a SystemError. */
export function readClaims(host: Host): Claim[] {
  return readClaimFiles(host).flatMap(({ claims }) => claims);
}

/** One for each card. Throws a SystemError. */
export function readClaimFiles(host: Host): { path: string; claims: Claim[] }[] {
  const directory = host.paths.claims;
  const cards = unless(missing, () => host.system.readFilesBelow(directory, [claimsFile], sizeLimit)) ?? [];
  return cards.map(({ name, files }) => {
    return { path: `${directory}/${name}/${claimsFile}`, claims: parseClaims(files[claimsFile]) };
  });
}

/** What is no claim is ignored: nothing else tells whose the vGPU is then. */
function parseClaims(text: string | SystemError | undefined): Claim[] {
  if (text instanceof SystemError && !missing.includes(text.code)) throw text;
  const lines = typeof text === "string" ? text.split("\n") : [];
  return lines.flatMap((line) => {
    const [address = "", uuid = "", type = "", inode = ""] = line.split(" ");
    return isUuid(uuid) && /^\d+$/.test(inode) ? [{ address, uuid, type, inode: Number(inode) }] : [];
  });
}

export function formatClaims(claims: readonly Claim[]): string {
  return claims.map(({ address, uuid, type, inode }) => `${address} ${uuid} ${type} ${inode}\n`).join("");
}
