/**
 * How long to wait before the next try to connect: growing, with chance in it, and much slower
 * where only the administrator can help, so that a wrong password neither fills Asterisk's security
 * log nor gets this host banned (fail2ban usually allows five failures in ten minutes).
 */
import type { AmiFailure } from "./ami-failure.ts";

type Steps = { readonly firstMs: number; readonly lastMs: number };

/** A pause lies between half of its step and the whole step. */
const STEPS: Readonly<Record<AmiFailure["retry"], Steps>> = {
  later: { firstMs: 2_000, lastMs: 60_000 },
  "after-operator": { firstMs: 60_000, lastMs: 600_000 },
  never: { firstMs: 60_000, lastMs: 600_000 },
};

/** A session that lasted this long was a good one: the next pause is the shortest again. */
export const STEADY_MS = 10_000;

/**
 * @param tries failed tries since the last steady session, 1 or more
 * @param chance at least 0 and below 1
 * @returns milliseconds: 1 to 60 s, after refused logins and the like 30 s to 10 minutes
 */
export function pauseBefore(failure: AmiFailure, tries: number, chance: number): number {
  const { firstMs, lastMs } = STEPS[failure.retry];
  const step = Math.min(lastMs, firstMs * 2 ** Math.min(tries - 1, 30));
  return Math.round(step / 2 + (step / 2) * chance);
}
