import { expect, test } from "vitest";
import { hostOf } from "./host.ts";
import { pathsBelow } from "./paths.ts";
import { nodeSystem } from "./system/node.ts";

test("below a root everything has its place", () => {
  expect(pathsBelow("/srv/root")).toEqual({
    root: "/srv/root",
    definitions: "/srv/root/etc/mdevctl.d",
    calloutScripts: ["/srv/root/usr/lib/mdevctl/scripts.d/callouts", "/srv/root/etc/mdevctl.d/scripts.d/callouts"],
    claims: "/srv/root/run/mdevctl",
    notifierScripts: ["/srv/root/usr/lib/mdevctl/scripts.d/notifiers", "/srv/root/etc/mdevctl.d/scripts.d/notifiers"],
    state: "/srv/root/var/lib/mdevctl",
  });
});

test.each([
  ["unset", undefined, ""],
  ["empty", "", ""],
  ["/", "/", ""],
  ["a directory", "/srv/root", "/srv/root"],
  ["a directory with trailing slashes", "/srv/root//", "/srv/root"],
  ["a relative directory", "root", "root"],
])("MDEVCTL_ENV_ROOT that is %s gives the root", (_what, value, root) => {
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? value : undefined);
  const { paths } = hostOf({ ...nodeSystem(), environment });
  expect(paths.root).toBe(root);
  expect(paths.definitions).toBe(`${root}/etc/mdevctl.d`);
});
