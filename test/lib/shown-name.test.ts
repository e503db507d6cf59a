import { expect, test } from "@jest/globals";
import { shownName } from "../../src/lib/shown-name.ts";

test.each([
  ["Ivan Petrov", "Ivan Petrov"],
  ["Иван Петров-Водкин и сыновья", "Иван Петров-Водкин и"],
  ["x".repeat(19), "x".repeat(19)],
  ["x".repeat(20), "x".repeat(20)],
  ["x".repeat(21), "x".repeat(20)],
  ["😀".repeat(21), "😀".repeat(20)],
  ['"Ana", ${SHELL(id)}; x', "Ana SHELL(id) x"],
  ["one\r\nEvent: Hangup", "one Event: Hangup"],
  ["a\u0000b\u2028c", "a b c"],
  ["  many   spaces ", "many spaces"],
  ["half \ud83d", "half \ufffd"],
  ["", ""],
])("%j is shown as %j", (name, shown) => {
  expect(shownName(name)).toBe(shown);
});
