import * as fs from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sandboxCards, sandboxParents } from "../sandbox/parents.ts";
import { machine, type Result } from "../testing/machine.ts";

/** Runs `mdevctl sandbox` for a directory beside the machine's own files. */
async function sandboxIn(name: string) {
  const { root, run } = machine();
  const directory = join(root, name);
  const result: Result = await run("sandbox", directory);
  return { directory, run, ...result };
}

test("a sandbox is created in a new directory, and works as the printed root", async () => {
  const { directory, status, stderr, stdout } = await sandboxIn("new");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain(`  export MDEVCTL_ENV_ROOT=${directory}\n`);

  const { run } = machine({ environment: { MDEVCTL_ENV_ROOT: directory } });
  const { stdout: types } = await run("types");
  expect(types.match(/^\S.*$/gm)).toHaveLength(
    sandboxParents.length + sandboxCards.flatMap(({ functions }) => functions).length,
  );
  const started = await run("start", "--parent", "mtty", "--type", "mtty-2");
  const { stdout: listed } = await run("list");
  expect(listed).toBe(`${started.stdout.trim()} mtty mtty-2 manual\n`);
});

test("all the commands that are printed as examples succeed", async () => {
  const { directory, stdout } = await sandboxIn("new");
  const { run } = machine({ environment: { MDEVCTL_ENV_ROOT: directory } });
  const commands = [...stdout.matchAll(/^ {2}mdevctl (.*)$/gm)].map((match) => match[1] ?? "");
  expect(commands.length).toBeGreaterThan(1);
  for (const command of commands) {
    const { status, stdout: output } = await run(...command.split(" "));
    expect({ command, status }).toEqual({ command, status: 0 });
    expect(output).not.toBe("");
  }
});

test("an empty directory becomes a sandbox; a trailing slash does no harm", async () => {
  const { root, run } = machine();
  fs.mkdirSync(`${root}/empty`);
  const { status, stdout } = await run("sandbox", `${root}/empty//`);
  expect(status).toBe(0);
  expect(stdout).toContain(`MDEVCTL_ENV_ROOT=${root}/empty\n`);
  expect(fs.readdirSync(`${root}/empty`)).toContain("mdevctl-sandbox.json");
});

test("an existing sandbox stays as it is", async () => {
  const { root, run, read } = machine();
  const uuid = "11111111-1111-4111-8111-111111111111";
  const defined = await run("define", "--uuid", uuid, "--parent", "mtty", "--type", "mtty-1");
  expect(defined).toMatchObject({ status: 0, stderr: "" });
  const { status, stdout } = await run("sandbox", root);
  expect(status).toBe(0);
  expect(stdout).toContain("stays as it is");
  expect(stdout).toContain(`MDEVCTL_ENV_ROOT=${root}\n`);
  expect(read(`etc/mdevctl.d/mtty/${uuid}`)).toContain("mtty-1");
});

test("a directory with other files is refused, and nothing is written into it", async () => {
  const { root, run, files } = machine({ files: { "work/letter": "dear" } });
  const { status, stdout, stderr } = await run("sandbox", `${root}/work`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toBe(`mdevctl: cannot make a sandbox in ${root}/work: the directory is not empty\n`);
  expect(files("work")).toEqual({ "work/letter": "dear" });
});

test.each([
  ["whose parent is missing", "no/where", "no such file or directory"],
  ["that is a file", "file", "not a directory"],
])("a path %s is refused with the reason", async (_what, path, reason) => {
  const { root, run } = machine({ files: { file: "text" } });
  const { status, stdout, stderr } = await run("sandbox", `${root}/${path}`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(new RegExp(`^mdevctl: cannot make a sandbox in ${root}/${path}: .*${reason}\n$`));
});

test.each([[[]], [[""]], [["a", "b"]]])("the arguments %j are wrong usage", async (args) => {
  const { run } = machine();
  expect(await run("sandbox", ...args)).toMatchObject({ status: 2, stdout: "" });
});

test("a relative path is printed as an absolute one, quoted for the shell where necessary", async () => {
  const { root, run } = machine();
  const before = process.cwd();
  fs.mkdirSync(`${root}/it's here`);
  try {
    process.chdir(`${root}/it's here`);
    const { stdout } = await run("sandbox", "./try me");
    expect(stdout).toContain(`  export MDEVCTL_ENV_ROOT='${root}/it'\\''s here/try me'\n`);
  } finally {
    process.chdir(before);
  }
  expect(fs.existsSync(`${root}/it's here/try me/mdevctl-sandbox.json`)).toBe(true);
});
