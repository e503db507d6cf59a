import { expect, test } from "@jest/globals";
import { lost, refused } from "../../src/ami/ami-failure.ts";
import { pauseBefore } from "../../src/ami/backoff.ts";

const address = { host: "127.0.0.1", port: 5038 };
const almostOne = 1 - Number.EPSILON;

test("after a lost line the pauses lie between one second and one minute", () => {
  const failure = lost("closed", address);

  expect(pauseBefore(failure, 1, 0)).toBe(1_000);
  expect(pauseBefore(failure, 1, almostOne)).toBe(2_000);
  expect(pauseBefore(failure, 5, 0)).toBe(16_000);
  expect(pauseBefore(failure, 6, almostOne)).toBe(60_000);
  expect(pauseBefore(failure, 10_000, almostOne)).toBe(60_000);
});

test("F27: a refused login is tried at most five times in ten minutes", () => {
  const failure = refused("crm", address);
  const startsMs = [0];
  for (let tries = 1; tries <= 8; tries++) {
    startsMs.push((startsMs.at(-1) ?? 0) + pauseBefore(failure, tries, 0));
  }

  expect(startsMs.filter((ms) => ms < 600_000)).toHaveLength(5);
  expect(pauseBefore(failure, 100, almostOne)).toBe(600_000);
});
