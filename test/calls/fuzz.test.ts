// A million broken messages; `node bench/fuzz.ts INPUTS SEED` goes on for longer.
import { expect, test } from "@jest/globals";
import { fuzz } from "../../bench/fuzz.ts";

const MOST_GROWTH_MEGABYTES = 20;

test("a million lost, doubled, late, garbled or forged messages break nothing and leave nothing", () => {
  const { inputs, calls, heapGrowthMegabytes, faults } = fuzz({ inputs: 1_000_000, seed: 1 });

  expect(faults).toEqual([]);
  expect(inputs).toBeGreaterThanOrEqual(1_000_000);
  expect(calls).toBeGreaterThan(1_000);
  // Nine tenths of the inputs add nothing to the memory: what they made was let go.
  expect(heapGrowthMegabytes).toBeLessThan(MOST_GROWTH_MEGABYTES);
}, 120_000);
