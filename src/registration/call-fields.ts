/**
 * A finished call as Kommo's fields want it: DESIGN, "What a call becomes in Kommo".
 * Numbers of Kommo's call status: 3 unavailable, 4 conversation, 5 wrong number, 6 no connection, 7 busy.
 */
import type { Conversation, FinishedCall } from "../calls/finished-call.ts";
import type { CallFields } from "../kommo/step.ts";
import { assertNever } from "../lib/failure.ts";
import { wholeSecondsOf } from "../lib/clock.ts";
import { phoneKey } from "../lib/phone.ts";
import { findResponsible, type Responsible } from "./employees.ts";
import { rewriteNumber, type RewrittenNumber } from "./number-rules.ts";
import type { RegistrationSettings } from "./settings.ts";
import { WORDS } from "./words.ts";

/** What stands in Kommo's `phone` when the exchange was told no number; Asterisk's own word. */
export const WITHHELD = "anonymous";

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

/** After the number rules; WITHHELD where there is none. */
export const clientNumber = (
  call: FinishedCall,
  { numbers }: RegistrationSettings,
): RewrittenNumber => {
  const rewritten = rewriteNumber(call.clientPhone ?? WITHHELD, numbers.client);
  return rewritten.number === "" ? { ...rewritten, number: WITHHELD } : rewritten;
};

/** @param responsible whose call it is; by default as the settings say */
export function callFields(
  call: FinishedCall,
  settings: RegistrationSettings,
  responsible: Pick<Responsible, "user"> = usualResponsible(call, settings),
): CallFields {
  const uniq = call.linkedId;
  const link = settings.learnt?.recordingLink?.(call, uniq);
  return {
    direction: call.direction === "outbound" ? "outbound" : "inbound",
    phone: clientNumber(call, settings).number,
    duration: talkDuration(call, settings.durationOf),
    source: settings.names.source,
    uniq,
    ...(link === undefined ? {} : { link }),
    call_status: callStatus(call),
    created_at: wholeSecondsOf(call.startedAt),
    ...(call.isEndKnown ? {} : { call_result: WORDS[settings.language].endNotSeen }),
    ...userFields(responsible.user),
  };
}

function usualResponsible(call: FinishedCall, settings: RegistrationSettings): Responsible {
  const clientKey = phoneKey(clientNumber(call, settings).number);
  return findResponsible(call, { clientKey }, settings);
}

/** All that names the employee. */
export const userFields = (user: number | undefined): Partial<CallFields> =>
  user === undefined ? {} : { call_responsible: user, responsible_user_id: user, created_by: user };
