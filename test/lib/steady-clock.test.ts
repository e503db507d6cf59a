import { expect, test } from "@jest/globals";
import { createSteadyClock } from "../../src/lib/clock.ts";
import { handClock, START } from "../outbox/hand-clock.ts";

test.each([
  ["a day on", 86_400_000],
  ["a day back", -86_400_000],
])("F14: lengths are right when the host's clock is set %s meanwhile", (_, ms) => {
  const host = handClock();
  const clock = createSteadyClock(host);

  host.advance(2_000);
  host.setWall(START + ms);
  host.advance(3_000);

  expect(clock.now() - START).toBe(5_000);
});

test("F14: a clock that was set is followed once nothing is being measured", () => {
  const host = handClock();
  const clock = createSteadyClock(host);
  host.setWall(START + 3_600_000);

  clock.follow();
  host.advance(1_000);

  expect(clock.now()).toBe(START + 3_601_000);
});
