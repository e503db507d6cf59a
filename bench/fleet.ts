/**
 * `npm run long -- fleet [--minutes 15] [--exchanges 1000] [--accounts 200] [--daemons 3] [--rate 10]
 * [--kill-every 60] [--standby]`: a hosting company's day in minutes, on real hosts, of which one after
 * another is killed, every minute or after so many seconds. `--rate` is calls a second over all exchanges,
 * in the mean of the day. With `--standby` each host listens at all exchanges. With `--exchanges 1` all
 * calls are one exchange's, evenly, and nothing is killed. Exports `runFleetDay`.
 */
import { runFleet } from "../test/fleet/run-fleet.ts";
import { keepLog } from "../test/nemesis/keep-log.ts";
import type { LongRun } from "./long-run.ts";

/** What a call may wait at the 99th percentile, hosts killed or not, where its account behaves well. */
const AIM_MS = 5_000;

export const runFleetDay: LongRun = async ({ seed, untilMs, wishes }) => {
  const { exchanges = 1_000, rate = exchanges === 1 ? 100 : 10 } = wishes;
  const report = await runFleet({
    ...{ seed, exchanges, callsPerSecond: rate },
    seconds: (untilMs - Date.now()) / 1_000,
    accounts: wishes.accounts ?? Math.ceil(exchanges / 5),
    hosts: wishes.daemons ?? (exchanges === 1 ? 1 : 3),
    isStandby: wishes.isStandby,
    killEverySeconds: wishes["kill-every"] ?? 60,
    ...(exchanges === 1 && { isEven: true, killEverySeconds: Infinity, misbehaving: 0 }),
    onProgress: (told) => void process.stderr.write(`${told}\n`),
    onFailure: keepLog(`fleet-${seed}`),
  });
  const isRight =
    report.problems.length === 0 && report.waits["all that behaved well"].p99 <= AIM_MS;
  return { isRight, figures: { rate, ...report } };
};
