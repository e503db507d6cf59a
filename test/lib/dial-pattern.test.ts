import { expect, test } from "@jest/globals";
import { anyDialPattern, compileDialPattern } from "../../src/lib/dial-pattern.ts";

test.each([
  ["_1XX", "101", true],
  ["_1XX", "1011", false],
  ["_1XX", "10", false],
  ["_10X", "110", false],
  ["_ZXX", "099", false],
  ["_NXX", "199", false],
  ["_NXX", "299", true],
  ["_[2-4]X", "35", true],
  ["_[2-4]X", "55", false],
  ["_[135]0", "30", true],
  ["_9.", "9", false],
  ["_9.", "989161234567", true],
  ["_9!", "9", true],
  ["_xx-x", "123", true],
  ["_*98", "*98", true],
  ["101", "101", true],
  ["101", "1010", false],
  ["reception", "reception", true],
])("pattern %s takes number %s: %s", (pattern, number, isTaken) => {
  expect(compileDialPattern(pattern)?.(number)).toBe(isTaken);
});

test.each(["", "_", "_1[", "_1[]", "_1.X", "_!1", "_[^1]", "_[a(b]"])(
  "a broken pattern %j is told, not guessed",
  (pattern) => {
    expect(compileDialPattern(pattern)).toBeUndefined();
  },
);

test("a list takes what any of its patterns takes", () => {
  const isEmployee = anyDialPattern(["_10X", "200", "_2[5-6]X"]);

  expect(["101", "200", "255", "201", "300"].map(isEmployee)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
