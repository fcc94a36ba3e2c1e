import { expect, test } from "vitest";
import { type Capabilities, capabilitiesQuestion, readCapabilities } from "./capabilities.ts";

function read(answer: string): { capabilities: Capabilities | undefined; warnings: string[] } {
  const warnings: string[] = [];
  const log = {
    warn: (message: string) => void warnings.push(message),
    info: () => {},
    tell: () => {},
    relay: () => {},
    debug: () => {},
  };
  return { capabilities: readCapabilities(log, "/scripts/vendor", answer), warnings };
}

test("the question lists what we support, in the words that scripts know", () => {
  expect(capabilitiesQuestion).toBe(
    '{"provides":{"version":2,"actions":["start","stop","define","undefine","modify","attributes","capabilities"],"events":["pre","post","notify","get","live"]}}',
  );
});

test.each([
  ["version 2", '{"supports":{"version":2,"actions":["start","modify"],"events":["pre","live"]}}'],
  ["version 1", '{"supports":{"version":1,"actions":["start","modify"],"events":["pre","live"]}}'],
  ["other fields", '{"x":1,"supports":{"y":2,"version":2,"actions":["start","modify"],"events":["pre","live"]}}'],
  [
    "white space around it",
    '\n {"supports" : {"version":2, "actions":["start","modify"], "events":["pre","live"]}} \n',
  ],
  [
    "another order and repeated names",
    '{"supports":{"events":["live","pre","pre"],"actions":["modify","start"],"version":2}}',
  ],
])("an answer with %s says what the script supports", (_what, answer) => {
  expect(read(answer)).toEqual({
    capabilities: { actions: ["start", "modify"], events: ["pre", "live"] },
    warnings: [],
  });
});

test("a script may support nothing", () => {
  expect(read('{"supports":{"version":2,"actions":[],"events":[]}}').capabilities).toEqual({ actions: [], events: [] });
});

test.each([
  ["nothing", ""],
  ["plain text", "usage: vendor [-t TYPE]"],
  ["truncated JSON", '{"supports":{"version":2,"actions":[],"events":['],
  ["JSON with text after it", '{"supports":{"version":2,"actions":[],"events":[]}} done'],
  ["an empty object", "{}"],
  ["an array", "[]"],
  ["null", "null"],
  ["supports that is an empty object", '{"supports":{}}'],
  ["supports that is an array", '{"supports":[]}'],
  ["no version", '{"supports":{"actions":[],"events":[]}}'],
  ["a version that is a string", '{"supports":{"version":"2","actions":[],"events":[]}}'],
  ["a version with a fraction", '{"supports":{"version":1.5,"actions":[],"events":[]}}'],
  ["a negative version", '{"supports":{"version":-1,"actions":[],"events":[]}}'],
  ["a version beyond all numbers", '{"supports":{"version":1e400,"actions":[],"events":[]}}'],
  ["no actions", '{"supports":{"version":2,"events":[]}}'],
  ["no events", '{"supports":{"version":2,"actions":[]}}'],
  ["actions that are not strings", '{"supports":{"version":2,"actions":[1],"events":[]}}'],
  ["events that are a string", '{"supports":{"version":2,"actions":[],"events":"pre"}}'],
])("a script that answers %s has no capabilities", (_what, answer) => {
  expect(read(answer)).toEqual({ capabilities: undefined, warnings: [] });
});

test("unknown names are ignored with a warning", () => {
  const { capabilities, warnings } = read(
    '{"supports":{"version":3,"actions":["start","fly"],"events":["pre","Post"]}}',
  );
  expect(capabilities).toEqual({ actions: ["start"], events: ["pre"] });
  expect(warnings).toEqual([
    "script /scripts/vendor supports an action 'fly', which does not exist",
    "script /scripts/vendor supports an event 'Post', which does not exist",
  ]);
});
