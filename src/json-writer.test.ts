import fc from "fast-check";
import { expect, test } from "vitest";
import { compactJson, formatEntries, formatListing, formatObject, indent, quote } from "./json-writer.ts";

/** A value whose objects are lists of fields, as an object would not keep their order. */
type Tree = string | number | boolean | null | Tree[] | { fields: [name: string, value: Tree][] };

function format(tree: Tree, margin: string): string {
  if (tree === null || typeof tree !== "object") return JSON.stringify(tree);
  const inside = margin + indent;
  if (Array.isArray(tree)) {
    const items = tree.map((item) => format(item, inside));
    return items.length === 0 ? "[]" : `[${inside}${items.join(`,${inside}`)}${margin}]`;
  }
  return formatObject(
    margin,
    tree.fields.map(([name, value]) => `${quote(name)}: ${format(value, inside)}`),
  );
}

function plain(tree: Tree): unknown {
  if (tree === null || typeof tree !== "object") return tree;
  if (Array.isArray(tree)) return tree.map(plain);
  return Object.fromEntries(tree.fields.map(([name, value]) => [name, plain(value)]));
}

/** These, and those that would end a name too early. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom('"', "\\", "\n", " ", ":") }),
);
const integerName = fc.nat().map(String);
const otherName = anyText.filter((name) => !/^\d+$/.test(name));

function anyTree(name: fc.Arbitrary<string>): fc.Arbitrary<Tree> {
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      anyText,
      fc.double({ noDefaultInfinity: true, noNaN: true }).filter((number) => !Object.is(number, -0)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.record({
        fields: fc.uniqueArray(fc.tuple(name, tie("tree")), { maxLength: 4, selector: ([selected]) => selected }),
      }),
    ),
  }));
  return tree;
}

test("what was written is read back as the same value, on several lines and on one", () => {
  fc.assert(
    fc.property(anyTree(fc.oneof(integerName, otherName)), (tree) => {
      const text = format(tree, "\n");
      expect(JSON.parse(text)).toEqual(plain(tree));
      expect(JSON.parse(compactJson(text))).toEqual(plain(tree));
    }),
  );
});

test("without names that look like integers, the text is that of JSON.stringify", () => {
  fc.assert(
    fc.property(anyTree(otherName), (tree) => {
      const text = format(tree, "\n");
      expect(text).toBe(JSON.stringify(plain(tree), null, 2));
      expect(compactJson(text)).toBe(JSON.stringify(plain(tree)));
    }),
  );
});

test("names that look like integers keep their place", () => {
  const text = format(
    {
      fields: [
        ["b", 1],
        [
          "12",
          {
            fields: [
              ["2", "x"],
              ["1", []],
            ],
          },
        ],
        ["3", null],
      ],
    },
    "\n",
  );
  expect(text).toBe('{\n  "b": 1,\n  "12": {\n    "2": "x",\n    "1": []\n  },\n  "3": null\n}');
  expect(compactJson(text)).toBe('{"b":1,"12":{"2":"x","1":[]},"3":null}');
});

const anyPair = fc.record({ name: fc.oneof(anyText, integerName), value: anyText });

test("entries are objects with one field each, whatever the margin", () => {
  fc.assert(
    fc.property(fc.array(anyPair), fc.nat(3), (pairs, depth) => {
      const margin = `\n${indent.repeat(depth)}`;
      const text = formatEntries(margin, pairs, ({ name, value }) => `${quote(name)}: ${quote(value)}`);
      const whole = JSON.stringify(
        pairs.map(({ name, value }) => ({ [name]: value })),
        null,
        2,
      );
      expect(text).toBe(whole.replaceAll("\n", margin));
    }),
  );
});

test("the format of an entry is told the entry's margin", () => {
  const tell = (item: string, margin: string) => `"${item}": ${JSON.stringify(margin)}`;
  expect(formatEntries("\n", ["a"], tell)).toBe('[\n  {\n    "a": "\\n    "\n  }\n]');
  expect([...formatListing([["p", ["a"]]], tell)].join("")).toContain('\n        "a": "\\n        "\n');
});

type Groups = readonly (readonly [name: string, items: readonly string[]])[];

const entry = (item: string) => `${quote(item)}: 1`;

const list = (groups: Groups) => [...formatListing(groups, entry)];

test.each<[string, Groups, string]>([
  ["nothing", [], "[]\n"],
  ["a name without items", [["12", []]], '[\n  {\n    "12": []\n  }\n]\n'],
  [
    "names in their order, with and without items",
    [
      ["b", ["x"]],
      ["12", []],
      ["3", ["2", "1"]],
    ],
    `[
  {
    "b": [
      {
        "x": 1
      }
    ],
    "12": [],
    "3": [
      {
        "2": 1
      },
      {
        "1": 1
      }
    ]
  }
]
`,
  ],
])("a listing of %s", (_what, groups, text) => {
  expect(list(groups).join("")).toBe(text);
});

test("groups of one name that follow each other are one array", () => {
  const anyGroup = fc.tuple(fc.constantFrom("a", "b", "12"), fc.array(anyText, { minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(anyGroup), (groups) => {
      const joined: [string, string[]][] = [];
      for (const [name, items] of groups) {
        const last = joined.at(-1);
        if (last?.[0] === name) last[1].push(...items);
        else joined.push([name, [...items]]);
      }
      expect(list(groups).join("")).toBe(list(joined).join(""));
    }),
  );
});

test("a group is asked for when the text of the one before has been taken", () => {
  const asked: string[] = [];
  function* groups(): Generator<readonly [string, readonly string[]]> {
    for (const name of ["a", "b"]) {
      asked.push(name);
      yield [name, ["x"]];
    }
  }
  const [first] = formatListing(groups(), entry);
  expect(first).toBe('[\n  {\n    "a": [\n      {\n        "x": 1\n      }');
  expect(asked).toEqual(["a"]);
});

test("a string is quoted as JSON.stringify does, the first time and again", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.constantFrom("__proto__", "constructor", "toString", "0")), (text) => {
      expect([quote(text), quote(text)]).toEqual([JSON.stringify(text), JSON.stringify(text)]);
    }),
  );
});
