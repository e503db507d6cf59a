/**
 * A finished call as Kommo's fields want it: DESIGN, "What a call becomes in Kommo".
 * Numbers of Kommo's call status: 3 unavailable, 4 conversation, 5 wrong number, 6 no connection, 7 busy.
 */
import type { Extension } from "../ami/ids.ts";
import type { Conversation, FinishedCall } from "../calls/finished-call.ts";
import type { CallFields } from "../kommo/step.ts";
import { assertNever } from "../lib/failure.ts";
import { wholeSecondsOf } from "../lib/clock.ts";
import type { RegistrationSettings } from "./settings.ts";

/** What stands in Kommo's `phone` when the exchange was told no number; Asterisk's own word. */
export const WITHHELD = "anonymous";

export const uniqOf = (call: FinishedCall, pbx: string | undefined): string =>
  pbx === undefined ? call.linkedId : `${pbx}:${call.linkedId}`;

/** @source kommo-api, section 7; the meaning of 3 and 5 for failed calls is fixed in DESIGN */
export function callStatus(call: FinishedCall): number {
  if (call.result === "answered") return 4;
  switch (call.reason) {
    case "busy":
      return 7;
    case "failed":
      return call.isNumberUnknown ? 5 : 3;
    case "no_answer":
    case "cancelled":
    case undefined:
      return 6;
    default:
      return assertNever(call.reason);
  }
}

const talksWithClient = (call: FinishedCall): Conversation[] =>
  call.conversations.filter((part) => part.withClient && part.result === "answered");

/**
 * Talk time as Kommo's `duration` wants it: of the last employee who talked, or of all together.
 * @returns whole seconds, rounded down; 0 for an unanswered call
 */
export function talkDuration(call: FinishedCall, durationOf: "last" | "total"): number {
  if (call.result !== "answered") return 0;
  const talks = talksWithClient(call);
  const total = talks.reduce((sum, part) => sum + part.talkSeconds, 0);
  const last = talks.findLast((part) => part.extension === call.answeredBy) ?? talks.at(-1);
  return Math.floor(durationOf === "total" ? total : (last?.talkSeconds ?? 0));
}

export type ResponsibleEmployee = { readonly extension: Extension; readonly because: string };

/** Whose call it is: who talked last; else who dialled (outbound) or was rung last (inbound). */
export function responsibleEmployee(call: FinishedCall): ResponsibleEmployee | undefined {
  if (call.answeredBy !== undefined)
    return { extension: call.answeredBy, because: "talked with the client last" };
  const parts = call.conversations.filter((part) => part.withClient);
  if (call.direction === "outbound") {
    const dialler = parts[0];
    return dialler && { extension: dialler.extension, because: "dialled" };
  }
  const rung = parts.reduce<Conversation | undefined>(
    (last, part) => (last === undefined || part.requestedAt >= last.requestedAt ? part : last),
    undefined,
  );
  return rung && { extension: rung.extension, because: "was rung last" };
}

export function callFields(call: FinishedCall, settings: RegistrationSettings): CallFields {
  const employee = responsibleEmployee(call);
  const user = employee && settings.users.get(employee.extension);
  return {
    direction: call.direction === "outbound" ? "outbound" : "inbound",
    phone: call.clientPhone ?? WITHHELD,
    duration: talkDuration(call, settings.durationOf),
    source: settings.names.source,
    uniq: uniqOf(call, settings.pbx),
    call_status: callStatus(call),
    created_at: wholeSecondsOf(call.startedAt),
    ...(call.isEndKnown ? {} : { call_result: "The end of this call was not seen" }),
    ...(user === undefined
      ? {}
      : { call_responsible: user, responsible_user_id: user, created_by: user }),
  };
}
