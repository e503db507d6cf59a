// F92: two faults at the same time. The long runs of the nemesis draw them by chance; these are pairs in
// which each takes from the daemon what it would need against the other.
import { expect, test } from "@jest/globals";
import { faults, type FaultName } from "./faults.ts";
import { openDay } from "../faults/office-day.ts";

const PAIRS: readonly (readonly [FaultName, FaultName])[] = [
  ["killed", "kommo answers lost"], // what was being sent is looked up, not repeated
  ["disk full", "ami reset"], // the calls of the gap come with what cannot be written
  ["clock two hours back", "killed"], // what is kept bears times that are still to come
  ["token revoked", "ami cut within an event"],
];

/** Each waits most of its time, and has all that it needs for itself: at once. */
test.concurrent.each(PAIRS)(
  "F92: with %s and %s at once, every call is booked exactly once",
  async (one, other) => {
    const day = await openDay(92);
    const { office } = day;
    try {
      await day.play(2);
      const { over } = await day.begin(5);

      await Promise.all([faults[one](office), faults[other](office)]);
      await over;
      await day.listens();
      await day.play(3);
      await day.allBooked();

      expect(await day.problems()).toEqual([]);
    } finally {
      await office.close();
    }
  },
);
