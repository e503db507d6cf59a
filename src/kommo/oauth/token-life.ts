/**
 * How long a pair lasts, by what Kommo said and by time that no setting of the host's clock moves.
 * Pure; all times but `issuedAt` are monotonic milliseconds.
 */
import type { EpochMs } from "../../lib/clock.ts";
import type { KeptPair } from "./token-rows.ts";

export type TokenLife = {
  /** From here on it is renewed while it can still be used. */
  readonly dueAt: number;
  /** From here on it is not sent any more. */
  readonly endsAt: number;
  /** How long a token that was just issued must not be refused. */
  readonly youngUntil: number;
};

/** A quarter of its life before the end, an hour at most, so that a short outage ends before. */
const LONGEST_MARGIN_MS = 3_600_000;
const YOUNG_MS = 60_000;
/** A clock may be slewed by so much between two starts. */
const CLOCK_SLACK_MS = 60_000;

/** Kommo drops a refresh token that nobody used for three months. @source kommo-api, section 4.2 */
export const CONSENT_LASTS_MS = 90 * 86_400_000;

const lifeMsOf = (pair: Pick<KeptPair, "expiresInSeconds">): number =>
  pair.expiresInSeconds * 1_000;
const marginMs = (lifeMs: number): number => Math.min(LONGEST_MARGIN_MS, lifeMs / 4);

/** @param askedAt when it was asked for: its life began no earlier */
export function lifeOfNew(pair: KeptPair, askedAt: number): TokenLife {
  const lifeMs = lifeMsOf(pair);
  const dueAt = askedAt + lifeMs - marginMs(lifeMs);
  return { dueAt, endsAt: askedAt + lifeMs, youngUntil: Math.min(dueAt, askedAt + YOUNG_MS) };
}

/** Of a pair that another run or `auth` got: only the host's clock tells its age. */
export function lifeOfKept(
  pair: KeptPair,
  { now, monotonicMs }: { now: EpochMs; monotonicMs: number },
): TokenLife {
  const ageMs = now - pair.issuedAt;
  const lifeMs = lifeMsOf(pair);
  // The clock was set back: nobody knows the age, so it is renewed now and used until it is refused.
  if (ageMs < -CLOCK_SLACK_MS)
    return { dueAt: monotonicMs, endsAt: Infinity, youngUntil: -Infinity };
  const issuedAt = monotonicMs - Math.max(0, ageMs);
  return {
    dueAt: issuedAt + lifeMs - marginMs(lifeMs),
    endsAt: issuedAt + lifeMs,
    youngUntil: -Infinity,
  };
}
