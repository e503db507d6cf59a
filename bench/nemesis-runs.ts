/**
 * Days of the nemesis one after another, several at once, until there are enough: nothing accepted is
 * lost or doubled. Exports `runKills`, `runPostgresKills` and `runPairs`.
 */
import { startPostgres } from "../test/database/postgres-server.ts";
import { IN_FILE, inPostgres, type DayStore } from "../test/nemesis/day-stores.ts";
import { keepLog } from "../test/nemesis/keep-log.ts";
import { killPlan, killRounds } from "../test/nemesis/kill-rounds.ts";
import { runSeed } from "../test/nemesis/run-seed.ts";
import { daysTogether, openLedger } from "./days-together.ts";
import type { LongRun, Outcome, Wish } from "./long-run.ts";

const DAYS_AT_ONCE = 6;
/** They wait most of their time. */
const PAIRS_AT_ONCE = 12;
const KILLS_A_DAY = { kills: 50, office: 0, of: 1 };

/** SIGKILL by chance and at each step. */
export const runKills: LongRun = (wish) => killDays(wish, () => IN_FILE);

/** The same with the store in PostgreSQL: one cluster for all days. */
export const runPostgresKills: LongRun = async (wish) => {
  const server = await startPostgres();
  try {
    return await killDays(wish, (day) => inPostgres({ url: server.url, schema: `day_${day}` }));
  } finally {
    await server.stop();
  }
};

async function killDays(
  { seed, isOver, count = Infinity, soFar }: Wish,
  storeOf: (day: number) => DayStore,
): Promise<Outcome> {
  const ledger = openLedger();
  const atSteps: Record<string, number> = {};
  let [kills, read] = [0, 0];
  const wanted = { atOnce: DAYS_AT_ONCE, aDay: KILLS_A_DAY.kills, count, isOver };
  await daysTogether(wanted, async (nth) => {
    const round = seed + nth;
    const plan = killPlan(round, KILLS_A_DAY);
    const onFailure = keepLog(`kill-${round}`);
    const report = await killRounds(round, plan, { onFailure, store: storeOf(round) });
    kills += report.kills;
    read += report.read;
    for (const [step, times] of Object.entries(report.atSteps))
      atSteps[step] = (atSteps[step] ?? 0) + times;
    ledger.add(report, { kills, atSteps, read });
    soFar(ledger.outcome());
  });
  return ledger.outcome();
}

/** Two faults by seed in a short day. `--count 1` runs one seed again. */
export const runPairs: LongRun = async ({ seed, isOver, count = Infinity, soFar }) => {
  const ledger = openLedger();
  let seeds = 0;
  await daysTogether({ atOnce: PAIRS_AT_ONCE, aDay: 1, count, isOver }, async (nth) => {
    const one = seed + nth;
    const report = await runSeed(one, { onFailure: keepLog(`seed-${one}`) });
    ledger.add(report, { seeds: ++seeds });
    soFar(ledger.outcome());
  });
  return ledger.outcome();
};
