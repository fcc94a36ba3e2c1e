// A host to be tortured: definitions, and a sysfs of plain files, which show what was written. Nothing is simulated, so
// the only system calls are the program's own.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { formatConfiguration, parseAttributes } from "../../src/definition.ts";
import { describeDevice, describeMachine } from "../../src/sandbox/machine.ts";
import { writeTree } from "../../src/sandbox/tree.ts";
import { unflushedSystem } from "../../src/testing/unflushed.ts";

export const P = "0000:00:02.0";
export const T = "vendor-4";
export const A = "11111111-1111-4111-8111-111111111111";
export const B = "22222222-2222-4222-8222-222222222222";
export const C = "33333333-3333-4333-8333-333333333333";

export type Attributes = readonly Readonly<Record<string, string>>[];

/** The JSON of a definition, as every mdevctl writes it. */
export function definition(attributes: Attributes = [], type = T): string {
  return formatConfiguration({ type, start: "auto", attributes: parseAttributes(attributes) });
}

export interface Host {
  readonly root: string;
  write(path: string, text: string): void;
  read(path: string): string;
  exists(path: string): boolean;
  /** Installs a shell script, given without its first line; `$root` in it is the root. */
  script(kind: "callouts" | "notifiers", name: string, commands: string): void;
  /** Makes this device of P and T active. */
  activate(uuid: string): void;
  /** The texts of all files in the directory of definitions, by path below it. */
  definitions(): Record<string, string>;
  /** The state that device A would have in the kernel now. */
  device(): Device;
  remove(): void;
}

export interface Device {
  readonly active: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

const system = unflushedSystem();
const machine = describeMachine({
  parents: [{ path: P, types: [{ name: T, deviceApi: "vfio-pci", instances: 4 }] }],
  // The files that would appear with the device exist already; without its type it does not count as active.
  devices: [{ uuid: A, parent: P, attributes: ["speed", "mode"].map((name) => ({ name, value: "" })) }],
});

/** A host that is removed after the test, or earlier. */
export function makeHost(definitions: Readonly<Record<string, string>> = {}): Host {
  const root = fs.realpathSync(fs.mkdtempSync(join(process.env.MDEVCTL_TEST_DIRECTORY ?? tmpdir(), "mdevctl-host-")));
  const at = (path: string) => join(root, path);
  const read = (path: string) => fs.readFileSync(at(path), "utf8");
  const write = (path: string, text: string) => {
    fs.mkdirSync(dirname(at(path)), { recursive: true });
    fs.writeFileSync(at(path), text);
  };
  writeTree(system, root, machine);
  for (const [path, text] of Object.entries(definitions)) write(`etc/mdevctl.d/${path}`, text);
  const remove = () => fs.rmSync(root, { recursive: true, force: true });
  onTestFinished(remove);
  return {
    root,
    read,
    exists: (path) => fs.existsSync(at(path)),
    write,
    remove,
    script(kind, name, commands) {
      const path = `usr/lib/mdevctl/scripts.d/${kind}/${name}`;
      write(path, `#!/bin/sh\nroot='${root}'\n${commands}\n`);
      fs.chmodSync(at(path), 0o755);
    },
    activate(uuid) {
      const entries = Object.entries(describeDevice({ uuid, parent: P, type: T }));
      const isThere = (path: string) => fs.lstatSync(at(path), { throwIfNoEntry: false }) !== undefined;
      writeTree(system, root, Object.fromEntries(entries.filter(([path]) => !isThere(path))));
    },
    definitions() {
      const entries = fs.readdirSync(at("etc/mdevctl.d"), { recursive: true, withFileTypes: true, encoding: "utf8" });
      const files = entries.filter((entry) => entry.isFile());
      const prefix = at("etc/mdevctl.d/").length;
      return Object.fromEntries(
        files.map(({ parentPath, name }) => [
          join(parentPath, name).slice(prefix),
          fs.readFileSync(join(parentPath, name), "utf8"),
        ]),
      );
    },
    device() {
      const file = (name: string) => read(`sys/devices/${P}/${A}/${name}`);
      return {
        active: read(`sys/devices/${P}/mdev_supported_types/${T}/create`).includes(A) && !file("remove").includes("1"),
        attributes: { speed: file("speed"), mode: file("mode") },
      };
    },
  };
}
