// Runs the contract of every System on the native one: an executable of its own, which prints a line for each case (TAP) and
// fails when one does.

import { exit } from "posix";
import { quickjsSystem } from "./quickjs.ts";
import { type Case, contract } from "./system.contract.ts";

const system = quickjsSystem();

async function makeTemporaryDirectory(): Promise<string> {
  const path = `${system.environment("TMPDIR") ?? "/tmp"}/mdevctl-contract.${system.randomBytes(8).join("-")}`;
  system.makeDirectory(path);
  return path;
}

async function failureOf(testCase: Case): Promise<string | undefined> {
  const directory = await makeTemporaryDirectory();
  try {
    await testCase.check(system, directory);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    const removal = { path: "/bin/rm", args: ["-rf", directory], stdin: "", timeoutSeconds: 60, outputLimit: 1000 };
    await system.run(removal);
  }
}

system.write("stdout", `1..${contract.length}\n`);
let failures = 0;
for (const [index, testCase] of contract.entries()) {
  const failure = await failureOf(testCase);
  if (failure !== undefined) failures++;
  const reason = failure === undefined ? "" : `# ${failure.replaceAll("\n", "\n# ")}\n`;
  system.write("stdout", `${failure === undefined ? "ok" : "not ok"} ${index + 1} - ${testCase.title}\n${reason}`);
}
exit(failures === 0 ? 0 : 1);
