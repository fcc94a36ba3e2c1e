// A watch that has ended when it begins, for tests of commands that would go on for ever.

import type { Watch } from "../system.ts";

export const endedWatch: Watch = {
  hearsKernel: true,
  watchDirectory: () => {},
  next: async () => undefined,
  close: () => {},
};
