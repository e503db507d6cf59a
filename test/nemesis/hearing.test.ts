// What a daemon is bound to book, by when it could hear: too much would blame it for what it never got,
// too little would let a daemon pass that loses calls.
import { expect, test } from "@jest/globals";
import {
  heardSpans,
  isBoundToBook,
  newMarks,
  readSpans,
  slowestAnswer,
  wasHeardWhole,
  type Marks,
} from "./hearing.ts";

const marked = (some: Partial<Marks>): Marks => ({ ...newMarks(), ...some });
/** Asked every 300 ms, answered at once. */
const prompt = (from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / 310) }, (_, index) => ({
    from: from + index * 310,
    to: from + index * 310 + 10,
    isAnswered: true,
  }));
const call = (begunAt: number, endedAt: number) => ({
  ...{ begunAt, endedAt },
  ...{ clientAt: begunAt, clientUntil: endedAt },
});
const killed = (at: number, keptUntil: number) => ({ died: [at], killed: [{ at, keptUntil }] });

test("a daemon that listens is bound to all that comes from now on", () => {
  const heard = heardSpans(marked({ listed: [1_000], asked: prompt(0, 5_000) }));

  expect(heard).toEqual([{ from: 1_000, to: Infinity }]);
  expect(isBoundToBook(call(3_000, 4_000), heard)).toBe(true);
});

test("a call that goes on when the daemon asks is bound, one whose client is gone is not", () => {
  const heard = heardSpans(marked({ listed: [1_000] }));

  expect(isBoundToBook(call(500, 1_500), heard)).toBe(true);
  expect(isBoundToBook(call(500, 900), heard)).toBe(false);
  expect(isBoundToBook({ ...call(500, 1_500), clientUntil: 900 }, heard)).toBe(false);
});

test("a daemon that was killed is bound to all that was sent before the last that it had kept", () => {
  const heard = heardSpans(marked({ listed: [0], ...killed(9_000, 8_990) }));

  expect(isBoundToBook(call(3_000, 4_000), heard)).toBe(true);
  expect(isBoundToBook(call(8_990, 9_500), heard)).toBe(true);
  expect(isBoundToBook(call(8_991, 9_500), heard)).toBe(false);
  expect(wasHeardWhole(call(8_000, 8_990), heard, [])).toBe(true);
  expect(wasHeardWhole(call(8_000, 8_991), heard, [])).toBe(false);
});

test("a daemon whose store tells nothing when it is killed is bound to nothing by what it heard", () => {
  const heard = heardSpans(marked({ listed: [0], ...killed(9_000, -Infinity) }));

  expect(heard).toEqual([]);
});

test("a daemon has read of what was sent before it answered the last but one question, kept or not", () => {
  const marks = marked({ listed: [0], ...killed(9_000, -Infinity), asked: prompt(0, 9_000) });

  const read = readSpans(marks);

  expect(isBoundToBook(call(8_000, 8_900), read)).toBe(true);
  expect(isBoundToBook(call(8_800, 8_900), read)).toBe(false);
});

test("what a store has lost since binds an earlier process to no less", () => {
  const heard = heardSpans(
    marked({
      ...{ listed: [0, 5_200], died: [5_000, 9_000] },
      killed: [
        { at: 5_000, keptUntil: 4_900 },
        { at: 9_000, keptUntil: 2_000 },
      ],
    }),
  );

  expect(heard).toEqual([{ from: 0, to: 4_900 }]);
});

test("a daemon whose line broke is bound to what was sent before it answered the last but one question", () => {
  const heard = heardSpans(marked({ listed: [0], lost: [8_800], asked: prompt(0, 8_800) }));

  expect(isBoundToBook(call(8_300, 9_000), heard)).toBe(true);
  expect(isBoundToBook(call(8_500, 9_000), heard)).toBe(false);
});

test("a daemon that did not answer before its line broke is bound to what it had answered for", () => {
  const asked = [...prompt(0, 5_000), { from: 5_000, to: 9_500, isAnswered: true }];
  const heard = heardSpans(marked({ listed: [0], lost: [9_000], asked }));

  expect(isBoundToBook(call(4_000, 6_000), heard)).toBe(true);
  expect(isBoundToBook(call(5_100, 8_000), heard)).toBe(false);
});

test("an end of waiting is no answer", () => {
  const asked = prompt(0, 5_000).map((one) => ({ ...one, isAnswered: false }));

  expect(heardSpans(marked({ listed: [0], lost: [5_000], asked }))).toEqual([]);
});

test("a daemon that was stopped for a while and goes on is not late for it", () => {
  const held = [{ from: 5_000, to: 7_000 }];
  const late = { from: 4_960, to: 7_010, isAnswered: true };
  const asked = [...prompt(0, 4_900), late, ...prompt(7_310, 9_000)];

  expect(slowestAnswer({ asked, held }, { from: 4_000, to: 9_000 })).toBeLessThan(100);
});

test("nothing is bound of what was not kept when the process died", () => {
  const heard = heardSpans(
    marked({
      ...{ listed: [0], ...killed(9_000, 8_900), unkept: [{ from: 5_000, to: 9_500 }] },
      asked: prompt(0, 9_000),
    }),
  );

  expect(isBoundToBook(call(2_000, 3_500), heard)).toBe(true);
  expect(isBoundToBook(call(5_500, 6_500), heard)).toBe(false);
});

test("a daemon that had nothing left to accept after a full disk is bound, however late it ends", () => {
  const late = { from: 20_000, to: 29_000, isAnswered: true };
  const asked = [...prompt(0, 20_000), late];
  const full = { listed: [0], unkept: [{ from: 5_000, to: 9_500 }], asked, died: [30_000] };

  const settled = heardSpans(marked({ ...full, settled: [25_000] }));
  const unsettled = heardSpans(marked(full));

  expect(isBoundToBook(call(5_500, 6_500), settled)).toBe(true);
  expect(isBoundToBook(call(5_500, 6_500), unsettled)).toBe(false);
});
