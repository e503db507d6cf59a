// The page's words: the same in every language, with the same blanks to be filled.
import { expect, test } from "@jest/globals";
import { en, type WordName } from "../../../src/http/admin/page/words/en.ts";
import { es } from "../../../src/http/admin/page/words/es.ts";
import { pt } from "../../../src/http/admin/page/words/pt.ts";
import { ru } from "../../../src/http/admin/page/words/ru.ts";
import { axisOf } from "../../../src/http/admin/page/axis.ts";
import { duration, phone } from "../../../src/http/admin/page/format.ts";

const blanksIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([blank]) => blank))].sort();

test.each([
  ["Spanish", es],
  ["Portuguese", pt],
  ["Russian", ru],
] as const)("in %s every text is there, and has the blanks of the English one", (_name, words) => {
  const names = Object.keys(en) as WordName[];

  expect(Object.keys(words).sort()).toEqual([...names].sort());
  for (const name of names) {
    if (name === "steps.tries") continue; // "once" needs no number in some languages
    expect([name, blanksIn(words[name])]).toEqual([name, blanksIn(en[name])]);
    expect(words[name]).not.toMatch(/!/);
  }
});

test("what has forms by number in English has them in every language, in Russian three", () => {
  for (const [name, text] of Object.entries(en) as [WordName, string][]) {
    if (!text.includes("|")) continue;
    expect([es, pt, ru].map((words) => words[name].split("|").length)).toEqual([2, 2, 3]);
  }
});

test.each([
  [0, "0:00"],
  [59.9, "0:59"],
  [187, "3:07"],
  [3_725, "1:02:05"],
  [-5, "0:00"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  ["79161234567", "+7 916 123-45-67"],
  ["89161234567", "+7 916 123-45-67"],
  ["5511987654321", "+55 11 98765-4321"],
  ["351912000111", "+351 912 000 111"],
  ["101", "101"],
  ["anonymous", "anonymous"],
])("the number %s is written %s", (number, text) => {
  expect(phone(number)).toBe(text);
});

test("a time line has few marks, at round times, and the first at its beginning", () => {
  for (const seconds of [0.5, 7, 8, 65, 600, 7_200, 90_000]) {
    const marks = axisOf(seconds);

    expect(marks[0]).toBe(0);
    expect(marks.length).toBeLessThanOrEqual(8);
    expect(marks.every((at) => at < seconds)).toBe(true);
  }
});
