import { expect, test } from "@jest/globals";
import { clientNumbers, isSameClientNumber } from "../../src/altegio/phone-rule.ts";

test.each<[unknown, string[]]>([
  ["+7 (915) 123-45-67", ["79151234567"]],
  [79151234567, ["79151234567"]],
  ["8 915 123-45-67 доб. 12", ["89151234567"]],
  ["9151234567 x12; 4950000001/8000000", ["9151234567", "4950000001", "8000000"]],
  ["00380441234567", ["380441234567"]],
  ["123456", []],
  ["1234567", ["1234567"]],
  ["123456789012345", ["123456789012345"]],
  ["1234567890123456", []],
  ["0000000000", []],
  ["+7915***4567", []],
  ["", []],
  [null, []],
  [{ phone: "79151234567" }, []],
])("the usable numbers of %j are %j", (field, numbers) => {
  expect(clientNumbers(field)).toEqual(numbers);
});

test.each<[string, string, { literal: boolean; strict: boolean }]>([
  ["79151234567", "89151234567", { literal: true, strict: true }],
  ["79151234567", "9151234567", { literal: true, strict: true }],
  ["79151234567", "19151234567", { literal: true, strict: false }],
  ["380441234567", "0441234567", { literal: true, strict: true }],
  ["79151234567", "79151234568", { literal: false, strict: false }],
  ["1234567", "1234567", { literal: true, strict: true }],
  ["1234567", "4951234567", { literal: false, strict: false }],
])("%s and %s", (one, other, { literal, strict }) => {
  const [a] = clientNumbers(one);
  const [b] = clientNumbers(other);
  if (a === undefined || b === undefined) throw new Error("a number of this table is unusable");

  expect(isSameClientNumber(a, b, false)).toBe(literal);
  expect(isSameClientNumber(b, a, false)).toBe(literal);
  expect(isSameClientNumber(a, b, true)).toBe(strict);
});
