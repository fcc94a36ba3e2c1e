import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "./errors.ts";
import { ensureNames, parseAttributeName, parseName, parseParent } from "./names.ts";

test.each(["mtty", "0000:00:02.0", "i915-GVTg_V5_4", "...", ".hidden", "-a", "a b", "é", "12", "scripts.d"])(
  "%j is a type's name",
  (name) => {
    expect(parseName(name)).toBe(name);
  },
);

test.each([
  ["", "'' cannot be a name, because it is empty"],
  [".", "'.' cannot be a name, because it is '.'"],
  ["..", "'..' cannot be a name, because it is '..'"],
  ["a/b", "'a/b' cannot be a name, because it has a '/'"],
  ["/", "'/' cannot be a name, because it has a '/'"],
  ["../../etc", "'../../etc' cannot be a name, because it has a '/'"],
  ["a\0b", "'a\0b' cannot be a name, because it has a NUL"],
])("%j is refused as a parent's and a type's name", (name, message) => {
  expect(() => parseName(name)).toThrow(new UserError(message));
  expect(() => parseParent(name)).toThrow(new UserError(message));
});

test("the scripts' directory is never a parent", () => {
  expect(() => parseParent("scripts.d")).toThrow("'scripts.d' cannot be a parent's name");
  expect(parseParent("scripts.d2")).toBe("scripts.d2");
});

test.each(["speed", "power/control", "vendor/a/b", "...", ".hidden", "a b", "-1", "é"])(
  "%j is an attribute's name",
  (name) => {
    expect(parseAttributeName(name)).toBe(name);
  },
);

test.each([
  ["", "'' cannot be an attribute's name, because it is empty"],
  [".", "'.' cannot be an attribute's name, because it is '.'"],
  ["..", "'..' cannot be an attribute's name, because it is '..'"],
  ["/", "'/' cannot be an attribute's name, because it is absolute"],
  ["/etc/passwd", "'/etc/passwd' cannot be an attribute's name, because it is absolute"],
  ["../speed", "'../speed' cannot be an attribute's name, because it has a part that is '..'"],
  ["vendor/../../speed", "'vendor/../../speed' cannot be an attribute's name, because it has a part that is '..'"],
  ["vendor/./speed", "'vendor/./speed' cannot be an attribute's name, because it has a part that is '.'"],
  ["vendor//speed", "'vendor//speed' cannot be an attribute's name, because it has a part that is empty"],
  ["vendor/", "'vendor/' cannot be an attribute's name, because it has a part that is empty"],
  ["speed\0", "'speed\0' cannot be an attribute's name, because it has a NUL"],
  ["vendor/sp\0eed", "'vendor/sp\0eed' cannot be an attribute's name, because it has a NUL"],
])("%j is refused as an attribute's name", (name, message) => {
  expect(() => parseAttributeName(name)).toThrow(new UserError(message));
});

const anyName = fc
  .array(fc.constantFrom("a", ".", "..", "/", "\0", "\n", "", "speed"), { maxLength: 6 })
  .map((parts) => parts.join(""));

test("no accepted name leads out of its directory", () => {
  fc.assert(
    fc.property(anyName, fc.constantFrom(parseName, parseParent, parseAttributeName), (name, parse) => {
      try {
        parse(name);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        return;
      }
      expect(name).not.toContain("\0");
      // URL resolves dots as the kernel does; it keeps empty parts.
      expect(new URL(`file:///directory/${encodeURIComponent(name).replaceAll("%2F", "/")}`).pathname).toBe(
        `/directory/${encodeURIComponent(name).replaceAll("%2F", "/")}`,
      );
      expect(name.split("/")).not.toContain("");
    }),
    { numRuns: 500 },
  );
});

test("a device is refused if the name of its type or of any attribute is bad", () => {
  const good = { uuid: "UUID", type: "mtty-1", start: "auto", attributes: [{ name: "speed", value: "../x" }] } as const;
  expect(() => ensureNames("start", good)).not.toThrow();
  expect(() => ensureNames("start", { ...good, type: "../mtty-1" })).toThrow(
    "cannot start UUID: '../mtty-1' cannot be a name",
  );
  expect(() =>
    ensureNames("define", { ...good, attributes: [...good.attributes, { name: "../x", value: "" }] }),
  ).toThrow("cannot define UUID: '../x' cannot be an attribute's name");
});
