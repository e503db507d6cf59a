// kill -9, at chance moments and at every step where something becomes durable: what was accepted is
// booked once.
import { expect, test } from "@jest/globals";
import { killInOffices } from "./kill-offices.ts";
import { steps as allSteps } from "./kill-rounds.ts";

const KILLS = 300;
const OFFICES = 9;
const MOST = 0.9;
const MOST_STEPS = 3 / 4;
/** Always the same in CI: others are tried by `npm run long -- kill`. */
const seed = Number(process.env["SEED"] ?? 229_677);

test("a daemon killed 300 times, by chance and at each step, books every call exactly once", async () => {
  const { kills, read, bound, problems, steps } = await killInOffices({
    name: "kill",
    seed,
    kills: KILLS,
    offices: OFFICES,
  });

  process.stdout.write(`a daemon had read of ${read} calls, ${bound} are bound to be booked\n`);
  expect(problems).toEqual([]);
  // A daemon that keeps what it hears only after a while would be bound to little.
  expect(bound / read).toBeGreaterThan(MOST);
  // Of calls that may be lost with each kill nothing could be learnt.
  expect(bound).toBeGreaterThan(KILLS);
  expect(kills).toBe(KILLS);
  // A step that seldom is on the way may be missed by chance.
  expect(steps.size).toBeGreaterThan(allSteps.length * MOST_STEPS);
}, 1_500_000);
