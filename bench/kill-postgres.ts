/**
 * `npm run long -- kill-postgres [--count 300]`: demo days with the store in PostgreSQL, several at once in
 * one cluster, in which the daemon is killed at random moments. A day that fails is told with its seed,
 * and the next ones go on. Exports `runPostgresKills`.
 */
import { killDays, type KillReport } from "../test/daemon/kill-days.ts";
import { startPostgres } from "../test/database/postgres-server.ts";
import type { LongRun, Outcome } from "./long-run.ts";

const DAYS_AT_ONCE = 3;
const KILLS_A_DAY = 25;

export const runPostgresKills: LongRun = async ({ seed, isOver, count = Infinity, soFar }) => {
  const server = await startPostgres();
  const days: KillReport[] = [];
  let [begun, next] = [0, seed];

  const outcome = (): Outcome => {
    const sum = (figure: "kills" | "calls" | "booked" | "guaranteed"): number =>
      days.reduce((total, day) => total + day[figure], 0);
    const failures = days.filter(({ problems }) => problems.length > 0);
    return {
      isRight: days.length > 0 && failures.length === 0,
      figures: {
        ...{ days: days.length, kills: sum("kills"), calls: sum("calls") },
        ...{ guaranteed: sum("guaranteed"), booked: sum("booked"), failures },
      },
    };
  };

  async function play(): Promise<void> {
    while (begun < count && (begun === 0 || !isOver())) {
      const kills = Math.min(KILLS_A_DAY, count - begun);
      begun += kills;
      const day = next++;
      const store = { url: server.url, schema: `day_${day}` };
      days.push(await killDays({ seed: day, kills, store }));
      soFar(outcome());
    }
  }

  try {
    await Promise.all(Array.from({ length: DAYS_AT_ONCE }, play));
    return outcome();
  } finally {
    await server.stop();
  }
};
