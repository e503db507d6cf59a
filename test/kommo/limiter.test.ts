import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { createLimiter, type Limiter, type Priority } from "../../src/kommo/limiter.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { never } from "./scripted-server.ts";

let limiter: Limiter;
/** Fake milliseconds at which requests were let through. */
let starts: number[];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask"], now: 1_000_000 });
  limiter = createLimiter({ requestsPerSecond: 5, clock: systemClock });
  starts = [];
});

afterEach(() => {
  limiter.close();
  jest.useRealTimers();
});

const monotonic = (): number => performance.now();

function ask(count: number, priority: Priority = "call", signal = never): void {
  for (let one = 0; one < count; one++)
    void limiter.slot(priority, signal).then((may) => may && starts.push(monotonic()));
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** The most starts within any period of this length. */
const mostWithin = (ms: number): number =>
  Math.max(...starts.map((from) => starts.filter((at) => at >= from && at < from + ms).length));

test("nothing is sent in the first second: before a restart it may have been used up", async () => {
  ask(1);

  await pass(1_049);
  expect(starts).toEqual([]);
  await pass(1);
  expect(starts).toHaveLength(1);
});

test("whatever comes in, no more than the allowed requests start within 1,050 ms", async () => {
  for (let turn = 0; turn < 40; turn++) {
    ask((turn * 7) % 5);
    await pass((turn * 131) % 400);
  }
  await pass(60_000);

  expect(starts).toHaveLength(80);
  expect(mostWithin(1_050)).toBe(5);
});

test("a backlog is sent as fast as the limit allows", async () => {
  ask(50);

  await pass(10 * 1_050);

  expect(starts).toHaveLength(50);
});

test("a person's click goes before a popup, a popup before calls, calls before the rest", async () => {
  const order: Priority[] = [];
  const wait = (priority: Priority): void =>
    void limiter.slot(priority, never).then(() => order.push(priority));
  for (const priority of ["background", "call", "popup", "click-to-call"] as const) {
    wait(priority);
    wait(priority);
  }

  await pass(2 * 1_050);

  expect(order).toEqual([
    ...["click-to-call", "click-to-call", "popup", "popup"],
    ...["call", "call", "background", "background"],
  ]);
});

test("who gives up waiting gets no slot and takes none from others", async () => {
  const stop = new AbortController();
  const answers: boolean[] = [];
  for (let one = 0; one < 20; one++)
    void limiter.slot("call", stop.signal).then((may) => answers.push(may));
  ask(5);
  stop.abort();

  await pass(1_050);

  expect(answers).toEqual(Array(20).fill(false));
  expect(starts).toHaveLength(5);
  expect(limiter.waiting()).toBe(0);
});

test("a signal that was aborted before asks for nothing", async () => {
  expect(await limiter.slot("call", AbortSignal.abort())).toBe(false);
});

test("after a 429 nothing is sent for as long as Kommo says", async () => {
  await pass(1_050);
  limiter.slowDown(30_000);
  ask(1);

  await pass(29_999);
  expect(starts).toEqual([]);
  await pass(1);
  expect(starts).toHaveLength(1);
});

test("after a 429 the pace is halved, and whole again after a quiet minute", async () => {
  await pass(1_050);
  limiter.slowDown(undefined);
  await pass(1_000);
  ask(1_000);

  await pass(10_500);
  const slowed = starts.length;
  await pass(52_500);
  starts.length = 0;
  await pass(10_500);

  expect(slowed).toBeGreaterThanOrEqual(24);
  expect(slowed).toBeLessThanOrEqual(28);
  expect(starts).toHaveLength(50);
});

test("requests that leave late, over new connections, are counted from when they leave", async () => {
  const left: number[] = [];
  const connectMs = 400;
  await pass(1_050);
  for (let one = 0; one < 20; one++)
    void limiter.slot("call", never).then(async () => {
      const late = one < 5 ? connectMs : 0;
      await systemClock.sleep(late);
      limiter.leftAfter(late);
      left.push(monotonic());
    });

  await pass(10_000);

  const most = left.map((from) => left.filter((at) => at >= from && at < from + 1_000).length);
  expect(left).toHaveLength(20);
  expect(Math.max(...most)).toBe(5);
});

test.each([
  [20, 0],
  [21, 1],
])("a request that leaves %d ms after its turn uses up %d more", async (lateMs, more) => {
  await pass(1_050);
  limiter.leftAfter(lateMs);
  ask(5);

  await pass(1);

  expect(starts).toHaveLength(5 - more);
});

test("five 429 in answer to one burst halve the pace once", async () => {
  await pass(1_050);
  for (let one = 0; one < 5; one++) limiter.slowDown(undefined);
  await pass(1_000);
  ask(1_000);

  await pass(10_500);

  expect(starts.length).toBeGreaterThanOrEqual(24);
});

test("repeated 429 slow down to a quarter of the pace and no further", async () => {
  await pass(1_050);
  for (let one = 0; one < 5; one++) {
    limiter.slowDown(undefined);
    await pass(1_000);
  }
  ask(1_000);

  await pass(42_000);

  expect(starts.length).toBeGreaterThanOrEqual(48);
  expect(starts.length).toBeLessThanOrEqual(54);
});

test.each([
  ["back by a day", -86_400_000],
  ["forward by a day", 86_400_000],
  ["back by a second", -1_000],
])("a clock set %s neither stops the sending nor lets a burst through", async (_, ms) => {
  await pass(1_050);
  ask(30);
  await pass(500);

  jest.setSystemTime(Date.now() + ms);
  await pass(20_000);

  expect(starts).toHaveLength(30);
  expect(mostWithin(1_000)).toBe(5);
});

test("a clock set back during a pause does not end the pause", async () => {
  await pass(1_050);
  limiter.slowDown(30_000);
  ask(1);
  jest.setSystemTime(Date.now() - 3_600_000);

  await pass(29_000);
  expect(starts).toEqual([]);
  await pass(3_000);
  expect(starts).toHaveLength(1);
});

test("closing tells all who wait that their turn will not come", async () => {
  const waiting = limiter.slot("call", never);

  limiter.close();

  expect(await waiting).toBe(false);
});
