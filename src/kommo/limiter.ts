/**
 * The pace of all requests to one Kommo account. Everything goes through one limiter, so that its
 * promise holds: at most `requestsPerSecond` requests start in any 1,050 ms, wherever one begins to
 * count. Kommo counts seconds of 1,000 ms; the 50 ms more are what two requests may move towards
 * each other on the way without more than `requestsPerSecond` arriving in a second of Kommo's. A
 * request that leaves this host late (a new connection takes several round trips) is counted again
 * when it leaves, so that only the way itself has to fit into the 50 ms.
 */
import PQueue from "p-queue";
import type { Clock } from "../lib/clock.ts";

/** From the first served to the last: a person waits, a telephone rings, a call is over, the rest. */
export type Priority = "click-to-call" | "popup" | "call" | "background";

export type Limiter = {
  /** Resolves true when one request may be sent at once, false when `signal` was aborted before. */
  slot(priority: Priority, signal: AbortSignal): Promise<boolean>;
  /** @param lateMs after its slot a request has left this host. Of one that never left, say nothing. */
  leftAfter(lateMs: number): void;
  /**
   * Kommo answered 429: nothing is sent for `retryAfterMs` (1 s if Kommo did not say), then at half
   * the pace, a quarter at most; each quiet minute doubles the pace again.
   */
  slowDown(retryAfterMs: number | undefined): void;
  /** How many wait for a slot. */
  waiting(): number;
  /** Ends all timers; whoever still waits gets false. */
  close(): void;
};

export type LimiterDeps = {
  readonly requestsPerSecond: number;
  readonly clock: Clock;
  readonly intervalMs?: number;
};

const RANK: Readonly<Record<Priority, number>> = {
  "click-to-call": 3,
  popup: 2,
  call: 1,
  background: 0,
};

const INTERVAL_MS = 1_050;
const LATE_MS = 20; // the other 30 of the 50 ms are for the way
const PAUSE_MS = 1_000; // after a 429 that names no time: Kommo's window is over by then
const QUIET_MS = 60_000; // after so long without a 429 the pace doubles
const SLOWEST = 2; // halvings: below a quarter of the pace a day's backlog would not drain
const CLOCK_CHECK_MS = 1_000;
const CLOCK_JUMP_MS = 20; // more than a clock that is being slewed moves in CLOCK_CHECK_MS

type Waiting = {
  readonly priority: Priority;
  readonly signal: AbortSignal;
  readonly answer: (mayBeSent: boolean) => void;
};

export function createLimiter({ requestsPerSecond, clock, intervalMs }: LimiterDeps): Limiter {
  const waiting = new Set<Waiting>();
  let queue = newQueue();
  let pausedUntil = 0;
  let pauseTimer: NodeJS.Timeout | undefined;
  let halvings = 0;
  let slowedAt = 0;
  let clockOffset = clock.now() - clock.monotonicMs();
  const clockWatch = setInterval(hasClockJumped, CLOCK_CHECK_MS).unref();

  /** Full from the start: before a restart the same second may have been used up already. */
  function newQueue(): PQueue {
    const fresh = new PQueue({
      strict: true,
      interval: intervalMs ?? INTERVAL_MS,
      intervalCap: requestsPerSecond,
    });
    for (let spent = 0; spent < requestsPerSecond; spent++) spend(fresh);
    return fresh;
  }

  function enqueue(entry: Waiting): void {
    const start = (): void => {
      if (hasClockJumped()) return; // stands in the new queue already
      waiting.delete(entry);
      quicken();
      for (let lost = 1; lost < 2 ** halvings; lost++) spend(queue);
      entry.answer(true);
    };
    const { priority, signal } = entry;
    queue.add(start, { priority: RANK[priority], signal }).catch(() => undefined);
  }

  /**
   * p-queue counts by the host's clock. When that is set back, nothing would start for as long as it
   * went back; when it is set forward, too much at once. A new queue begins with a full second.
   */
  function hasClockJumped(): boolean {
    const offset = clock.now() - clock.monotonicMs();
    const jumped = Math.abs(offset - clockOffset) > CLOCK_JUMP_MS;
    clockOffset = offset;
    if (!jumped) return false;
    const old = queue;
    queue = newQueue();
    if (clock.monotonicMs() < pausedUntil) queue.pause();
    for (const entry of waiting) enqueue(entry);
    old.clear();
    return true;
  }

  function quicken(): void {
    while (halvings > 0 && clock.monotonicMs() - slowedAt >= QUIET_MS) {
      halvings -= 1;
      slowedAt += QUIET_MS;
    }
  }

  return {
    slot: (priority, signal) => {
      if (signal.aborted) return Promise.resolve(false);
      hasClockJumped();
      return new Promise((resolve) => {
        const giveUp = (): void => {
          waiting.delete(entry);
          resolve(false);
        };
        const answer = (mayBeSent: boolean): void => {
          signal.removeEventListener("abort", giveUp);
          resolve(mayBeSent);
        };
        const entry = { priority, signal, answer };
        signal.addEventListener("abort", giveUp, { once: true });
        waiting.add(entry);
        enqueue(entry);
      });
    },
    leftAfter: (lateMs) => {
      if (lateMs > LATE_MS) spend(queue);
    },
    slowDown: (retryAfterMs) => {
      const now = clock.monotonicMs();
      // Answers to what was under way with the first 429 come within the pause: one slowing, not five.
      if (now >= pausedUntil) halvings = Math.min(halvings + 1, SLOWEST);
      slowedAt = now;
      pausedUntil = Math.max(pausedUntil, now + (retryAfterMs ?? PAUSE_MS));
      queue.pause();
      clearTimeout(pauseTimer);
      pauseTimer = setTimeout(() => queue.start(), pausedUntil - now);
    },
    waiting: () => waiting.size,
    close: () => {
      clearInterval(clockWatch);
      clearTimeout(pauseTimer);
      queue.clear();
      for (const entry of waiting) entry.answer(false);
      waiting.clear();
    },
  };
}

/** Uses up one start without sending anything. */
function spend(queue: PQueue): void {
  queue.add(() => undefined, { priority: Infinity }).catch(() => undefined);
}
