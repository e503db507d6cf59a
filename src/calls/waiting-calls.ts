/**
 * Calls that are over and not yet accepted, because the store takes no writes (a full disk, a foreign
 * lock). Exports `createWaitingCalls`: bounds what they cost in memory, and loses none of them.
 *
 * A few are accepted at a time. The others wait as the text of their facts alone: plan and steps are
 * derived when their turn comes. When as many wait as memory is meant for, `onFull` is told, so that
 * nobody brings more: it is better to hear nothing than to be killed with all that waits.
 */
import type { FinishedCall } from "./finished-call.ts";

export type WaitingLimits = {
  /** Being accepted together, each with its plan and steps: some 20 kB. */
  readonly atOnce: number;
  /** Waiting besides. */
  readonly mostCalls: number;
  readonly mostChars: number;
};

/** About ten hours of an exchange with half a call a second; most calls have 1 to 2 kB of facts. */
export const WAITING_LIMITS: WaitingLimits = {
  atOnce: 500,
  mostCalls: 20_000,
  mostChars: 40_000_000,
};

/** For one of so many exchanges, which all share the memory. */
export const waitingLimitsOfOne = (exchanges: number): WaitingLimits => ({
  ...WAITING_LIMITS,
  mostCalls: Math.ceil(WAITING_LIMITS.mostCalls / exchanges),
  mostChars: Math.ceil(WAITING_LIMITS.mostChars / exchanges),
});

export type WaitingCalls = {
  /** Never refuses: also beyond the limits a call is held. Resolves and rejects as `accept` does. */
  accept(call: FinishedCall): Promise<void>;
  count(): { readonly atWork: number; readonly waiting: number; readonly chars: number };
};

export type WaitingCallsDeps = {
  readonly accept: (call: FinishedCall) => Promise<unknown>;
  /** The last place is taken. Told once, until `onRoom`. */
  readonly onFull: () => void;
  /** Half of it is free again. */
  readonly onRoom: () => void;
  readonly limits?: Partial<WaitingLimits>;
};

type Waiting = { readonly facts: string; readonly turn: PromiseWithResolvers<void> };

export function createWaitingCalls(deps: WaitingCallsDeps): WaitingCalls {
  const limits = { ...WAITING_LIMITS, ...deps.limits };
  const waiting: Waiting[] = [];
  let atWork = 0;
  let chars = 0;
  let isFull = false;

  const reaches = (share: number): boolean =>
    waiting.length >= limits.mostCalls * share || chars >= limits.mostChars * share;

  function judge(): void {
    if (!isFull && reaches(1)) {
      isFull = true;
      deps.onFull();
    } else if (isFull && !reaches(0.5)) {
      isFull = false;
      deps.onRoom();
    }
  }

  async function work(call: FinishedCall): Promise<void> {
    try {
      await deps.accept(call);
    } finally {
      const next = waiting.shift();
      if (next === undefined) atWork -= 1;
      else {
        chars -= next.facts.length;
        judge();
        next.turn.resolve();
      }
    }
  }

  async function waitForTurn(facts: string): Promise<void> {
    const turn = Promise.withResolvers<void>();
    waiting.push({ facts, turn });
    chars += facts.length;
    judge();
    await turn.promise;
    return work(JSON.parse(facts) as FinishedCall);
  }

  return {
    accept(call) {
      if (atWork >= limits.atOnce) return waitForTurn(JSON.stringify(call));
      atWork += 1;
      return work(call);
    },
    count: () => ({ atWork, waiting: waiting.length, chars }),
  };
}
