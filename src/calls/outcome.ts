/**
 * Why nobody spoke: what became of a telephone that rang, and of the client who was called.
 * Causes differ between versions and channel drivers (0 and 127 are normal), so the end of the
 * dialling decides, and the cause only where nothing else can.
 * @source asterisk.md (d), DialEnd / Hangup Cause table
 */
import type { EpochMs } from "../lib/clock.ts";
import type { ConversationResult, UnansweredReason } from "./finished-call.ts";
import type { Channel, Client, LiveCall, Part, Talk } from "./state.ts";

const UNALLOCATED_NUMBER = 1;
const USER_BUSY = 17;
const NO_USER_RESPONDING = 18;
const NO_ANSWER = 19;
const CALL_REJECTED = 21;
/** No route, subscriber absent, destination out of order, network and resource failures. */
const FAILURES = new Set([2, 3, 20, 27, 34, 38, 41, 42, 44, 50, 57, 58, 63, 65, 66, 88, 102]);

/** How far apart the end of a loser's ringing and the winner's first word may be. */
const ELSEWHERE_MS = 1_000;

/** Of a part that never spoke with anybody. `talks` are those with the client. */
export function ringResult(part: Part, talks: readonly Talk[]): ConversationResult {
  if (part.how === "unreachable") return "failed";
  const ends = part.channels.map((leg) => leg.ringEnd?.status);
  if (part.channels.some((leg) => leg.ringEnd !== undefined && leg.ringEnd.forward !== "")) {
    return "forwarded";
  }
  if (ends.includes("cancel") || ends.includes(undefined)) {
    if (wasAnsweredElsewhere(part, talks)) return "answered_elsewhere";
    return ends.every((end) => end === undefined) && part.channels.some(isBusy)
      ? "busy"
      : "no_answer";
  }
  if (ends.includes("no-answer")) {
    if (part.channels.some((leg) => leg.cause === CALL_REJECTED)) return "busy";
    return part.channels.every((leg) => FAILURES.has(leg.cause)) ? "failed" : "no_answer";
  }
  if (ends.includes("busy")) return "busy";
  return ends.includes("other") ? "no_answer" : "failed";
}

const isBusy = (leg: Channel): boolean => leg.cause === USER_BUSY || leg.cause === CALL_REJECTED;

/**
 * Somebody else answered just when this telephone fell silent, and spoke with the client then or
 * after an announcement. Cause 26 is no proof: a queue with the option C gives it to everybody.
 */
function wasAnsweredElsewhere(part: Part, talks: readonly Talk[]): boolean {
  if (talks.length === 0) return false;
  const { endedAt } = part;
  if (endedAt === undefined) return false;
  const isNear = (at: EpochMs | undefined): boolean =>
    at !== undefined && Math.abs(at - endedAt) <= ELSEWHERE_MS;
  return talks.some((talk) =>
    talk.channels.some(
      (channel) =>
        isNewcomer(channel, talk, talks) && (isNear(talk.from) || isNear(channel.answeredAt)),
    ),
  );
}

const isNewcomer = (channel: Channel, talk: Talk, talks: readonly Talk[]): boolean =>
  !talks.some((other) => other.from < talk.from && other.channels.includes(channel));

export type Unanswered = {
  readonly reason: UnansweredReason;
  readonly isNumberUnknown: boolean;
};

/** An outbound call whose client never spoke with anybody: what the last attempt came to. */
export function outcomeAtClient(client: Client): Unanswered {
  const leg = client.channels.at(-1);
  if (leg === undefined) return { reason: "failed", isNumberUnknown: false };
  const isNumberUnknown = leg.cause === UNALLOCATED_NUMBER && leg.answeredAt === undefined;
  return { reason: isNumberUnknown ? "failed" : legReason(leg), isNumberUnknown };
}

function legReason(leg: Channel): UnansweredReason {
  switch (leg.ringEnd?.status) {
    case "busy":
      return leg.cause === NO_ANSWER ? "no_answer" : "busy";
    case "cancel":
      return "cancelled";
    case "congestion":
    case "unavailable":
      return "failed";
    case "no-answer":
      return FAILURES.has(leg.cause) || leg.cause === CALL_REJECTED ? "failed" : "no_answer";
    case "answer":
    case "other":
    case undefined:
      break;
  }
  if (leg.answeredAt !== undefined) return "no_answer"; // a machine of ours spoke with the client, no employee
  if (leg.cause === USER_BUSY) return "busy";
  if (leg.cause === NO_ANSWER || leg.cause === NO_USER_RESPONDING) return "no_answer";
  return FAILURES.has(leg.cause) || leg.cause === CALL_REJECTED ? "failed" : "cancelled";
}

/** An inbound or internal call that nobody took. */
export function whyMissed(
  call: LiveCall,
  caller: Channel | undefined,
  results: readonly ConversationResult[],
): UnansweredReason {
  const wasRinging = call.parts.some(
    (part) =>
      part.how === "rang" &&
      caller?.endedAt !== undefined &&
      part.endedAt !== undefined &&
      isJustBefore(part.endedAt, caller.endedAt) &&
      part.channels.some((leg) => (leg.ringEnd?.status ?? "cancel") === "cancel"),
  );
  if (wasRinging || (caller?.hasHungUp === true && results.length === 0)) return "cancelled";
  if (results.includes("no_answer") || results.includes("answered_elsewhere")) return "no_answer";
  if (results.includes("busy")) return "busy";
  if (results.includes("forwarded")) return "no_answer";
  if (results.includes("failed")) return "failed";
  return caller !== undefined && caller.answeredAt === undefined && isBusyOrRefused(caller)
    ? "failed"
    : "no_answer";
}

const isBusyOrRefused = (caller: Channel): boolean =>
  caller.cause === CALL_REJECTED || FAILURES.has(caller.cause);

/** The caller's own hangup ends the ringing, a moment before or after. */
const isJustBefore = (one: EpochMs, other: EpochMs): boolean => Math.abs(other - one) <= 500;
