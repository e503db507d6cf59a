/** A sleep that can be cut short: a loop waits on it for work, a free place or a due time. */
import type { Clock } from "./clock.ts";

export type Alarm = {
  /** Ends the wait that is on, or the next one. */
  readonly ring: () => void;
  wait(ms: number): Promise<void>;
};

export function createAlarm(clock: Clock): Alarm {
  let hasRung = false;
  let sleeper: AbortController | undefined;
  return {
    ring() {
      hasRung = true;
      sleeper?.abort("rung"); // without a reason each time would make an error with its stack
    },
    async wait(ms) {
      if (!hasRung && ms > 0) {
        sleeper = new AbortController();
        await clock.sleep(ms, sleeper.signal);
        sleeper = undefined;
      }
      hasRung = false;
    },
  };
}
