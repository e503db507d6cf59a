// The figures behind the charts: what is counted, and what stands where the daemon did not run.
import { expect, test } from "@jest/globals";
import { createMinutes } from "../../../src/cli/admin/minutes.ts";
import { NOON, openCallArchive } from "./call-archive.ts";

test("calls, the longest lag, errors and requests of a minute stand in its row", async () => {
  await using archive = await openCallArchive();
  let now = NOON;
  const open = () =>
    createMinutes({
      keep: (statements) => archive.store.write(statements),
      now: () => now,
      requestsPerSecond: 5,
    });
  const minutes = open();

  minutes.call("a", NOON - 1_000);
  minutes.call("b", NOON);
  now += 2_000;
  minutes.booked("a");
  minutes.booked("b");
  minutes.booked("b"); // a second step of it
  minutes.request();
  minutes.error();
  await minutes.stop();
  now += 120_000;
  const { calls, lagSeconds, errors, requests, requestBudget } = await open().charts(
    archive.store,
    "hour",
  );

  expect([calls.length, requestBudget]).toEqual([60, 300]);
  expect([calls, lagSeconds, errors, requests].map((values) => values.at(-3))).toEqual([
    2, 3, 1, 1,
  ]);
  expect(calls.at(-2)).toBeNull();
});

test("a minute that is not over is shown as far as it has come", async () => {
  await using archive = await openCallArchive();
  const minutes = createMinutes({
    keep: (statements) => archive.store.write(statements),
    now: () => NOON,
    requestsPerSecond: 5,
  });

  minutes.call("a", NOON);
  const { calls } = await minutes.charts(archive.store, "day");

  expect([calls.length, calls.at(-1)]).toEqual([96, 1]);
});
