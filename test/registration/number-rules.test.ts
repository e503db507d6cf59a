import { expect, test } from "@jest/globals";
import { rewriteNumber } from "../../src/registration/number-rules.ts";
import { planCall } from "../../src/registration/plan.ts";
import { missedCall, settings } from "./made-up-call.ts";

const rules = [
  { match: "^\\+", replace: "" },
  { match: "^8(\\d{10})$", replace: "7$1" },
  { match: "^(\\d{10})$", replace: "7$1" },
];

test.each([
  ["89161234567", "79161234567", [2]],
  ["+79161234567", "79161234567", [1]],
  ["+89161234567", "79161234567", [1, 2]],
  ["9161234567", "79161234567", [3]],
  ["112", "112", []],
  ["", "", []],
])("all rules are applied to %s, one after another", (number, expected, changedBy) => {
  expect(rewriteNumber(number, rules)).toEqual({ number: expected, changedBy, isTooLong: false });
});

test.each([
  [39, false],
  [40, false],
  [41, true],
])("a number of %d digits", (digits, isTooLong) => {
  const number = "9".repeat(digits);

  expect(rewriteNumber(number, [{ match: "^9", replace: "" }])).toMatchObject({
    isTooLong,
    number: isTooLong ? number : number.slice(1),
  });
});

test("a rule that makes a number too long leaves it as it was", () => {
  const longer = { match: "^", replace: "9".repeat(40) };

  expect(rewriteNumber("112", [longer, longer]).number).toBe("112");
});

test("Kommo is told the rewritten number, and the plan says by which rules", () => {
  const numbers = { client: rules, employee: [] };

  const plan = planCall(missedCall({ clientPhone: "+89161234567" }), { ...settings, numbers });

  expect(plan.steps).toMatchObject([{ call: { phone: "79161234567" } }]);
  expect(plan.decisions[0]).toEqual({
    decided: "spell the client's number anew",
    because: "numbers.client, rule 1, 2",
  });
});

test("a number that the rules take away counts as withheld", () => {
  const numbers = { client: [{ match: "^anonymous$|^0+$", replace: "" }], employee: [] };

  const plan = planCall(missedCall({ clientPhone: "0000" }), { ...settings, numbers });

  expect(plan.steps).toMatchObject([{ kind: "add-unsorted", call: { phone: "anonymous" } }]);
});
