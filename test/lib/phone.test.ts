import { expect, test } from "@jest/globals";
import { isSamePhone, maskPhone, phoneKey } from "../../src/lib/phone.ts";

test.each([
  ["+7 916 123-45-67", "89161234567", true],
  ["989161234567", "+79161234567", true],
  ["79161234567", "79161234568", false],
  ["12345", "12345", true],
  ["12345", "9912345", false],
  ["anonymous", "anonymous", false],
  ["", "", false],
])("%s and %s are one client: %s", (one, other, isSame) => {
  expect(isSamePhone(one, other)).toBe(isSame);
});

test("numbers are compared by the last ten digits, as Kommo compares them", () => {
  expect(phoneKey("+351 912 000 111")).toBe("1912000111");
});

test.each([
  ["+79161234567", "•••67"],
  ["1234", "••••"],
  ["12345", "•••45"],
  ["anonymous", ""],
])("a masked %s shows no more than its end", (number, masked) => {
  expect(maskPhone(number)).toBe(masked);
});
