// The promise of the design, tried on the real process: what was accepted is booked once, whenever
// the process is killed.
import { expect, test } from "@jest/globals";
import { killDays } from "./kill-days.ts";

const KILLS = 50;
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

test("a daemon killed at 50 random moments books every accepted call exactly once", async () => {
  const report = await killDays({ seed, kills: KILLS });

  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ kills: KILLS, problems: [] });
  expect(report.guaranteed).toBeGreaterThan(report.calls / 4);
  expect(report.booked / report.calls).toBeGreaterThanOrEqual(0.9);
}, 600_000);
