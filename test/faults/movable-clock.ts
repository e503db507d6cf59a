// Real time, and more of it when a test says so.
import { epochMs, systemClock, type Clock } from "../../src/lib/clock.ts";

export type MovableClock = Clock & {
  /** Whoever sleeps for less than that wakes up. */
  moveBy(ms: number): void;
};

export function movableClock(): MovableClock {
  let ahead = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: AbortController }>();
  const monotonicMs = (): number => systemClock.monotonicMs() + ahead;
  return {
    now: () => epochMs(systemClock.now() + ahead),
    monotonicMs,
    async sleep(ms, signal) {
      const sleeper = { until: monotonicMs() + ms, wake: new AbortController() };
      sleepers.add(sleeper);
      const { signal: woken } = sleeper.wake;
      await systemClock.sleep(ms, signal === undefined ? woken : AbortSignal.any([signal, woken]));
      sleepers.delete(sleeper);
    },
    moveBy(ms) {
      ahead += Math.max(0, ms);
      for (const { until, wake } of sleepers) if (until <= monotonicMs()) wake.abort();
    },
  };
}
