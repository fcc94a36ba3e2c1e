import { rename } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type Machine, machine } from "../testing/machine.ts";

const first = "11111111-1111-4111-8111-111111111111";
const second = "22222222-2222-4222-8222-222222222222";
const third = "33333333-3333-4333-8333-333333333333";

function definition(start: string, type = "mtty-1"): string {
  return JSON.stringify({ mdev_type: type, start, attrs: [] });
}

async function active(host: Machine): Promise<string[]> {
  const { stdout } = await host.run("list");
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.slice(0, 36)]));
}

test("the auto devices of the parent start, the manual ones and those of other parents do not", async () => {
  const host = machine({
    files: {
      [`etc/mdevctl.d/mtty/${first}`]: definition("auto"),
      [`etc/mdevctl.d/mtty/${second}`]: definition("manual"),
      [`etc/mdevctl.d/matrix/${third}`]: definition("auto", "vfio_ap-passthrough"),
    },
  });
  expect(await host.run("start-parent-mdevs", "mtty")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await active(host)).toEqual([first]);
});

test("a device that cannot be started is a warning, and the next one is started", async () => {
  const host = machine({
    files: {
      [`etc/mdevctl.d/mtty/${first}`]: JSON.stringify({ mdev_type: "mtty-1", start: "auto", attrs: [{ none: "1" }] }),
      [`etc/mdevctl.d/mtty/${second}`]: "{",
      [`etc/mdevctl.d/mtty/${third}`]: definition("auto"),
    },
  });
  const result = await host.run("start-parent-mdevs", "mtty");
  expect(result.status).toBe(0);
  expect(result.stderr).toContain(`warning: cannot start ${first}: the device has no attribute 'none'`);
  expect(result.stderr).toContain(`${second}: it ends too early`);
  expect(await active(host)).toEqual([third]);
});

test("a parent without definitions is nothing to do", async () => {
  expect(await machine().run("start-parent-mdevs", "nothing")).toEqual({ status: 0, stdout: "", stderr: "" });
});

describe("a driver that is not ready", () => {
  test("is tried again until its type is there, with one answer of the scripts", async () => {
    const pauses: number[] = [];
    const host: Machine = machine({
      files: { [`etc/mdevctl.d/mtty/${first}`]: definition("auto") },
      system: {
        sleep: async (milliseconds) => {
          pauses.push(milliseconds);
          if (pauses.length === 2) await rename(`${types}/later`, `${types}/mtty-1`);
        },
      },
    });
    const types = `${host.root}/sys/class/mdev_bus/mtty/mdev_supported_types`;
    await rename(`${types}/mtty-1`, `${types}/later`);
    host.callout("log.sh", 'echo "$4 $8" >> "$root/log"');
    expect(await host.run("start-parent-mdevs", "mtty")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(pauses).toEqual([100, 200]);
    expect(await active(host)).toEqual([first]);
    expect(host.read("log")).toBe("get none\npre none\npost success\n");
  });

  test("is given about three seconds, once for all devices", async () => {
    let waited = 0;
    const host = machine({
      files: {
        [`etc/mdevctl.d/mtty/${first}`]: definition("auto", "mtty-9"),
        [`etc/mdevctl.d/mtty/${second}`]: definition("auto", "mtty-9"),
        [`etc/mdevctl.d/mtty/${third}`]: definition("auto"),
      },
      system: {
        sleep: async (milliseconds) => {
          waited += milliseconds;
        },
      },
    });
    const { stderr } = await host.run("start-parent-mdevs", "mtty");
    expect(waited).toBe(3100);
    expect(stderr.match(/mtty has no type mtty-9/g)).toHaveLength(2);
    expect(await active(host)).toEqual([third]);
  });

  test("is not waited for when there is no such parent", async () => {
    const host = machine({
      files: { [`etc/mdevctl.d/gone/${first}`]: definition("auto") },
      system: { sleep: () => Promise.reject(new Error("waited")) },
    });
    const { stderr } = await host.run("start-parent-mdevs", "gone");
    expect(stderr).toContain("there is no parent device gone");
  });
});

test("with --syslog messages go to the system log as errors, a line each, and nothing to stderr", async () => {
  const logged: string[] = [];
  const host = machine({
    files: { [`etc/mdevctl.d/gone/${first}`]: definition("auto") },
    system: {
      writeFile: (path, text) => {
        expect(path).toBe("/dev/kmsg");
        logged.push(text);
      },
    },
  });
  expect(await host.run("start-parent-mdevs", "--syslog", "gone")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(logged).toEqual([`<11>mdevctl: warning: cannot start ${first}: there is no parent device gone\n`]);
});
