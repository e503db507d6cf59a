// When the daemon had better be ended and started again, and when that would change nothing.
import { expect, test } from "@jest/globals";
import type { AmiState } from "../../src/ami/session.ts";
import { paused, stopped } from "../../src/ami/ami-failure.ts";
import { createWellness } from "../../src/cli/daemon/wellness.ts";
import { createFakeClock } from "../ami/fake-clock.ts";

const MINUTE = 60_000;
const answering = { read: () => Promise.resolve([]), isScrubbing: () => false };
const silent = { read: () => new Promise<never>(() => {}), isScrubbing: () => false };

const waiting = (retryInMs: number): AmiState => ({ kind: "waiting", failure: stopped, retryInMs });

test.each<[string, AmiState, number]>([
  ["Asterisk is away and is tried again every minute", waiting(MINUTE), MINUTE],
  [
    "the disk takes nothing, for hours",
    { ...waiting(MINUTE), failure: paused } as AmiState,
    300 * MINUTE,
  ],
])("well: %s", async (_why, state, forMs) => {
  const clock = createFakeClock();
  const line = () => state;
  const whatIsWrong = createWellness({ store: answering, lines: () => [line], clock });

  await whatIsWrong();
  await clock.advance(forMs);

  expect(await whatIsWrong()).toEqual([]);
});

test.each<[string, AmiState]>([
  ["a new try was due long ago", waiting(MINUTE)],
  ["a try never ends", { kind: "connecting" }],
])("not well: %s", async (_why, state) => {
  const clock = createFakeClock();
  const line = () => state;
  const whatIsWrong = createWellness({ store: answering, lines: () => [line], clock });

  await whatIsWrong();
  await clock.advance(7 * MINUTE);

  expect(await whatIsWrong()).toEqual(["the line to Asterisk is neither kept nor tried again"]);
});

test("not well: the store does not answer within 20 seconds", async () => {
  const clock = createFakeClock();
  const asked = createWellness({ store: silent, lines: () => [], clock })();

  await clock.advance(20_000);

  expect(await asked).toEqual(["the store does not answer"]);
});

test("well: the store is being written anew, which takes as long as it takes", async () => {
  const store = { ...silent, isScrubbing: () => true };

  expect(await createWellness({ store, lines: () => [], clock: createFakeClock() })()).toEqual([]);
});
