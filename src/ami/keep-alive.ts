/** Tells a dead line from a quiet one: asks for a sign of life, and says when there was none. */
import type { Clock } from "../lib/clock.ts";

export type KeepAliveDeps = {
  readonly clock: Clock;
  readonly pingEveryMs: number;
  readonly deadAfterMs: number;
  readonly lastByteMs: () => number;
  readonly ping: () => void;
};

/**
 * A wake-up this much too late means that this process itself stood still: what arrived meanwhile
 * is still unread, so it gets a moment to be read before the line is called dead.
 */
const OVERSLEPT_MS = 1_000;

/**
 * Resolves true when no byte came for `deadAfterMs` although pings were sent, false when `signal`
 * is aborted. Any byte is life: while events flow, the answer to a ping may be late.
 */
export async function isDead(deps: KeepAliveDeps, signal: AbortSignal): Promise<boolean> {
  const { clock, pingEveryMs, deadAfterMs } = deps;
  let nextPingMs = clock.monotonicMs() + pingEveryMs;
  let graceUntilMs = 0;
  while (!signal.aborted) {
    const deadAtMs = Math.max(deps.lastByteMs() + deadAfterMs, graceUntilMs);
    const now = clock.monotonicMs();
    if (now >= deadAtMs) return true;
    if (now >= nextPingMs) {
      deps.ping();
      nextPingMs = now + pingEveryMs;
    }
    const wakeAtMs = Math.min(nextPingMs, deadAtMs);
    await clock.sleep(wakeAtMs - now, signal);
    const woken = clock.monotonicMs();
    if (woken - wakeAtMs > OVERSLEPT_MS) graceUntilMs = woken + OVERSLEPT_MS;
  }
  return false;
}
