// The field that tries a call on the rules: what would be done, and what the page sends by mistake.
import { expect, test } from "@jest/globals";
import { readTry, tryRules } from "../../../src/cli/admin/try-rules.ts";
import type { FinishedCall } from "../../../src/calls/finished-call.ts";
import type { RegistrationSettings } from "../../../src/registration/settings.ts";
import { missedCall, settings } from "../../registration/made-up-call.ts";

const night: RegistrationSettings = {
  ...settings,
  rules: [
    { name: "spam", when: { client_number: ["79990000000"] }, then: { register: false } },
    {
      name: "sales",
      when: { did: ["74951000101"], client: "unknown" },
      then: { unknown_client: "contact_and_lead" },
    },
  ],
};

function madeUp(asked: object): FinishedCall {
  const read = readTry(asked);
  if (!read.ok || !("call" in read.value)) throw new Error("it is no made-up call");
  return read.value.call;
}

const MISSED = { direction: "inbound", result: "missed", phone: "79161234567", did: "74951000101" };

test("a missed call of a stranger on the line of sales lights up its rule, and shows what Kommo would get", () => {
  const told = tryRules(madeUp(MISSED), night);

  expect(told.fitting).toEqual({ known: null, unknown: 2 });
  expect(told.requests.map(({ when, path }) => [when, path])).toEqual([
    ["first", "/api/v4/calls"],
    ["if-known", "/api/v4/tasks"],
    ["if-unknown", "/api/v4/leads/complex"],
  ]);
});

test("a call that a rule leaves out would not be told to Kommo", () => {
  const told = tryRules(madeUp({ ...MISSED, phone: "79990000000" }), night);

  expect(told.requests.map(({ when }) => when)).not.toContain("if-known");
  expect(told.fitting.known).toBe(1);
});

test("a withheld number is an empty one", () => {
  const told = tryRules(madeUp({ ...MISSED, phone: "" }), settings);

  expect(told.call.phone).toBeNull();
  expect(told.requests[0]?.path).toBe("/api/v4/leads/unsorted/sip");
});

test("a past call is judged by the rules of today", () => {
  const told = tryRules(missedCall({ clientPhone: "79990000000" }), night);

  expect(told.decisions.some(({ because }) => because.includes("rule 1 (spam)"))).toBe(true);
});

test("of several exchanges a made-up call is one of theirs: its rules, and whose its extension is there", () => {
  const two: RegistrationSettings = {
    ...settings,
    users: new Map([
      ["berlin/101", [9_100_001]],
      ["hamburg/101", [9_100_002]],
    ]),
    rules: [{ when: { exchange: ["hamburg"] }, then: { unknown_client: "contact" } }],
  };
  const asked = { ...MISSED, result: "answered", extension: "101" };

  const [berlin, hamburg] = ["berlin", "hamburg"].map((exchange) =>
    tryRules(madeUp({ ...asked, exchange }), two),
  );

  expect([berlin?.fitting.unknown, hamburg?.fitting.unknown]).toEqual([null, 1]);
  expect(berlin?.requests[0]?.body).toMatchObject({ call_responsible: 9_100_001 });
  expect(hamburg?.requests[0]?.body).toMatchObject({ call_responsible: 9_100_002 });
});

test("a call of the past is asked by its id", () => {
  expect(readTry({ callId: "1795261714.0" })).toEqual({
    ok: true,
    value: { callId: "1795261714.0" },
  });
});

test.each([undefined, null, 1, "call", true])("%j is no call", (asked) => {
  expect(readTry(asked).ok).toBe(false);
});

test.each([
  { at: Infinity },
  { at: 9e15 },
  { seconds: -5, result: "exploded", direction: "sideways" },
  { phone: 5, did: {}, extension: [] },
  { phone: "x".repeat(100_000) },
])("nonsense in its fields is a plain call or a refusal, and never a fault: %j", (asked) => {
  const read = readTry(asked);

  if (read.ok && "call" in read.value) {
    const { call } = read.value;
    expect(() => tryRules(call, settings)).not.toThrow();
    expect(call.endedAt).toBeGreaterThanOrEqual(call.startedAt);
  }
});
