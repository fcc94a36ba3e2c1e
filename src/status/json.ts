// The JSON of the status: an item of each list on a line of its own, so that it can be read, and written piece by piece.

import type { LongDocument } from "./document.ts";

export function* formatDocument({ version, cards, parents, devices, problems }: LongDocument): Generator<string> {
  yield `{\n  "version": ${version}`;
  for (const [name, items] of Object.entries({ cards, parents, devices, problems })) {
    let before = "";
    yield `,\n  "${name}": [`;
    for (const item of items) {
      yield `${before}\n    ${JSON.stringify(item)}`;
      before = ",";
    }
    yield before === "" ? "]" : "\n  ]";
  }
  yield "\n}\n";
}
