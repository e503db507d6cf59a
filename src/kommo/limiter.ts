/**
 * The pace of all requests to one Kommo account. Everything goes through one limiter, so that its
 * promise holds: at most `requestsPerSecond` requests reach Kommo in any second, wherever one begins
 * to count, however long each of them is on its way.
 *
 * Two rules make that so. Starts are evenly spaced, `1,010 ms / requestsPerSecond` apart: whoever is
 * most urgent waits for one such gap at most, however long the backlog. And a request counts from its
 * start until 1,010 ms after the latest moment at which it may have reached Kommo: that is when its
 * answer came, less half of the shortest round trip so far. Refused and lost requests count as well.
 */
import PQueue from "p-queue";
import type { Clock } from "../lib/clock.ts";

/**
 * What a request is for; served in this order. A person has clicked; a telephone rings; a call has
 * just ended; calls of an outage; what the account looks like; the directory's changes; its first
 * fill. The last two together get a fifth of the pace at most, the fill no more than one a second.
 */
export type Purpose =
  "click-to-call" | "popup" | "call" | "backlog" | "account" | "directory" | "directory-fill";

export type Slot = {
  /** The whole request has left this host (a new connection takes several round trips). */
  left(): void;
  /** It was answered, is lost, or never left. To be called in any case; the first one counts. */
  ended(how: "answered" | "lost"): void;
};

export type Limiter = {
  /** Resolves when one request may be sent at once; undefined when `signal` was aborted before. */
  slot(purpose: Purpose, signal: AbortSignal): Promise<Slot | undefined>;
  /**
   * Kommo answered 429: nothing is sent for `retryAfterMs` (1 s if Kommo did not say), then at half
   * the pace, a quarter at most; each quiet minute doubles the pace again.
   */
  slowDown(retryAfterMs: number | undefined): void;
  /** How many wait for a slot. */
  waiting(): number;
  /** Requests a second that may be sent now: less for a while after a 429. */
  perSecond(): number;
  /** Ends all timers; whoever still waits gets undefined. */
  close(): void;
};

export type LimiterDeps = {
  readonly requestsPerSecond: number;
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  readonly intervalMs?: number;
};

const RANK: Readonly<Record<Purpose, number>> = {
  "click-to-call": 5,
  popup: 4,
  call: 3,
  backlog: 2,
  account: 1,
  directory: 0,
  "directory-fill": 0,
};

const INTERVAL_MS = 1_010; // Kommo's second, and what clocks round
/** A request that has left and is not answered has reached Kommo by then, or never will. */
const LONGEST_WAY_MS = 5_000;
/** Before so many answers the shortest round trip may still be a slow one. */
const TRIPS_TO_KNOW = 5;
const PAUSE_MS = 1_000; // after a 429 that names no time: Kommo's window is over by then
const QUIET_MS = 60_000; // after so long without a 429 the pace doubles
const SLOWEST = 2; // halvings: below a quarter of the pace a day's backlog would not drain
const DIRECTORY_SHARE = 0.2; // @source issue 5, point 7; so is the fill's one request a second

type TakeSlot = (purpose: Purpose, signal: AbortSignal) => Promise<Slot | undefined>;

export function createLimiter(deps: LimiterDeps): Limiter {
  const { requestsPerSecond, clock, intervalMs = INTERVAL_MS } = deps;
  const closing = new AbortController();
  const counted = createWindow(requestsPerSecond, intervalMs);
  const queue = new PQueue({ concurrency: 1 });
  let waiting = 0;
  // Before a restart the same second may have been used up already.
  let startsAt = clock.monotonicMs() + intervalMs;
  let pausedUntil = 0;
  let halvings = 0;
  let slowedAt = 0;
  let changed = new AbortController();

  const wake = (): void => {
    changed.abort("changed"); // without a reason each time would make an error with its stack
    changed = new AbortController();
  };

  /** Resolves when the next request may start. */
  async function free(): Promise<void> {
    while (!closing.signal.aborted) {
      const now = clock.monotonicMs();
      const waitMs = Math.max(startsAt, pausedUntil, counted.roomAt(now)) - now;
      if (waitMs <= 0) return;
      await clock.sleep(Math.min(Math.ceil(waitMs), LONGEST_SLEEP_MS), changed.signal);
    }
  }

  /** The queue stands still until the next request may start, and then takes the most urgent. */
  const standStill = (): void => void queue.add(free, { priority: Infinity });
  standStill();

  function forgetSlowings(now: number): void {
    while (halvings > 0 && now - slowedAt >= QUIET_MS) {
      halvings -= 1;
      slowedAt += QUIET_MS;
    }
  }

  function start(): Slot {
    const now = clock.monotonicMs();
    forgetSlowings(now);
    startsAt = now + gapMs();
    const place = counted.enter();
    const tell = (told: () => void) => (): void => {
      told();
      wake();
    };
    return {
      left: tell(() => counted.left(place, clock.monotonicMs())),
      ended: (how) => tell(() => counted.ended(place, { how, now: clock.monotonicMs() }))(),
    };
  }

  const gapMs = (): number => (intervalMs / requestsPerSecond) * 2 ** halvings;

  const take: TakeSlot = (purpose, signal) =>
    inTurn({ queue, priority: RANK[purpose], signal, begin: start, rest: free });

  /** One after the other, each at least `restMs` after the one before. */
  function paced(next: TakeSlot, restMs: () => number): TakeSlot {
    const lane = new PQueue({ concurrency: 1 });
    return (purpose, signal) =>
      inTurn({
        queue: lane,
        priority: 0,
        signal,
        begin: () => next(purpose, signal),
        rest: () => clock.sleep(Math.ceil(restMs()), closing.signal),
      });
  }

  const takeForDirectory = paced(take, () => gapMs() / DIRECTORY_SHARE);
  const takeForFill = paced(takeForDirectory, () => intervalMs);
  const takeFor = (purpose: Purpose): TakeSlot => {
    if (purpose === "directory-fill") return takeForFill;
    return purpose === "directory" ? takeForDirectory : take;
  };

  return {
    slot: async (purpose, signal) => {
      const either = AbortSignal.any([signal, closing.signal]);
      waiting += 1;
      try {
        return await takeFor(purpose)(purpose, either);
      } finally {
        waiting -= 1;
      }
    },
    slowDown: (retryAfterMs) => {
      const now = clock.monotonicMs();
      // Answers to what was under way with the first 429 come within the pause: one slowing, not five.
      if (now >= pausedUntil) halvings = Math.min(halvings + 1, SLOWEST);
      slowedAt = now;
      pausedUntil = Math.max(pausedUntil, now + (retryAfterMs ?? PAUSE_MS));
      standStill();
    },
    waiting: () => waiting,
    perSecond: () => {
      forgetSlowings(clock.monotonicMs());
      return requestsPerSecond / 2 ** halvings;
    },
    close: () => {
      closing.abort();
      wake();
    },
  };
}

/** A timer takes no more; then it is looked again. */
const LONGEST_SLEEP_MS = 60_000;

type Turn = {
  readonly queue: PQueue;
  readonly priority: number;
  readonly signal: AbortSignal;
  readonly begin: () => Slot | undefined | Promise<Slot | undefined>;
  /** The queue goes on only after it. */
  readonly rest: () => Promise<void>;
};

/** Who gives up waiting is told at once, and takes no time of the others when the turn comes. */
function inTurn({ queue, priority, signal, begin, rest }: Turn): Promise<Slot | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve(undefined);
    const giveUp = (): void => resolve(undefined);
    signal.addEventListener("abort", giveUp, { once: true });
    const turn = async (): Promise<void> => {
      if (signal.aborted) return;
      const slot = await begin();
      signal.removeEventListener("abort", giveUp);
      if (signal.aborted) slot?.ended("lost");
      else resolve(slot);
      if (slot !== undefined) await rest();
    };
    queue.add(turn, { priority }).catch(reject);
  });
}

type Place = { leftAt: number | undefined; arrivedBy: number; hasEnded: boolean };

/** The requests that may still arrive within one second with the next. */
function createWindow(most: number, intervalMs: number) {
  let places: Place[] = [];
  let shortestTripMs = Infinity;
  let trips = 0;
  return {
    enter(): Place {
      const place: Place = { leftAt: undefined, arrivedBy: Infinity, hasEnded: false };
      places.push(place);
      return place;
    },
    left(place: Place, now: number): void {
      if (place.leftAt !== undefined || place.hasEnded) return;
      place.leftAt = now;
      place.arrivedBy = now + LONGEST_WAY_MS;
    },
    ended(place: Place, { how, now }: { how: "answered" | "lost"; now: number }): void {
      if (place.hasEnded) return;
      place.hasEnded = true;
      const { leftAt = now } = place;
      if (how === "lost") {
        place.arrivedBy = Math.min(place.arrivedBy, Math.max(now, leftAt));
        return;
      }
      shortestTripMs = Math.min(shortestTripMs, now - leftAt);
      trips += 1;
      const wayBackMs = trips < TRIPS_TO_KNOW ? 0 : shortestTripMs / 2;
      place.arrivedBy = Math.min(place.arrivedBy, Math.max(leftAt, now - wayBackMs));
    },
    /** When one more fits in, as far as is known: Infinity while none of `most` has left. */
    roomAt(now: number): number {
      places = places.filter(({ arrivedBy }) => arrivedBy > now - intervalMs);
      if (places.length < most) return now;
      return Math.min(...places.map(({ arrivedBy }) => arrivedBy)) + intervalMs;
    },
  };
}
