/**
 * `npm run long -- kill-postgres [--count 300]`: demo days with the store in PostgreSQL, several at once in
 * one cluster, in which the daemon is killed at random moments. Exports `runPostgresKills`.
 */
import { killDays } from "../test/daemon/kill-days.ts";
import { startPostgres } from "../test/database/postgres-server.ts";
import { daysTogether, openLedger } from "./days-together.ts";
import type { LongRun } from "./long-run.ts";

const DAYS_AT_ONCE = 3;
const KILLS_A_DAY = 25;

export const runPostgresKills: LongRun = async ({ seed, isOver, count = Infinity, soFar }) => {
  const server = await startPostgres();
  const ledger = openLedger();
  let [days, kills] = [0, 0];
  const wanted = { atOnce: DAYS_AT_ONCE, aDay: KILLS_A_DAY, count, isOver };
  try {
    await daysTogether(wanted, async (nth, most) => {
      const day = seed + nth;
      const store = { url: server.url, schema: `day_${day}` };
      const report = await killDays({ seed: day, kills: most, store });
      days += 1;
      kills += report.kills;
      ledger.add({ ...report, bound: report.guaranteed }, { days, kills });
      soFar(ledger.outcome());
    });
    return ledger.outcome();
  } finally {
    await server.stop();
  }
};
