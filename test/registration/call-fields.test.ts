import { callAt } from "../../src/calls/at-exchange.ts";
import { expect, test } from "@jest/globals";
import { extension } from "../../src/ami/ids.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { callFields } from "../../src/registration/call-fields.ts";
import {
  answeredCall,
  conversation,
  missedCall,
  outboundCall,
  settings,
  unanswered,
  unansweredOutboundCall,
} from "./made-up-call.ts";

test("an answered call carries its start, its talk in whole seconds and the user who talked", () => {
  const fields = callFields(answeredCall(), settings);

  expect(fields).toEqual({
    direction: "inbound",
    phone: "79161234567",
    duration: 4,
    source: "asterisk-kommo",
    uniq: "1795261714.0",
    call_status: 4,
    created_at: 1795261714,
    call_responsible: 9100001,
    responsible_user_id: 9100001,
    created_by: 9100001,
  });
});

const transferred = answeredCall({
  answeredBy: extension("102"),
  conversations: [
    conversation({ talkSeconds: 10.6 }),
    conversation({ extension: extension("102"), talkSeconds: 5.6 }),
    conversation({ extension: extension("103"), withClient: false, talkSeconds: 90 }),
  ],
});

test.each([
  ["last", 5],
  ["total", 16],
] as const)("after a transfer the duration is that of the %s talk", (durationOf, seconds) => {
  const fields = callFields(transferred, { ...settings, durationOf });

  expect(fields.duration).toBe(seconds);
});

test("after a transfer the call is of the employee who talked last", () => {
  const fields = callFields(transferred, settings);

  expect(fields.call_responsible).toBe(9100002);
});

test.each<[string, FinishedCall, number]>([
  ["answered", answeredCall(), 4],
  ["answered outbound", outboundCall(), 4],
  ["not answered in time", missedCall({ reason: "no_answer" }), 6],
  ["given up by the caller", missedCall({ reason: "cancelled" }), 6],
  ["missed without a telephone ringing", missedCall({ conversations: [] }), 6],
  ["busy", missedCall({ reason: "busy" }), 7],
  ["busy at the client", unansweredOutboundCall({ result: "busy", reason: "busy" }), 7],
  ["failed", unansweredOutboundCall({ result: "failed", reason: "failed" }), 3],
  [
    "to a number that does not exist",
    unansweredOutboundCall({ result: "failed", reason: "failed", isNumberUnknown: true }),
    5,
  ],
])("a call that was %s has its status in Kommo", (_, call, status) => {
  expect(callFields(call, settings).call_status).toBe(status);
});

test("a missed call is of the employee who was rung last, with no talk", () => {
  const call = missedCall({
    conversations: [
      unanswered({ extension: extension("102"), requestedAt: epochMs(2_000) }),
      unanswered({ extension: extension("101"), requestedAt: epochMs(1_000) }),
    ],
  });

  const fields = callFields(call, settings);

  expect(fields).toMatchObject({ duration: 0, call_responsible: 9100002 });
});

test("an unanswered outbound call is of the employee who dialled", () => {
  const fields = callFields(unansweredOutboundCall(), settings);

  expect(fields).toMatchObject({ direction: "outbound", call_responsible: 9100001 });
});

test("the user fields are left out for an employee whom Kommo does not know", () => {
  const call = answeredCall({ answeredBy: extension("999") });

  const fields = callFields(call, settings);

  expect(Object.keys(fields).filter((key) => /user|responsible|created_by/.test(key))).toEqual([]);
});

test("the id carries the exchange where there are several", () => {
  const fields = callFields(callAt("north", answeredCall()), settings);

  expect(fields.uniq).toBe("north/1795261714.0");
});

test("an end that nobody saw is said on the card", () => {
  const fields = callFields(answeredCall({ isEndKnown: false }), settings);

  expect(fields.call_result).toBe("The end of this call was not seen");
});
