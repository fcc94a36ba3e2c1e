// What is in the image, as other programs than the one that made it see it; run.sh has unpacked it.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const work = process.env.MDEVCTL_KUBERNETES_WORK ?? "";
const root = join(work, "image/rootfs");

test("it has the executable and the terms of its parts, which belong to root, and nothing else", () => {
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  expect(files.map((file) => file.slice(root.length)).sort()).toEqual([
    "/usr/sbin/mdevctl",
    "/usr/share/doc/mdevctl/LICENSE",
    "/usr/share/doc/mdevctl/copyright",
  ]);
  for (const file of files) {
    expect(statSync(file)).toMatchObject({ uid: 0, gid: 0, mode: file.endsWith("/mdevctl") ? 0o100755 : 0o100644 });
  }
});

test("the executable needs nothing from outside", () => {
  expect(execFileSync("chroot", [root, "/usr/sbin/mdevctl", "--version"], { encoding: "utf8" })).toMatch(/^mdevctl /);
});

test("skopeo finds the executable as its entry point", () => {
  const text = execFileSync("skopeo", ["inspect", "--config", "oci-archive:build/mdevctl-image.tar"], {
    encoding: "utf8",
  });
  expect(JSON.parse(text)).toMatchObject({ os: "linux", config: { Entrypoint: ["/usr/sbin/mdevctl"] } });
});

test("made a second time, it has the same bytes", () => {
  const again = join(work, "again.tar");
  const created = JSON.parse(
    execFileSync("skopeo", ["inspect", "oci-archive:build/mdevctl-image.tar"], { encoding: "utf8" }),
  ).Created;
  execFileSync("kubernetes/build-image.sh", ["build/release/mdevctl", again], {
    env: { ...process.env, TMPDIR: work, TZ: "Asia/Tokyo", SOURCE_DATE_EPOCH: String(Date.parse(created) / 1000) },
  });
  expect(readFileSync(again).equals(readFileSync("build/mdevctl-image.tar"))).toBe(true);
});
