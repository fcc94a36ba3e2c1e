import { expect, test } from "vitest";
import { notActiveError, notDefinedError } from "./errors.ts";

test("the message about a missing device names the action and the parent, if one was given", () => {
  expect(notDefinedError("modify", "UUID", undefined).message).toBe("cannot modify UUID: it is not defined");
  expect(notDefinedError("undefine", "UUID", "mtty").message).toBe(
    "cannot undefine UUID: it is not defined under mtty",
  );
  expect(notActiveError("stop", "UUID").message).toBe("cannot stop UUID: it is not active");
});
