import { resolve } from "node:path/posix";
import { expect, test } from "vitest";
import { hostOf } from "./host.ts";
import { nodeSystem } from "./system/node.ts";
import type { FileStatus } from "./system.ts";
import { SystemError } from "./system-error.ts";
import { ensureNoFaults, findFaults, UntrustedScript } from "./trust.ts";

const script = "/root/usr/lib/scripts/vendor";

const directory: FileStatus = { kind: "directory", inode: 1, userId: 0, groupId: 0, mode: 0o755 };
const file: FileStatus = { kind: "file", inode: 2, userId: 0, groupId: 0, mode: 0o755 };
const link = (target: string) => ({ kind: "link", inode: 3, userId: 0, groupId: 0, mode: 0o777, target }) as const;

/** Files by path, with the targets of links. */
type Tree = Readonly<Record<string, FileStatus & { readonly target?: string }>>;

const usual: Tree = {
  "/root": { ...directory, userId: 1000 },
  "/root/usr": directory,
  "/root/usr/lib": directory,
  "/root/usr/lib/scripts": directory,
  [script]: file,
  "/root/opt": directory,
  "/root/opt/vendor": directory,
  "/root/opt/vendor/script": file,
};

interface Judgement {
  readonly user?: number;
  readonly root?: string;
}

/** Judges the script in the usual tree with these differences, for the user who runs us. */
function judge(difference: Tree, { user = 0, root = "/root" }: Judgement = {}) {
  const tree = { ...usual, ...difference };
  // As the kernel would: a relative root is in /, where there is also a link to it.
  const at = (path: string) => {
    const found = tree[resolve("/", path.replace(/^linked/, "root"))];
    if (found === undefined) throw new SystemError("ENOENT", "look at", path);
    return found;
  };
  const host = hostOf({
    ...nodeSystem(),
    userId: user,
    environment: (name) => (name === "MDEVCTL_ENV_ROOT" ? root : undefined),
    lstat: at,
    readLink: (path) => at(path).target ?? "",
  });
  return () => ensureNoFaults([...findFaults(host, script.replace("/root", root))]);
}

const outside: Tree = { "/tmp": { ...directory, mode: 0o1777 }, "/tmp/vendor": file };

test.each<[string, Tree]>([
  ["a script that everyone can read", {}],
  ["a script that only root can read", { [script]: { ...file, mode: 0o700 } }],
  ["a link to a script elsewhere below the root", { [script]: link("../../../opt/vendor/script") }],
  ["a link to a script outside the root", { [script]: link("/tmp/vendor"), ...outside }],
  ["a directory that is a link", { "/root/usr/lib/scripts": link("../../opt"), "/root/opt/vendor": file }],
])("root runs %s", (_what, difference) => {
  expect(judge(difference)).not.toThrow();
  expect(judge(difference, { root: "root" })).not.toThrow();
});

const writable = "is writable by users other than its owner";

test.each<[string, Tree, string]>([
  ["someone else's script", { [script]: { ...file, userId: 1000 } }, `${script} belongs to the user with id 1000`],
  ["a script that its group can write", { [script]: { ...file, mode: 0o775 } }, `${script} ${writable}`],
  ["a world-writable script", { [script]: { ...file, mode: 0o757 } }, `${script} ${writable}`],
  [
    "a script in someone else's directory",
    { "/root/usr/lib": { ...directory, userId: 7 } },
    "/root/usr/lib belongs to the user with id 7",
  ],
  [
    "a script in a world-writable directory",
    { "/root/usr/lib/scripts": { ...directory, mode: 0o777 } },
    `/root/usr/lib/scripts ${writable}`,
  ],
  [
    "someone else's link",
    { [script]: { ...link("/tmp/vendor"), userId: 7 }, ...outside },
    `${script} belongs to the user with id 7`,
  ],
  [
    "a link to a script in a world-writable directory",
    { [script]: link("../../../opt/vendor/script"), "/root/opt/vendor": { ...directory, mode: 0o777 } },
    `/root/opt/vendor ${writable}`,
  ],
  [
    "a link to someone else's script",
    { [script]: link("/tmp/vendor"), ...outside, "/tmp/vendor": { ...file, userId: 7 } },
    "/tmp/vendor belongs to the user with id 7",
  ],
  [
    "a link to a name that we cannot read",
    { [script]: link("/tmp/own\ufffd"), ...outside, "/tmp/own\ufffd": file },
    `${script} leads to a name that is not valid UTF-8`,
  ],
  [
    "a script of which much is wrong",
    {
      "/root/usr/lib": { ...directory, mode: 0o775 },
      [script]: link("/tmp/vendor"),
      ...outside,
      "/tmp/vendor": { ...file, userId: 7, mode: 0o777 },
    },
    `/root/usr/lib ${writable}, /tmp/vendor belongs to the user with id 7 and /tmp/vendor ${writable}`,
  ],
])("root does not run %s", (_what, difference, problems) => {
  expect(judge(difference)).toThrow(UntrustedScript);
  expect(judge(difference)).toThrow(`will not run scripts as root: ${problems}`);
});

test.each(["/root", "root", "linked"])(
  "root does not run someone else's script that a link reaches beyond the root '%s'",
  (root) => {
    const difference = { [script]: link("../../../../tmp/vendor"), "/": directory, ...outside };
    expect(judge(difference, { root })).not.toThrow();
    const theirs = { ...difference, "/tmp/vendor": { ...file, userId: 7 } };
    expect(judge(theirs, { root })).toThrow(`${root}/../tmp/vendor belongs to the user with id 7`);
  },
);

test.each<[string, Tree, string]>([
  ["a dangling link", { [script]: link("/tmp/vendor"), "/tmp": directory }, "ENOENT"],
  ["a link to itself", { [script]: link("vendor") }, "ELOOP"],
])("root cannot run %s", (_what, difference, code) => {
  expect(judge(difference)).toThrow(expect.objectContaining({ code }));
});

test.each<[string, Tree, string]>([
  ["what others own", { [script]: { ...file, userId: 7 } }, `chown -h root ${script}`],
  ["what others can write", { [script]: { ...file, mode: 0o777 } }, `chmod go-w ${script}`],
  [
    "both",
    { [script]: { ...file, userId: 7, mode: 0o777 }, "/root/usr": { ...directory, userId: 7 } },
    `chown -h root /root/usr ${script} && chmod go-w ${script}`,
  ],
])("the hint tells root to look first, and then how to mend %s", (_what, difference, commands) => {
  const look = "Another user may have written what is there, so look at it first, and remove what you do not know.";
  expect(judge(difference)).toThrow(expect.objectContaining({ hint: `${look} Then: ${commands}` }));
});

test("users other than root run any script", () => {
  expect(judge({ [script]: { ...file, userId: 1001, mode: 0o777 } }, { user: 1000 })).not.toThrow();
});
