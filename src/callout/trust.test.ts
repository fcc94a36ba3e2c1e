import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { hostOf } from "../host.ts";
import { nodeSystem } from "../system/node.ts";
import { ensureTrusted } from "./trust.ts";

/** Judges a script with this owner and mode, as the user who runs us. */
function judge({ user, owner, mode }: { user: number; owner: number; mode: number }) {
  const system = nodeSystem();
  const stat = () => ({ kind: "file", userId: owner, groupId: 0, mode }) as const;
  return () => ensureTrusted(hostOf({ ...system, userId: user, stat }), "/scripts/vendor");
}

test.each([
  [0, 0o755],
  [0, 0o700],
  [0, 0o555],
])("root runs what belongs to user %i with mode %o", (owner, mode) => {
  expect(judge({ user: 0, owner, mode })).not.toThrow();
});

test.each([
  [1000, 0o755, "belongs to the user with id 1000"],
  [0, 0o775, "can be written by others than its owner"],
  [0, 0o757, "can be written by others than its owner"],
])("root does not run what belongs to user %i with mode %o: it %s", (owner, mode, problem) => {
  expect(judge({ user: 0, owner, mode })).toThrow(UserError);
  expect(judge({ user: 0, owner, mode })).toThrow(`will not run callout scripts as root: /scripts/vendor ${problem}`);
});

test("another user runs what they like", () => {
  expect(judge({ user: 1000, owner: 1001, mode: 0o777 })).not.toThrow();
});
