import { expect, test } from "@jest/globals";
import { isDead } from "../../src/ami/keep-alive.ts";
import { createFakeClock } from "./fake-clock.ts";

const watch = () => {
  const clock = createFakeClock();
  const line = { lastByteMs: 0, pings: 0, verdict: undefined as boolean | undefined };
  const stop = new AbortController();
  void isDead(
    {
      clock,
      pingEveryMs: 10_000,
      deadAfterMs: 20_000,
      lastByteMs: () => line.lastByteMs,
      ping: () => void line.pings++,
    },
    stop.signal,
  ).then((verdict) => (line.verdict = verdict));
  return { clock, line, stop };
};

test("a silent line is pinged after ten seconds and dead after twenty, not before", async () => {
  const { clock, line } = watch();

  await clock.advance(19_999);
  const before = { ...line };
  await clock.advance(1);

  expect(before).toMatchObject({ pings: 1, verdict: undefined });
  expect(line.verdict).toBe(true);
});

test("the twenty seconds count from the last byte, not from a ping", async () => {
  const { clock, line } = watch();
  await clock.advance(12_345);
  line.lastByteMs = 12_345;

  await clock.advance(19_999);
  const before = line.verdict;
  await clock.advance(1);

  expect(before).toBeUndefined();
  expect(line.verdict).toBe(true);
});

test("F16, F26: after this process itself stood still, what waited unread still counts as life", async () => {
  const { clock, line } = watch();
  const monotonicMs = clock.monotonicMs.bind(clock);
  let stoodStillMs = 0;
  clock.monotonicMs = () => monotonicMs() + stoodStillMs;

  stoodStillMs = 60_000;
  await clock.advance(10_000);
  const onWaking = line.verdict;
  line.lastByteMs = clock.monotonicMs();
  await clock.advance(5_000);

  expect(onWaking).toBeUndefined();
  expect(line.verdict).toBeUndefined();
});

test("watching ends without a verdict of death when the connection is over", async () => {
  const { clock, line, stop } = watch();

  stop.abort();
  await clock.advance(0);

  expect(line.verdict).toBe(false);
  expect(clock.sleeping()).toEqual([]);
});
