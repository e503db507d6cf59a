// The promise of the design, with the store in PostgreSQL: what was accepted is booked once, whenever
// the daemon is killed.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { inPostgres } from "../nemesis/day-stores.ts";
import { keepLog } from "../nemesis/keep-log.ts";
import { killPlan, killRounds, steps, type KillReport } from "../nemesis/kill-rounds.ts";
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
  const offices = Array.from({ length: OFFICES }, (_, office) => office);

  const reports = await Promise.all(
    offices.map((office) =>
      killRounds(seed + office, killPlan(seed, { kills: KILLS, office, of: OFFICES }), {
        onFailure: keepLog(`kill-postgres-${seed}-${office}`),
        store: inPostgres({ url: server.url, schema: `office_${office}` }),
      }),
    ),
  );

  for (const report of reports) process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
  const sum = (of: (report: KillReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  expect(sum(({ kills }) => kills)).toBe(KILLS);
  expect(sum(({ bound }) => bound)).toBeGreaterThan(KILLS);
  expect(sum(({ bound }) => bound) / sum(({ read }) => read)).toBeGreaterThan(0.9);
  const died = new Set(reports.flatMap(({ atSteps }) => Object.keys(atSteps)));
  expect(died.size).toBeGreaterThan(steps.length / 2);
}, 900_000);
