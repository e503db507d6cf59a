/**
 * Days of the nemesis one after another, several at once, until there are enough: nothing accepted is
 * lost or doubled. A day that fails is told with its seed, and the next ones go on. Exports `runKills`
 * and `runPairs`.
 */
import { keepLog } from "../test/nemesis/keep-log.ts";
import { killPlan, killRounds } from "../test/nemesis/kill-rounds.ts";
import { runSeed } from "../test/nemesis/run-seed.ts";
import type { LongRun, Outcome } from "./long-run.ts";

const DAYS_AT_ONCE = 6;
const KILLS_A_DAY = { kills: 50, office: 0, of: 1 };

type Report = {
  readonly calls: number;
  readonly bound: number;
  readonly booked: number;
  readonly problems: readonly string[];
};

type Ledger = {
  readonly outcome: () => Outcome;
  /** Figures of this kind of day go with the others. */
  add(report: Report, more: Readonly<Record<string, unknown>>): void;
};

function openLedger(): Ledger {
  const total = { calls: 0, bound: 0, booked: 0 };
  const failures: Report[] = [];
  let figures = {};
  return {
    outcome: () => ({
      isRight: failures.length === 0,
      figures: { ...figures, ...total, failures },
    }),
    add(report, more) {
      total.calls += report.calls;
      total.bound += report.bound;
      total.booked += report.booked;
      figures = { ...figures, ...more };
      if (report.problems.length === 0) return;
      failures.push(report);
      process.stderr.write(`${JSON.stringify(report)}\n`);
    },
  };
}

const together = (run: () => Promise<void>): Promise<unknown> =>
  Promise.all(Array.from({ length: DAYS_AT_ONCE }, run));

/** SIGKILL by chance and at each step. */
export const runKills: LongRun = async ({ seed, isOver, count = Infinity, soFar }) => {
  const ledger = openLedger();
  const atSteps: Record<string, number> = {};
  let [kills, read, begun, next] = [0, 0, 0, seed];
  await together(async () => {
    while (begun < count && (begun === 0 || !isOver())) {
      begun += KILLS_A_DAY.kills;
      const round = next++;
      const plan = killPlan(round, KILLS_A_DAY);
      const report = await killRounds(round, plan, keepLog(`kill-${round}`));
      kills += report.kills;
      read += report.read;
      for (const [step, times] of Object.entries(report.atSteps))
        atSteps[step] = (atSteps[step] ?? 0) + times;
      ledger.add(report, { kills, atSteps, read });
      soFar(ledger.outcome());
    }
  });
  return ledger.outcome();
};

/** Two faults by seed in a short day. `--count 1` runs one seed again. */
export const runPairs: LongRun = async ({ seed, isOver, count = Infinity, soFar }) => {
  const ledger = openLedger();
  let [seeds, next] = [0, seed];
  await together(async () => {
    while (next - seed < count && (next === seed || !isOver())) {
      const one = next++;
      const report = await runSeed(one, { onFailure: keepLog(`seed-${one}`) });
      ledger.add(report, { seeds: ++seeds });
      soFar(ledger.outcome());
    }
  });
  return ledger.outcome();
};
