// kill -9, at chance moments and at every step where something becomes durable: what was accepted is
// booked once.
import { expect, test } from "@jest/globals";
import { keepLog } from "./keep-log.ts";
import { killPlan, killRounds, steps, type KillReport } from "./kill-rounds.ts";

const KILLS = 300;
const OFFICES = 9;
const MOST = 0.9;
const MOST_STEPS = 3 / 4;
/** Always the same in CI: others are tried by `npm run long -- kill`. */
const seed = Number(process.env["SEED"] ?? 229_677);

test("a daemon killed 300 times, by chance and at each step, books every call exactly once", async () => {
  const offices = Array.from({ length: OFFICES }, (_, office) => office);

  const reports = await Promise.all(
    offices.map((office) =>
      killRounds(seed + office, killPlan(seed, { kills: KILLS, office, of: OFFICES }), {
        onFailure: keepLog(`kill-${seed}-${office}`),
      }),
    ),
  );

  for (const report of reports) process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
  const sum = (of: (report: KillReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const [read, bound] = [sum((report) => report.read), sum((report) => report.bound)];
  process.stdout.write(`a daemon had read of ${read} calls, ${bound} are bound to be booked\n`);
  // A daemon that keeps what it hears only after a while would be bound to little.
  expect(bound / read).toBeGreaterThan(MOST);
  // Of calls that may be lost with each kill nothing could be learnt.
  expect(bound).toBeGreaterThan(KILLS);
  expect(sum(({ kills }) => kills)).toBe(KILLS);
  const died = new Set(reports.flatMap(({ atSteps }) => Object.keys(atSteps)));
  // A step that seldom is on the way may be missed by chance.
  expect(died.size).toBeGreaterThan(steps.length * MOST_STEPS);
}, 1_500_000);
