import { expect, test } from "@jest/globals";
import { createLine, pauseAfter } from "../../src/outbox/line.ts";

const pauses = { minMs: 1_000, maxMs: 60_000 };

test("pauses double up to the longest", () => {
  const growing = [0, 1, 2, 3, 6, 7, 8, 5_000].map((failures) => pauseAfter(failures, pauses));

  expect(growing).toEqual([1_000, 1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
});

test("batches that failed at once lengthen the pause only once", () => {
  const line = createLine(pauses);

  const first = line.fail({ startedAt: 0, now: 100, atLeastMs: 0 });
  const second = line.fail({ startedAt: 50, now: 120, atLeastMs: 0 });
  const afterPause = line.fail({ startedAt: 1_200, now: 1_300, atLeastMs: 0 });

  expect([first, second, afterPause]).toEqual([1_000, 1_000, 2_000]);
});

test("what the far side asks for is waited for, even if it is longer", () => {
  const line = createLine(pauses);

  line.fail({ startedAt: 0, now: 100, atLeastMs: 90_000 });

  expect(line.closedUntil()).toBe(90_100);
  expect(line.isTroubled()).toBe(true);
});

test("one success opens the line again", () => {
  const line = createLine(pauses);
  line.fail({ startedAt: 0, now: 100, atLeastMs: 0 });

  line.recover();

  expect(line.isTroubled()).toBe(false);
  expect(line.closedUntil()).toBe(-Infinity);
});
