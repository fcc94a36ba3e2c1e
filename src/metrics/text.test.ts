import { expect, test } from "vitest";
import { formatFamilies } from "./text.ts";

test("families have a help, a type and samples, in which backslashes, quotes and newlines are escaped", () => {
  const families = [
    { name: "a", help: "One \\ and\ntwo", samples: [{ labels: { x: 'a\\b"c\nd' }, value: 1.5 }] },
    { name: "b", help: "Nothing", samples: [] },
    {
      name: "c",
      help: "Two",
      samples: [
        { labels: {}, value: 0 },
        { labels: { y: "", z: "é" }, value: 2 },
      ],
    },
  ];
  expect([...formatFamilies(families)].join("")).toBe(
    [
      "# HELP a One \\\\ and\\ntwo",
      "# TYPE a gauge",
      'a{x="a\\\\b\\"c\\nd"} 1.5',
      "# HELP c Two",
      "# TYPE c gauge",
      "c 0",
      'c{y="",z="é"} 2\n',
    ].join("\n"),
  );
});
