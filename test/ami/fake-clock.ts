/** A clock that stands still until a test moves it. */
import type { Clock } from "../../src/lib/clock.ts";
import { epochMs } from "../../src/lib/clock.ts";

export type FakeClock = Clock & {
  /** Lets time pass: every sleeper whose time has come wakes, in order. */
  readonly advance: (ms: number) => Promise<void>;
  /** How long the sleepers still have, in order. */
  readonly sleeping: () => number[];
};

type Sleeper = { readonly wakeAtMs: number; readonly wake: () => void };

export function createFakeClock(startMs = 1_795_000_000_000): FakeClock {
  let elapsedMs = 0;
  const sleepers = new Set<Sleeper>();
  const next = (): Sleeper | undefined =>
    [...sleepers].sort((a, b) => a.wakeAtMs - b.wakeAtMs).at(0);

  return {
    now: () => epochMs(startMs + elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { wakeAtMs: elapsedMs + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      }),
    advance: async (ms) => {
      const untilMs = elapsedMs + ms;
      for (let due = next(); due && due.wakeAtMs <= untilMs; due = next()) {
        elapsedMs = Math.max(elapsedMs, due.wakeAtMs);
        due.wake();
        await settle();
      }
      elapsedMs = untilMs;
      await settle();
    },
    sleeping: () => [...sleepers].map(({ wakeAtMs }) => wakeAtMs - elapsedMs).sort((a, b) => a - b),
  };
}

/** Lets everything that is ready run, sockets included. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what a socket brings; Jest's own time limit is the end of patience. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}
