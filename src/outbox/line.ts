/**
 * Whether the way to the far side is in order. While it is not, one step at a time is tried, after
 * pauses that grow: an outage of days must neither be hammered nor leave a day's steps `unknown`.
 */
export type Line = {
  isTroubled(): boolean;
  /** Nothing is to be sent before this time. */
  closedUntil(): number;
  /**
   * Nothing of what was sent at `startedAt` went through.
   * @returns the pause in milliseconds; several batches that failed at once lengthen it only once
   */
  fail(attempt: { startedAt: number; now: number; atLeastMs: number }): number;
  readonly recover: () => void;
};

export type Pauses = { readonly minMs: number; readonly maxMs: number };

export const pauseAfter = (failures: number, { minMs, maxMs }: Pauses): number =>
  Math.min(maxMs, minMs * 2 ** Math.min(30, Math.max(0, failures - 1)));

export function createLine(pauses: Pauses): Line {
  let failures = 0;
  let failedAt = -Infinity;
  let closedUntil = -Infinity;
  return {
    isTroubled: () => failures > 0,
    closedUntil: () => closedUntil,
    fail({ startedAt, now, atLeastMs }) {
      if (failures === 0 || startedAt >= failedAt) {
        failures++;
        failedAt = now;
      }
      const pauseMs = Math.max(atLeastMs, pauseAfter(failures, pauses));
      closedUntil = Math.max(closedUntil, now + pauseMs);
      return pauseMs;
    },
    recover() {
      failures = 0;
      closedUntil = -Infinity;
    },
  };
}
