import { expect, test } from "@jest/globals";
import { watchdogMs } from "../../src/lib/systemd-notify.ts";
import { feedWatchdog } from "../../src/lib/watchdog.ts";
import { systemClock } from "../../src/lib/clock.ts";

test("the watchdog is fed while nothing is wrong, and every change of that is told once", async () => {
  const turns = [[], [], ["the store does not answer"], ["the store does not answer"], []];
  const told: string[] = [];
  const over = new AbortController();

  await feedWatchdog(
    {
      everyMs: 1,
      whatIsWrong: () => {
        const wrong = turns.shift();
        if (wrong === undefined) over.abort();
        return Promise.resolve(wrong ?? []);
      },
      feed: () => Promise.resolve(told.push("fed") > 0),
      onChange: (wrong) => told.push(`wrong: ${wrong.join()}`),
      clock: systemClock,
    },
    over.signal,
  );

  expect(told).toEqual(["fed", "fed", "wrong: the store does not answer", "fed", "wrong: "]);
});

test.each([
  [{}, undefined],
  [{ WATCHDOG_USEC: "60000000" }, 60_000],
  [{ WATCHDOG_USEC: "60000000", WATCHDOG_PID: String(process.pid) }, 60_000],
  // Inherited from another service.
  [{ WATCHDOG_USEC: "60000000", WATCHDOG_PID: "1" }, undefined],
  [{ WATCHDOG_USEC: "soon" }, undefined],
  [{ WATCHDOG_USEC: "0" }, undefined],
])("systemd's word %j means a watch of %s ms", (env, expected) => {
  expect(watchdogMs(env)).toBe(expected);
});
