// Calls of one of several exchanges: whose they are, which rules fit, and what scripts see of them.
import { expect, test } from "@jest/globals";
import { callAt } from "../../src/calls/at-exchange.ts";
import { callFullOf } from "../../src/customization/call-full.ts";
import { findResponsible, userAt } from "../../src/registration/employees.ts";
import { fittingRule } from "../../src/registration/rules.ts";
import { whyLeftOut } from "../../src/registration/register-lists.ts";
import { answeredCall, settings as plain } from "./made-up-call.ts";

const [ANNA, BORIS] = [9100001, 9100002];
const users = new Map([
  ["berlin/101", [ANNA]],
  ["hamburg/101", [BORIS]],
]);
const settings = { ...plain, users };
const asked = { phone: "79161234567", client: "known" } as const;

test("equal extensions of two exchanges are two employees", () => {
  const whose = ["berlin", "hamburg"].map((exchange) =>
    findResponsible(callAt(exchange, answeredCall()), { clientKey: "" }, settings),
  );

  expect(whose.map(({ user }) => user)).toEqual([ANNA, BORIS]);
});

test("a rewritten extension is looked for at its own exchange", () => {
  const numbers = { ...plain.numbers, employee: [{ pattern: /^9(\d+)$/, replace: "$1" }] as never };

  expect(userAt("hamburg/101", { ...settings, numbers }).user).toBe(BORIS);
});

test("a rule may name exchanges; its extensions are as the exchange calls them", () => {
  const rules = [{ when: { exchange: ["hamburg"], extension: ["101"] }, then: { task: false } }];
  const because = (exchange: string | undefined): string | undefined =>
    fittingRule({ ...asked, call: callAt(exchange, answeredCall()) }, { ...settings, rules })
      .because;

  expect([because("hamburg"), because("berlin"), because(undefined)]).toEqual([
    ...["rule 1", undefined, undefined],
  ]);
});

test("lists name extensions as the exchange does, and each exchange has its own black list", () => {
  const register = { ...plain.register, extensions: { only: ["101"], except: [] } };
  const isBlacklisted = (_: string, exchange: string | undefined): boolean => exchange === "berlin";
  const why = (exchange: string): string | undefined =>
    whyLeftOut(callAt(exchange, answeredCall()), asked.phone, {
      ...{ ...settings, register, learnt: { isBlacklisted } },
    });

  expect(why("hamburg")).toBeUndefined();
  expect(why("berlin")).toBe("the number is on the exchange's black list");
});

test("scripts see Asterisk's own ids and extensions, and the exchange beside them", () => {
  const call = answeredCall();
  const seen: string[] = [];
  const around = {
    userAt: (extension: string) => {
      seen.push(extension);
      return { id: BORIS, name: "Boris", email: "" };
    },
  };

  const ofOne = callFullOf(call, around);
  const ofSeveral = callFullOf(callAt("hamburg", call), around);

  expect(ofSeveral).toEqual({ ...ofOne, pbx: "hamburg" });
  expect(new Set(seen)).toEqual(new Set(["101", "hamburg/101"]));
});
