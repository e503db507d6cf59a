// A million broken messages; `node --expose-gc bench/fuzz.ts INPUTS SEED` goes on for longer.
import { expect, test } from "@jest/globals";
import { fuzz } from "../../bench/fuzz.ts";

test("a million lost, doubled, late, garbled or forged messages break nothing and leave nothing", () => {
  const { inputs, calls, faults } = fuzz({ inputs: 1_000_000, seed: 1 });

  expect(faults).toEqual([]);
  expect(inputs).toBeGreaterThanOrEqual(1_000_000);
  expect(calls).toBeGreaterThan(1_000);
}, 120_000);
