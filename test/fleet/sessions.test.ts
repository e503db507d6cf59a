// What follows from an exchange's connections for a call that it sent.
import { expect, test } from "@jest/globals";
import { heardByOne, wasToldOfClient, latenessDuring, type Session } from "./sessions.ts";

const session = (from: number, to = Infinity, listedAt = from): Session => ({ from, listedAt, to });
const call = { begunAt: 10_000, endedAt: 20_000 };
/** Of the call. */
const client = { at: 11_000, until: 19_900 };

test("a call within the one connection is heard, whole and with its client", () => {
  const sessions = [session(0)];

  expect(wasToldOfClient(sessions, client)).toBe(true);
  expect(heardByOne(sessions, call)).toBe(true);
});

test("a call that goes on at a take-over is heard with its client, and not whole", () => {
  const sessions = [session(0, 15_000), session(16_000)];

  expect(wasToldOfClient(sessions, client)).toBe(true);
  expect(heardByOne(sessions, call)).toBe(false);
});

test("a call that began and ended while nobody listened is bound to nothing", () => {
  const sessions = [session(0, 9_000), session(21_000)];

  expect(wasToldOfClient(sessions, client)).toBe(false);
  expect(heardByOne(sessions, call)).toBe(false);
});

test("a client who was gone before the next daemon was told what goes on binds to nothing", () => {
  expect(wasToldOfClient([session(0, 15_000), session(19_000, Infinity, 19_901)], client)).toBe(
    false,
  );
  expect(wasToldOfClient([session(0, 15_000), session(19_000, Infinity, 19_900)], client)).toBe(
    true,
  );
});

test("of what a daemon heard that is gone, only its store tells", () => {
  expect(wasToldOfClient([session(0, 25_000)], client)).toBe(false);
});

test("a call that ended just before its daemon went may not have been read to its end", () => {
  expect(heardByOne([session(0, 49_999)], call)).toBe(false);
  expect(heardByOne([session(0, 50_001)], call)).toBe(true);
});

test("the worst lateness during the call counts", () => {
  const late = [
    { from: 0, to: 9_999 },
    { from: 12_000, to: 12_300 },
    { from: 19_000, to: 19_900 },
  ];

  expect(latenessDuring(late, call)).toBe(900);
});
