// A host to be tortured: definitions, and a sysfs of plain files, in which one can see what was written. Nothing in it is
// simulated, so that the program's own system calls are all there is.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

export const P = "0000:00:02.0";
export const T = "vendor-4";
export const A = "11111111-1111-4111-8111-111111111111";
export const B = "22222222-2222-4222-8222-222222222222";
export const C = "33333333-3333-4333-8333-333333333333";

export type Attributes = readonly Readonly<Record<string, string>>[];

/** As every mdevctl writes it. */
export function definition(attributes: Attributes = [], type = T): string {
  return JSON.stringify({ mdev_type: type, start: "auto", attrs: attributes }, null, 2);
}

export interface Host {
  readonly root: string;
  write(path: string, text: string): void;
  read(path: string): string;
  exists(path: string): boolean;
  /** An executable shell script, given without its first line; `$root` is the root in it. */
  script(kind: "callouts" | "notifiers", name: string, commands: string): void;
  /** Has the kernel have this device, of P and T. */
  activate(uuid: string): void;
  /** The texts of all that is where definitions are, by their paths below it. */
  definitions(): Record<string, string>;
  /** What the kernel would have of device A now. */
  device(): Device;
  remove(): void;
}

export interface Device {
  readonly active: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A host that goes when the test is over, or earlier. */
export function makeHost(definitions: Readonly<Record<string, string>> = {}): Host {
  const root = fs.realpathSync(fs.mkdtempSync(join(process.env.MDEVCTL_TEST_DIRECTORY ?? tmpdir(), "mdevctl-host-")));
  const at = (path: string) => join(root, path);
  const read = (path: string) => fs.readFileSync(at(path), "utf8");
  const write = (path: string, text: string) => {
    fs.mkdirSync(dirname(at(path)), { recursive: true });
    fs.writeFileSync(at(path), text);
  };
  for (const path of ["etc/mdevctl.d", "usr/lib/mdevctl/scripts.d/callouts", "usr/lib/mdevctl/scripts.d/notifiers"]) {
    fs.mkdirSync(at(path), { recursive: true });
  }
  for (const [path, text] of Object.entries(definitions)) write(`etc/mdevctl.d/${path}`, text);

  const type = `sys/devices/${P}/mdev_supported_types/${T}`;
  write(`${type}/available_instances`, "4\n");
  write(`${type}/device_api`, "vfio-pci\n");
  write(`${type}/create`, "");
  // What appears with the device is there before; without its type it does not count as active.
  for (const name of ["remove", "speed", "mode"]) write(`sys/devices/${P}/${A}/${name}`, "");
  for (const path of ["sys/class/mdev_bus", "sys/bus/mdev/devices"]) fs.mkdirSync(at(path), { recursive: true });
  fs.symlinkSync(`../../devices/${P}`, at(`sys/class/mdev_bus/${P}`));
  fs.symlinkSync(`../../../devices/${P}/${A}`, at(`sys/bus/mdev/devices/${A}`));

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
      write(`sys/devices/${P}/${uuid}/remove`, "");
      fs.symlinkSync(`../mdev_supported_types/${T}`, at(`sys/devices/${P}/${uuid}/mdev_type`));
      const onBus = at(`sys/bus/mdev/devices/${uuid}`);
      if (!fs.existsSync(onBus)) fs.symlinkSync(`../../../devices/${P}/${uuid}`, onBus);
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
        active: read(`${type}/create`).includes(A) && !file("remove").includes("1"),
        attributes: { speed: file("speed"), mode: file("mode") },
      };
    },
  };
}
