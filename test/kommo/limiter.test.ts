import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createLimiter, type Limiter, type Purpose, type Slot } from "../../src/kommo/limiter.ts";
import { createFakeClock, type FakeClock } from "../ami/fake-clock.ts";
import { never } from "./scripted-server.ts";

/** At 5 requests a second. */
const GAP_MS = 202;

let clock: FakeClock;
let limiter: Limiter;
/** Milliseconds at which requests were let through, and what for. */
let starts: { at: number; purpose: Purpose }[];

beforeEach(() => {
  clock = createFakeClock();
  limiter = createLimiter({ requestsPerSecond: 5, clock });
  starts = [];
});

afterEach(() => limiter.close());

function ask(count: number, purpose: Purpose = "call", signal = never): void {
  for (let one = 0; one < count; one++)
    void limiter.slot(purpose, signal).then((slot) => {
      if (slot === undefined) return;
      slot.ended("answered");
      starts.push({ at: clock.monotonicMs(), purpose });
    });
}

async function pass(ms: number): Promise<void> {
  await clock.advance(0); // what was asked for begins now, and not when the time is over
  await clock.advance(ms);
}
const times = (purpose?: Purpose): number[] =>
  starts.filter((start) => purpose === undefined || start.purpose === purpose).map(({ at }) => at);

/** The most of these times within any period of this length. */
const mostWithin = (ms: number, of: readonly number[]): number =>
  Math.max(0, ...of.map((from) => of.filter((at) => at >= from && at < from + ms).length));

test("nothing is sent in the first second: before a restart it may have been used up", async () => {
  ask(1);

  await pass(1_009);
  expect(starts).toEqual([]);
  await pass(1);
  expect(starts).toHaveLength(1);
});

test("a backlog is sent evenly, as fast as the limit allows", async () => {
  ask(50);

  await pass(1_010 + 49 * GAP_MS);

  expect(times()).toEqual(Array.from({ length: 50 }, (_, index) => 1_010 + index * GAP_MS));
});

const arrivals = fc.record({
  requestsPerSecond: fc.integer({ min: 1, max: 9 }),
  wayBackMs: fc.integer({ min: 0, max: 300 }),
  requests: fc.array(
    fc.record({
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_500 })),
      purpose: fc.constantFrom<Purpose>("popup", "call", "backlog", "directory"),
      leavesAfterMs: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3_000 })),
      delayMs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 4_000 })),
      workMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000 })),
      answer: fc.constantFrom("good", "429", "lost"),
    }),
    { minLength: 1, maxLength: 60 },
  ),
});

const FIRST = { afterMs: 0, leavesAfterMs: 0, delayMs: 0, workMs: 0, answer: "good" };

test("whatever comes in, and however long it is on its way: no second at Kommo holds too many", async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async ({ requestsPerSecond, wayBackMs, requests }) => {
      const time = createFakeClock();
      const pace = createLimiter({ requestsPerSecond, clock: time });
      const arrived: number[] = [];
      let ended = 0;
      // How long the way is at best shows with the first.
      const all = [{ ...FIRST, purpose: "click-to-call" as const }, ...requests];
      for (const { afterMs, purpose, leavesAfterMs, delayMs, workMs, answer } of all) {
        await time.advance(afterMs);
        void pace.slot(purpose, never).then(async (slot) => {
          await time.sleep(leavesAfterMs);
          slot?.left();
          await time.sleep(wayBackMs + delayMs);
          arrived.push(time.monotonicMs());
          await time.sleep(workMs + wayBackMs);
          slot?.ended(answer === "lost" ? "lost" : "answered");
          if (answer === "429") pace.slowDown(undefined);
          ended++;
        });
      }

      while (ended < all.length) await time.advance(60_000);

      pace.close();
      expect(mostWithin(1_000, arrived)).toBeLessThanOrEqual(requestsPerSecond);
    }),
    { numRuns: 150 },
  );
});

test("a way of 75 ms with jitter costs a backlog no more than a tenth of the pace", async () => {
  limiter.close();
  limiter = createLimiter({ requestsPerSecond: 7, clock });
  let answered = 0;
  let lastAt = 0;
  for (let one = 0; one < 200; one++)
    void limiter.slot("backlog", never).then(async (slot) => {
      slot?.left();
      await clock.sleep(150 + ((one * 7) % 31));
      slot?.ended("answered");
      answered++;
      lastAt = clock.monotonicMs();
    });

  await pass(60_000);

  expect(answered).toBe(200);
  expect(lastAt).toBeLessThan(33_000);
});

test("a person's click goes before a popup, a popup before a call, a call before an outage's calls", async () => {
  const urgencies = ["click-to-call", "popup", "call", "backlog", "account", "directory"] as const;
  for (const purpose of urgencies.toReversed()) ask(1, purpose);
  ask(1, "directory-fill");

  await pass(10_000);

  expect(starts.map(({ purpose }) => purpose)).toEqual([...urgencies, "directory-fill"]);
});

test("behind a backlog of thousands a popup waits for one gap at most", async () => {
  ask(5_000, "backlog");
  const waits: number[] = [];
  for (let popup = 0; popup < 20; popup++) {
    await pass(1_000 + popup * 17);
    const askedAt = clock.monotonicMs();
    void limiter.slot("popup", never).then((slot) => {
      slot?.ended("answered");
      waits.push(clock.monotonicMs() - askedAt);
    });
  }
  await pass(1_000);

  expect(waits).toHaveLength(20);
  expect(Math.max(...waits.slice(1))).toBeLessThanOrEqual(GAP_MS);
});

test("the directory's first fill takes one request a second at most", async () => {
  limiter.close();
  limiter = createLimiter({ requestsPerSecond: 9, clock });
  ask(100, "directory-fill");

  await pass(60_000);

  expect(mostWithin(1_000, times())).toBe(1);
  expect(starts.length).toBeGreaterThanOrEqual(55);
});

test("the directory's changes and its fill together take a fifth of all requests", async () => {
  limiter.close();
  limiter = createLimiter({ requestsPerSecond: 9, clock });
  for (let one = 0; one < 60; one++) {
    ask(1, "directory-fill");
    ask(3, "directory");
  }

  await pass(60_000);

  expect(starts.length).toBeLessThanOrEqual(60 * 9 * 0.2);
  expect(starts.length).toBeGreaterThan(60 * 9 * 0.2 * 0.9);
});

test("the directory waits while calls need the whole pace, and not for ever", async () => {
  ask(10, "directory");
  ask(50, "call");

  await pass(1_010 + 52 * GAP_MS);

  expect(starts.slice(0, 50).every(({ purpose }) => purpose === "call")).toBe(true);
  expect(times("directory").length).toBeGreaterThan(0);
});

test("who gives up waiting gets no slot and takes none from others", async () => {
  const stop = new AbortController();
  const answers: (Slot | undefined)[] = [];
  for (const purpose of ["call", "directory-fill"] as const)
    for (let one = 0; one < 10; one++)
      void limiter.slot(purpose, stop.signal).then((slot) => answers.push(slot));
  ask(5);
  stop.abort();

  await pass(1_010 + 4 * GAP_MS);

  expect(answers).toEqual(Array(20).fill(undefined));
  expect(starts).toHaveLength(5);
  expect(limiter.waiting()).toBe(0);
});

test("a signal that was aborted before asks for nothing", async () => {
  expect(await limiter.slot("call", AbortSignal.abort())).toBeUndefined();
});

test("while none of the allowed requests has left this host, no more are started", async () => {
  const slots: Slot[] = [];
  for (let one = 0; one < 8; one++)
    void limiter.slot("call", never).then((slot) => slot && slots.push(slot));

  await pass(600_000);
  const startedBefore = slots.length;
  slots[3]?.ended("lost");
  await pass(1_009);
  const startedWithin = slots.length;
  await pass(1);

  expect([startedBefore, startedWithin, slots.length]).toEqual([5, 5, 6]);
});

test("requests that Kommo does not answer hold up the others for six seconds and no longer", async () => {
  const slots: Slot[] = [];
  for (let one = 0; one < 6; one++)
    void limiter.slot("call", never).then((slot) => {
      slot?.left();
      if (slot) slots.push(slot);
    });
  await pass(1_010 + 4 * GAP_MS);

  await pass(5_000 + 1_010 - 4 * GAP_MS - 1);
  const before = slots.length;
  await pass(1);

  expect([before, slots.length]).toEqual([5, 6]);
});

test("after a 429 nothing is sent for as long as Kommo says", async () => {
  await pass(2_000);
  limiter.slowDown(30_000);
  ask(1, "click-to-call");

  await pass(29_999);
  expect(starts).toEqual([]);
  await pass(1);
  expect(starts).toHaveLength(1);
});

test("a 429 also holds back what waits already", async () => {
  ask(10);
  await pass(1_010 + GAP_MS);
  limiter.slowDown(30_000);

  await pass(29_999);
  expect(starts).toHaveLength(2);
  await pass(1);
  expect(starts).toHaveLength(3);
});

test("after a 429 the pace is halved, and whole again after a quiet minute", async () => {
  await pass(1_010);
  limiter.slowDown(undefined);
  await pass(1_000);
  ask(1_000);

  await pass(50 * 2 * GAP_MS);
  const slowed = starts.length;
  await pass(42_000);
  starts = [];
  await pass(50 * GAP_MS);

  expect(slowed).toBe(51);
  expect(starts.length).toBeGreaterThanOrEqual(50);
});

test("five 429 in answer to one burst halve the pace once", async () => {
  await pass(1_010);
  for (let one = 0; one < 5; one++) limiter.slowDown(undefined);
  await pass(1_000);
  ask(1_000);

  await pass(50 * 2 * GAP_MS);

  expect(starts).toHaveLength(51);
});

test("repeated 429 slow down to a quarter of the pace and no further", async () => {
  await pass(1_010);
  for (let one = 0; one < 5; one++) {
    limiter.slowDown(undefined);
    await pass(1_000);
  }
  ask(1_000);

  await pass(50 * 4 * GAP_MS);

  expect(starts).toHaveLength(51);
});

test("closing tells all who wait that their turn will not come", async () => {
  const waiting = [limiter.slot("call", never), limiter.slot("directory-fill", never)];

  limiter.close();

  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  expect(clock.sleeping()).toEqual([]);
});
