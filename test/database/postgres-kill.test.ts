// The promise of the design, with the store in PostgreSQL: what was accepted is booked once, whenever
// the daemon is killed.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { killDays } from "../daemon/kill-days.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const KILLS = 50;
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

test("a daemon on PostgreSQL killed at 50 random moments books every accepted call exactly once", async () => {
  const report = await killDays({ seed, kills: KILLS, store: { url: server.url } });

  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ kills: KILLS, problems: [] });
  expect(report.guaranteed).toBeGreaterThan(report.calls / 4);
  expect(report.booked / report.calls).toBeGreaterThanOrEqual(0.9);
}, 600_000);
