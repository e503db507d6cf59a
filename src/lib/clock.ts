import type { Brand } from "./brand.ts";

/** Milliseconds since 1970 in UTC; may have a fraction (AMI arrival times are known to the microsecond). */
export type EpochMs = Brand<number, "EpochMs">;

export const epochMs = (ms: number): EpochMs => ms as EpochMs;
export const secondsOf = (at: EpochMs): number => at / 1000;
export const wholeSecondsOf = (at: EpochMs): number => Math.floor(at / 1000);

/** Time as an input. Tests give their own; the daemon gives `systemClock`. */
export type Clock = {
  now(): EpochMs;
  /** Milliseconds from an arbitrary start; never jumps when the host's clock is set. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    }),
};

/** Goes on steadily when the host's clock is set, until it is told to follow. */
export type SteadyClock = Clock & {
  /** Takes up the host's time; what is measured across this moment is as wrong as the clock was. */
  follow(): void;
};

/** Begins at the host's time. */
export function createSteadyClock(clock: Clock): SteadyClock {
  let offset = clock.now() - clock.monotonicMs();
  return {
    now: () => epochMs(offset + clock.monotonicMs()),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    follow: () => {
      offset = clock.now() - clock.monotonicMs();
    },
  };
}
