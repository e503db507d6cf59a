/**
 * The outbox's own time: begins at the host's and then goes on steadily, so that a clock that is set
 * neither freezes what waits nor fires it all at once.
 */
import type { Clock } from "../lib/clock.ts";

export type OutboxClock = {
  /** Milliseconds since 1970, as the host saw it when the outbox was made. */
  now(): number;
};

export function createOutboxClock(clock: Clock): OutboxClock {
  const offset = clock.now() - clock.monotonicMs();
  return { now: () => Math.round(offset + clock.monotonicMs()) };
}
