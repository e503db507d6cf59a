// A clock that stands still until the test moves it.
import { epochMs, type Clock, type EpochMs } from "../../src/lib/clock.ts";

export type HandClock = Clock & {
  advance(ms: number): void;
  /** The host's clock is set; monotonic time does not notice. */
  setWall(ms: number): void;
  sleepers(): number;
  /** Changes whenever somebody falls asleep. */
  sleepsBegun(): number;
};

export const START: EpochMs = epochMs(1_795_261_714_000);

export function handClock(): HandClock {
  let monotonic = 5_000;
  let offset = START - monotonic;
  let begun = 0;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  return {
    now: () => epochMs(offset + monotonic),
    monotonicMs: () => monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        begun++;
        const sleeper = {
          until: monotonic + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake, { once: true });
      }),
    advance(ms) {
      monotonic += ms;
      [...sleepers].filter(({ until }) => until <= monotonic).forEach(({ wake }) => wake());
    },
    setWall(ms) {
      offset = ms - monotonic;
    },
    sleepers: () => sleepers.size,
    sleepsBegun: () => begun,
  };
}
