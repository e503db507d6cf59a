/**
 * When the background may ask Kommo again. The limiter has the pace; here is what else holds back what
 * nobody waits for: an answer that says no, and a halt of everything that is sent.
 */
import type { KommoFailure } from "../kommo/failure.ts";
import type { Clock } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";

export type Patience = {
  /**
   * Asks when Kommo may be asked. A failure lets all that is asked through here wait for a while.
   * @returns undefined: `signal` was aborted before
   */
  ask<T>(
    request: () => Promise<Result<T, KommoFailure>>,
    signal: AbortSignal,
  ): Promise<Result<T, KommoFailure> | undefined>;
  /** Nothing is sent to Kommo until `release`. */
  hold(): void;
  release(): void;
};

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
const RATE_PAUSE_MS = 60_000;
/** Kommo blocks who repeats refused requests. @source kommo-api, section 3; faults F36, F45 */
const CLOSED_PAUSE_MS = 600_000;

export function createPatience(clock: Clock): Patience {
  let pauseMs = 0;
  let pausedUntil = -Infinity;
  let isHeld = false;
  let changed = new AbortController();

  const wake = (): void => {
    changed.abort();
    changed = new AbortController();
  };

  async function untilAllowed(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = isHeld ? LONGEST_PAUSE_MS : pausedUntil - clock.monotonicMs();
      if (waitMs <= 0) return;
      await clock.sleep(waitMs, AbortSignal.any([signal, changed.signal]));
    }
  }

  function note(failure: KommoFailure): void {
    pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, pauseMs * 2), LONGEST_PAUSE_MS);
    pausedUntil = clock.monotonicMs() + pauseAfter(failure, pauseMs);
  }

  return {
    async ask(request, signal) {
      await untilAllowed(signal);
      if (signal.aborted) return undefined;
      const answer = await request();
      if (!answer.ok) note(answer.failure);
      else pauseMs = 0;
      return answer;
    },
    hold() {
      isHeld = true;
    },
    release() {
      isHeld = false;
      pausedUntil = -Infinity;
      wake();
    },
  };
}

function pauseAfter(failure: KommoFailure, growingMs: number): number {
  switch (failure.kind) {
    case "blocked":
    case "token-revoked":
    case "payment-required":
    case "moved":
      return CLOSED_PAUSE_MS;
    case "rate-limited":
      return Math.max(RATE_PAUSE_MS, failure.retryAfterMs ?? 0);
    // A right or a thing that is not there: of this one question, not of the account.
    case "forbidden":
    case "not-found":
    case "rejected":
    case "given-up":
      return 0;
    case "unreachable":
    case "gateway-timeout":
    case "server-error":
    case "lost-answer":
    case "nonsense":
      return growingMs;
  }
}
