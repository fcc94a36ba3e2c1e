// The inputs of the fuzzing of plan and apply: files that say what a host should have, in their proper form, damaged, and anything
// else that is YAML or is not.

import fc from "fast-check";
import { dump } from "js-yaml";
import { active, both, defined, fresh, text, twice } from "./arbitraries.ts";

/** Hardly ever the second. */
const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>) => fc.oneof({ weight: 60, arbitrary: usual }, other);

const scalar = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, "", "~", "on", "0xab", "1e3", 0, 1, 4, -1, 1.5, 65536, 65537, 1e6, "-"),
  text,
);
const anything = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.dictionary(text, scalar, { maxKeys: 2 }));
const flag = mostly<unknown>(fc.boolean(), anything);

type Fields = Readonly<Record<string, unknown>>;

/** Some of the fields, with the required ones nearly always, and now and then another one. */
function map(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>, requiredKeys: readonly string[]) {
  const usual: fc.Arbitrary<Fields> = fc.record(fields, { requiredKeys: [...requiredKeys] });
  const other = fc.tuple(fc.record(fields, { requiredKeys: [] }), fc.dictionary(text, anything, { maxKeys: 1 }));
  return mostly<Fields>(
    usual,
    other.map(([known, unknown]) => ({ ...known, ...unknown })),
  );
}

const types = ["mtty-1", "mtty-2", "vfio_ap-passthrough", "L40S-8Q", "l40s-8a", "NVIDIA L40S-24Q", "nvidia-1155", 1153];

interface Kind {
  readonly types: readonly unknown[];
  readonly attributes: readonly unknown[];
  readonly places: boolean;
}

const device = (kind: Kind) =>
  map(
    {
      type: mostly<unknown>(fc.constantFrom(...kind.types), fc.oneof(fc.constantFrom<unknown>(...types), anything)),
      ...(kind.places && { vf: mostly<unknown>(fc.nat(2), anything) }),
      count: mostly<unknown>(fc.integer({ min: 1, max: 3 }), anything),
      uuid: mostly<unknown>(fc.constantFrom<string>(defined, active, both, twice, fresh), anything),
      start: mostly<unknown>(fc.constantFrom("auto", "manual"), anything),
      active: flag,
      attrs: mostly<unknown>(fc.constantFrom([], ...kind.attributes), anything),
    },
    ["type"],
  ).map((each): unknown =>
    // A count, a UUID and a place of one device contradict each other.
    each.count === undefined ? each : { ...each, uuid: undefined, vf: undefined },
  );
const devicesOf = (kind: Kind) => mostly<unknown>(fc.array(device(kind), { maxLength: 3 }), anything);
const condition = mostly<unknown>(
  fc.constantFrom<unknown>({}, {}, { host: "*" }, { host: "a*" }, { label: { pool: "a" } }, { host: "b", label: {} }),
  anything,
);

const card = map(
  {
    card: mostly<unknown>(fc.constantFrom<unknown>("0000:82:00.0", "0000:82:00.0", { id: "10de:26b9" }), anything),
    ...{ when: condition, vfs: flag, "mixed-sizes": flag },
    devices: devicesOf({ types: types.slice(3), attributes: [[{ "nvidia/vgpu_params": "a=1" }]], places: true }),
  },
  ["card", "devices"],
);
const serial = map(
  {
    parent: mostly<unknown>(
      fc.constantFrom<unknown>("mtty", "mtty", { driver: "mtty" }),
      fc.oneof(fc.constant("none"), anything),
    ),
    when: condition,
    devices: devicesOf({ types: types.slice(0, 2), attributes: [], places: false }),
  },
  ["parent", "devices"],
);
const matrixAttributes = [
  [{ assign_adapter: 5 }, { assign_domain: 4 }],
  [{ assign_domain: "0xab" }],
  [{ "power/control": "on" }, { "power/control": "auto" }],
];
const matrix = map(
  {
    parent: fc.constant("matrix"),
    devices: devicesOf({ types: types.slice(2, 3), attributes: matrixAttributes, places: false }),
  },
  ["parent", "devices"],
);
/** Hardly ever two about the same. */
const groups = mostly<unknown>(
  fc.tuple(card, serial, matrix).chain((each) => fc.shuffledSubarray(each, { minLength: 1 })),
  fc.oneof(fc.array(fc.oneof(card, serial, matrix), { maxLength: 3 }), anything),
);

const state = map({ version: mostly<unknown>(fc.constantFrom(1, "1"), anything), groups }, ["version", "groups"]);

/** As people, editors and programs would write it. */
function write(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.tuple(value, fc.nat(3)).map(([each, style]) => {
    const plain: unknown = JSON.parse(JSON.stringify(each) ?? "null");
    if (style === 0) return JSON.stringify(plain);
    if (style === 1) return JSON.stringify(plain, null, 2);
    return dump(plain, { flowLevel: style === 2 ? -1 : 3 });
  });
}

const piece = fc.oneof(
  fc.constantFrom(..."-?:,[]{}#&*!|>'\"%@`~= \n\t\r\0\ufeff\u0085\u2028"),
  fc.constantFrom(
    ": ",
    "\n  ",
    "\n- ",
    "---\n",
    "...\n",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "? ",
    "|\n",
    ">-\n",
    "\\u0000",
    "{{",
    "[[[[",
  ),
  text,
);

/** Up to three places of it are cut out, doubled or replaced. */
const damaged = fc
  .tuple(
    write(state),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.oneof(piece, fc.constant(undefined))), { minLength: 1, maxLength: 3 }),
  )
  .map(([whole, changes]) =>
    changes.reduce((before, [place, length, put]) => {
      const at = place % (before.length + 1);
      const part = before.slice(at, at + length);
      return put === undefined
        ? before.slice(0, at) + part + before.slice(at)
        : before.slice(0, at) + put + before.slice(at + length);
    }, whole),
  );

/** Most of it can be read. */
export const stateText = fc.oneof({ weight: 4, arbitrary: write(state) }, damaged);

/** Hardly any of it can be read. */
export const brokenText = fc.oneof(
  damaged,
  write(fc.anything({ maxDepth: 4, values: [fc.string(), fc.integer(), fc.boolean()] })),
  fc.array(piece, { maxLength: 30 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.json({ maxDepth: 4 }),
);

/** One of vgpu-device-manager. */
const entry = map(
  {
    devices: mostly<unknown>(fc.constantFrom<unknown>("all", [0], [0, 1]), anything),
    "device-filter": mostly<unknown>(fc.constantFrom<unknown>([], ["0x26B910DE"]), anything),
    "vgpu-devices": mostly<unknown>(
      fc.dictionary(
        fc.constantFrom("L40S-8Q", "A100-1-5CME"),
        mostly<unknown>(fc.integer({ min: 0, max: 9 }), anything),
      ),
      anything,
    ),
  },
  ["devices", "vgpu-devices"],
);
export const foreignText = write(
  map(
    {
      version: mostly<unknown>(fc.constant("v1"), anything),
      "vgpu-configs": mostly<unknown>(fc.record({ a: fc.array(entry, { maxLength: 2 }) }), anything),
    },
    ["version", "vgpu-configs"],
  ),
);

const options = ["--prune", "--json", "--host=b", "--label=pool=a"];
export const planOptions = fc.subarray(options);
