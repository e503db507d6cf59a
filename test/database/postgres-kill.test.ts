// The promise of the design, with the store in PostgreSQL: what was accepted is booked once, whenever
// the daemon is killed.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { inPostgres } from "../nemesis/day-stores.ts";
import { killInOffices } from "../nemesis/kill-offices.ts";
import { steps as allSteps } from "../nemesis/kill-rounds.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const KILLS = 50;
const OFFICES = 3;
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

test("a daemon on PostgreSQL killed 50 times, by chance and at each step, books every call exactly once", async () => {
  const { kills, read, bound, problems, steps } = await killInOffices({
    name: "kill-postgres",
    seed,
    kills: KILLS,
    offices: OFFICES,
    storeOf: (office) => inPostgres({ url: server.url, schema: `office_${office}` }),
  });

  expect(problems).toEqual([]);
  expect(kills).toBe(KILLS);
  expect(bound).toBeGreaterThan(KILLS);
  expect(bound / read).toBeGreaterThan(0.9);
  expect(steps.size).toBeGreaterThan(allSteps.length / 2);
}, 900_000);
