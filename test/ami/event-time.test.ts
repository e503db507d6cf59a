import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createEventTime } from "../../src/ami/event-time.ts";
import { epochMs } from "../../src/lib/clock.ts";

const T = 1_795_261_950_000;
const hangup = (timestamp: string): string =>
  `Event: Hangup\r\nPrivilege: call,all\r\n${timestamp}Channel: PJSIP/101-00000001`;
const stamped = (ms: number): string => hangup(`Timestamp: ${(ms / 1_000).toFixed(6)}\r\n`);

test("without a timestamp an event happened when it arrived", () => {
  const eventTime = createEventTime();

  expect(eventTime(hangup(""), epochMs(T))).toBe(T);
});

test("an event that waited keeps its distance to the one before it", () => {
  const eventTime = createEventTime();

  const first = eventTime(stamped(T), epochMs(T + 1));
  const late = eventTime(stamped(T + 2_000), epochMs(T + 9_000));

  expect(first).toBeCloseTo(T + 1, 3);
  expect(late).toBeCloseTo(T + 2_001, 3);
});

test("an exchange whose clock is wrong is told in this host's time", () => {
  for (const wrongMs of [-3_600_000, 5_000, 86_400_000]) {
    const eventTime = createEventTime();

    eventTime(stamped(T + wrongMs), epochMs(T + 1));
    const at = eventTime(stamped(T + wrongMs + 500), epochMs(T + 700));

    expect(at).toBeCloseTo(T + 501, 3);
  }
});

test.each([-7_200_000, 7_200_000])(
  "the exchange's clock is set by %d ms: time goes on",
  (setMs) => {
    const eventTime = createEventTime();

    eventTime(stamped(T), epochMs(T));
    const at = eventTime(stamped(T + 1_000 + setMs), epochMs(T + 1_000));

    expect(at).toBeCloseTo(T + 1_000, 3);
  },
);

test.each([
  ["the longest wait", 60_000, T + 1_000],
  ["more, so a clock was set", 60_001, T + 61_001],
])("%s", (_, waitedMs, expected) => {
  const eventTime = createEventTime();

  eventTime(stamped(T), epochMs(T));

  expect(eventTime(stamped(T + 1_000), epochMs(T + 1_000 + waitedMs))).toBeCloseTo(expected, 3);
});

test.each([
  "Timestamp: \r\n",
  "Timestamp: yesterday\r\n",
  "Timestamp: 1.2e300\r\n",
  "Timestamp: -5.5\r\n",
  "Channel: x\r\nTimestamp: 1795261950.000001\r\n",
])("%j is no timestamp", (line) => {
  const eventTime = createEventTime();

  expect(eventTime(hangup(line), epochMs(T + 77_000))).toBe(T + 77_000);
});

test("times never run backwards nor ahead of the arrival, whatever the waits are", () => {
  const step = fc.record({ pauseMs: fc.nat(5_000), waitMs: fc.nat(50_000) });

  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: -1e9, max: 1e9 }), (steps, wrongMs) => {
      const eventTime = createEventTime();
      let happened = T;
      let arrived = T;
      let last = -Infinity;

      for (const { pauseMs, waitMs } of steps) {
        happened += pauseMs;
        arrived = Math.max(arrived, happened + waitMs);
        const at = eventTime(stamped(happened + wrongMs), epochMs(arrived));

        expect(at).toBeLessThanOrEqual(arrived + 0.01);
        expect(at).toBeGreaterThanOrEqual(last - 0.01);
        last = at;
      }
    }),
  );
});
