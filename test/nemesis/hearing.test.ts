// What a daemon is bound to book, by when it could hear: too much would blame it for what it never got,
// too little would let a daemon pass that loses calls.
import { expect, test } from "@jest/globals";
import { heardSpans, isBoundToBook, newMarks, type Marks } from "./hearing.ts";

const marked = (some: Partial<Marks>): Marks => ({ ...newMarks(), ...some });
/** Asked every 300 ms, answered at once. */
const prompt = (from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / 310) }, (_, index) => ({
    from: from + index * 310,
    to: from + index * 310 + 10,
  }));
const call = (begunAt: number, endedAt: number) => ({ begunAt, clientAt: begunAt, endedAt });

test("a daemon that listens is bound to all that comes from now on", () => {
  const heard = heardSpans(marked({ connected: [0], asked: prompt(0, 5_000) }));

  expect(heard).toEqual([{ from: 1_020, to: Infinity }]);
  expect(isBoundToBook(call(3_000, 4_000), heard)).toBe(true);
});

test("a daemon that is killed is bound to what ended a second before, and no later", () => {
  const heard = heardSpans(marked({ connected: [0], died: [9_000], asked: prompt(0, 9_000) }));

  expect(isBoundToBook(call(3_000, 7_500), heard)).toBe(true);
  expect(isBoundToBook(call(8_500, 8_900), heard)).toBe(false);
});

test("a daemon that answered late before it was killed is bound to less", () => {
  const late = { from: 7_500, to: 8_000 };
  const asked = [...prompt(0, 7_500), late, ...prompt(8_300, 9_000)];
  const heard = heardSpans(marked({ connected: [0], died: [9_000], asked }));

  expect(isBoundToBook(call(3_000, 6_000), heard)).toBe(true);
  expect(isBoundToBook(call(6_600, 7_400), heard)).toBe(false);
});

test("a daemon that answered very late before it was killed is bound to nothing by what it heard", () => {
  const asked = [...prompt(0, 5_000), { from: 5_000, to: 5_600 }, ...prompt(5_900, 20_000)];
  const heard = heardSpans(marked({ connected: [0], died: [20_000], asked }));

  expect(heard).toEqual([]);
});

test("how late a daemon was that is dead binds the next one to no less", () => {
  const died = [9_000];
  const asked = [...prompt(0, 4_000), { from: 4_000, to: 9_000 }, ...prompt(9_400, 15_000)];
  const heard = heardSpans(marked({ connected: [0, 9_500], died, asked }));

  expect(isBoundToBook(call(11_000, 12_000), heard)).toBe(true);
});

test("a daemon that was stopped, and killed for it, is bound to all until it was stopped", () => {
  const marks = marked({
    ...{ connected: [0], died: [9_000], held: [{ from: 5_000, to: 9_000 }] },
    asked: [...prompt(0, 4_900), { from: 4_960, to: 9_000 }],
  });

  const heard = heardSpans(marks);

  expect(isBoundToBook(call(3_000, 3_800), heard)).toBe(true);
  expect(isBoundToBook(call(5_500, 6_500), heard)).toBe(false);
});

test("a daemon that was stopped for a while and goes on is not late for it", () => {
  const marks = marked({
    ...{ connected: [0], died: [9_000], held: [{ from: 5_000, to: 7_000 }] },
    asked: [...prompt(0, 4_900), { from: 4_960, to: 7_010 }, ...prompt(7_310, 9_000)],
  });

  const heard = heardSpans(marks);

  expect(isBoundToBook(call(7_200, 7_800), heard)).toBe(true);
});

test("nothing is bound of what was not kept when the process died", () => {
  const marks = marked({
    ...{ connected: [0], died: [9_000], unkept: [{ from: 5_000, to: 9_500 }] },
    asked: prompt(0, 9_000),
  });

  const heard = heardSpans(marks);

  expect(isBoundToBook(call(2_000, 3_500), heard)).toBe(true);
  expect(isBoundToBook(call(5_500, 6_500), heard)).toBe(false);
});

test("a harness that is late itself binds to less", () => {
  const asked = prompt(0, 5_000); // and nobody asked any more
  const heard = heardSpans(marked({ connected: [0], died: [9_000], asked }));

  expect(isBoundToBook(call(3_000, 4_500), heard)).toBe(false);
});
