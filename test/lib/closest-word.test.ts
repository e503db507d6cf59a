import { expect, test } from "@jest/globals";
import { closestWord } from "../../src/lib/closest-word.ts";

const keys = ["host", "port", "username", "secret", "public_url"];

test.each([
  ["prot", "port"],
  ["usernam", "username"],
  ["user_name", "username"],
  ["publicUrl", "public_url"],
  ["HOST", "host"],
  ["zebra", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("%s is taken for %s", (typed, meant) => {
  expect(closestWord(typed, keys)).toBe(meant);
});

test("without known words there is no suggestion", () => {
  expect(closestWord("port", [])).toBeUndefined();
});
