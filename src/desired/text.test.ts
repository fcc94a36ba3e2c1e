import { expect, test } from "vitest";
import { createEscapes } from "../format.ts";
import type { DeviceDocument, PlanDocument } from "./document.ts";
import { formatPlan } from "./text.ts";

const look = { style: (_: string, text: string) => text, escapes: createEscapes({ isTerminal: true }) };

const A = "8500d1a2-6d5c-4a3c-8f0e-2f6b1c9d0e47";
const B = "6f2e1d3c-84b5-4a97-9c08-1b5d7e3f9a42";

function onCard(uuid: string | null, vf: string): DeviceDocument {
  return {
    ...{ uuid, parent: `0000:82:${vf}`, card: "0000:82:00.0", type: "nvidia-1155", type_name: "NVIDIA L40S-8Q" },
    ...{ start: "auto", attrs: [] },
  };
}

const serial: DeviceDocument = {
  ...{ uuid: null, parent: "mtty", card: null, type: "mtty-1", type_name: "Single port serial" },
  ...{ start: "auto", attrs: [] },
};

const isNew = { code: "new", why: "it is not defined" };
const isInactive = { code: "active", why: "it is not active" };
const differs = { code: "attributes", why: "its vgpu_params is a=0, not a=1" };

function format(parts: Partial<PlanDocument>): string {
  const groups = [
    { card: "0000:82:00.0", devices: [] },
    { parent: "mtty", devices: [] },
  ];
  const state = { version: 1, groups } as const;
  const rest = { steps: [], blocked: [], unmanaged: [], warnings: [] };
  return [...formatPlan({ version: 1, in_sync: false, before: state, after: state, ...rest, ...parts }, look)].join("");
}

test("a device has one line with all its steps, below its card or parent", () => {
  const [known, other] = [onCard(A, "00.4"), onCard(null, "00.5")];
  const text = format({
    steps: [
      { do: "stop", device: known, ...differs },
      { do: "make-vfs", card: "0000:82:00.0", code: "vfs", why: "it has no virtual functions" },
      { do: "define", device: serial, ...isNew },
      { do: "modify", device: known, ...differs },
      { do: "define", device: other, ...isNew },
      { do: "define", device: serial, ...isNew },
      { do: "start", device: known, ...differs },
      { do: "start", device: serial, ...isInactive },
      { do: "start", device: other, ...isInactive },
      { do: "start", device: serial, ...isInactive },
    ],
  });
  expect(text).toMatchInlineSnapshot(`
    "0000:82:00.0
    + make VFs: it has no virtual functions
    ~ 8500d1a2-6d5c-4a3c-8f0e-2f6b1c9d0e47  L40S-8Q  82:00.4  stop, modify, start: its vgpu_params is a=0, not a=1
    + (new)                                 L40S-8Q  82:00.5  define, start
    mtty
    + (new)  mtty-1  define, start
    + (new)  mtty-1  define, start

    1 to stop, 1 to make VFs, 3 to define, 1 to modify, 4 to start.
    "
  `);
});

test("what is blocked and what is left alone is said in its place", () => {
  const used = { ...differs, why: `${differs.why}, but VM web1 uses it` };
  const text = format({
    blocked: [{ do: "stop", device: onCard(A, "00.4"), ...used, users: [] }],
    unmanaged: [onCard(B, "00.5")],
  });
  expect(text).toMatchInlineSnapshot(`
    "0000:82:00.0
    ! 8500d1a2-6d5c-4a3c-8f0e-2f6b1c9d0e47  L40S-8Q  82:00.4  cannot stop: its vgpu_params is a=0, not a=1, but VM web1 uses it
      6f2e1d3c-84b5-4a97-9c08-1b5d7e3f9a42  L40S-8Q  82:00.5  left alone: it is not in the file

    Nothing can be done now: 1 blocked. 1 device not in the file; --prune removes such devices.
    "
  `);
});

test("an unmanaged device that is to go is not said to be left alone", () => {
  const device = onCard(B, "00.5");
  const why = { code: "unmanaged", why: "it is not in the file" };
  const blocked = [{ do: "stop", device, ...why, users: [] }] as const;
  expect(format({ unmanaged: [device], steps: [{ do: "undefine", device, ...why }] })).not.toContain("left alone");
  expect(format({ unmanaged: [device], blocked })).not.toContain("left alone");
});

test("of a failure it is said how far it came, why, and what to do", () => {
  const known = onCard(A, "00.4");
  const text = format({
    steps: [
      { do: "define", device: known, ...isNew, result: "done" },
      { do: "start", device: known, ...isInactive, result: "failed", error: "cannot start it: no", hint: "Wait." },
      { do: "start", device: onCard(B, "00.5"), ...isInactive, result: "not-tried" },
    ],
  });
  expect(text).toMatchInlineSnapshot(`
    "0000:82:00.0
    ! 8500d1a2-6d5c-4a3c-8f0e-2f6b1c9d0e47  L40S-8Q  82:00.4  define done, start failed
        cannot start it: no
        Wait.
    ? 6f2e1d3c-84b5-4a97-9c08-1b5d7e3f9a42  L40S-8Q  82:00.5  start not tried

    1 of 3 steps done, 1 failed, 1 not tried.
    "
  `);
});

test.each([
  [true, "Nothing to do: the host is as the file says.\n"],
  [false, "Nothing can be done now: 0 blocked.\n"],
])("without steps there is a sentence", (inSync, text) => {
  expect(format({ in_sync: inSync })).toBe(text);
});
