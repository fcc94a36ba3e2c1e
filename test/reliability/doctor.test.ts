// Ten things of a host are broken at random, many times: doctor finds each of them, and nothing else. In this process, whatever program
// is tested otherwise.

import { expect, test } from "vitest";
import { breakHost, chooseBreakages } from "../../src/testing/breakages.ts";

const rounds = Number(process.env.MDEVCTL_DOCTOR_ROUNDS ?? 200);

test(`in ${rounds} rounds, doctor finds what is broken, and nothing else`, async () => {
  for (let round = 0; round < rounds; round++) {
    const seed = 1000 + round;
    const { expected, found } = await breakHost(chooseBreakages(10, seed));
    expect({ seed, found }).toEqual({ seed, found: expected });
  }
});
