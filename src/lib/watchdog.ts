/**
 * Says that all is well as long as it is. Whoever waits for that (systemd) ends this process when it
 * no longer comes: the loop hangs, or something below it does. Exports `feedWatchdog`.
 */
import type { Clock } from "./clock.ts";

export type WatchdogDeps = {
  readonly everyMs: number;
  /** Sentences; empty: all is well. May never resolve, which is the worst news of all. */
  readonly whatIsWrong: () => Promise<readonly string[]>;
  readonly feed: () => Promise<boolean>;
  /** Told when what is wrong changes; empty: all is well again. */
  readonly onChange: (wrong: readonly string[]) => void;
  readonly clock: Clock;
};

/** Resolves when `signal` is aborted. */
export async function feedWatchdog(deps: WatchdogDeps, signal: AbortSignal): Promise<void> {
  let told = "";
  while (!signal.aborted) {
    const wrong = await deps.whatIsWrong();
    if (wrong.length === 0 && !signal.aborted) await deps.feed();
    if (wrong.join() !== told && !signal.aborted) deps.onChange(wrong);
    told = wrong.join();
    await deps.clock.sleep(deps.everyMs, signal);
  }
}
