/** How long steps wait that were plainly not sent: growing while Kommo is out of reach. */
import type { Clock } from "../lib/clock.ts";
import type { KommoStep } from "./step.ts";

export type Pauses = {
  /** A connection failed. @returns ms until the next try: 1 s, doubling up to 60 s */
  unreachable(): number;
  /** Any answer at all: the next pause begins small again. */
  reached(): void;
  /** Steps of this kind are held back for 10 minutes (a missing right). @returns ms */
  holdKind(kind: KommoStep["kind"], reason: string): number;
  heldKind(
    kind: KommoStep["kind"],
  ): { readonly reason: string; readonly forMs: number } | undefined;
};

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000; // so long after the end of an outage the first call may have to wait
const KIND_MS = 600_000; // Kommo blocks who repeats refused requests; kommo-api, section 3

export function createPauses(clock: Clock): Pauses {
  let pauseMs = 0;
  let pausedUntil = -Infinity;
  const held = new Map<KommoStep["kind"], { reason: string; until: number }>();
  return {
    unreachable: () => {
      const now = clock.monotonicMs();
      // Requests that fail together count once.
      if (now < pausedUntil) return pausedUntil - now;
      pauseMs = pauseMs === 0 ? FIRST_MS : Math.min(2 * pauseMs, LONGEST_MS);
      pausedUntil = now + pauseMs;
      return pauseMs;
    },
    reached: () => {
      pauseMs = 0;
      pausedUntil = -Infinity;
    },
    holdKind: (kind, reason) => {
      held.set(kind, { reason, until: clock.monotonicMs() + KIND_MS });
      return KIND_MS;
    },
    heldKind: (kind) => {
      const hold = held.get(kind);
      if (hold === undefined) return undefined;
      const forMs = hold.until - clock.monotonicMs();
      return forMs > 0 ? { reason: hold.reason, forMs } : undefined;
    },
  };
}
