/** What a recording holds, for a person: a line for each call, and one for each conversation in it. */
import type { Conversation, FinishedCall } from "../calls/finished-call.ts";
import type { EpochMs } from "../lib/clock.ts";
import type { ReplayedTrace } from "./replay-trace.ts";

export function traceAsText({ trace, calls }: ReplayedTrace): string {
  const lines = calls.flatMap((call) => callAsText(call));
  return [trace, ...(lines.length > 0 ? lines : ["  no calls"]), ""].join("\n");
}

/** @param tellTime of the call's beginning; by default the time of day in UTC */
export const callAsText = (call: FinishedCall, tellTime = timeOfDay): string[] => [
  `  ${tellTime(call.startedAt)}  ${callLine(call)}`,
  ...call.conversations.map((conversation) => `    ${conversationLine(conversation)}`),
  ...call.recordings.map((path) => `    recording ${path}`),
];

const callLine = (call: FinishedCall): string =>
  [
    call.direction.padEnd(8),
    (call.clientPhone ?? (call.direction === "internal" ? "-" : "withheld")).padEnd(14),
    (call.result + reasonOf(call)).padEnd(20),
    duration(call.endedAt - call.startedAt),
    ...(call.did === undefined ? [] : [`to ${call.did}`]),
    ...(call.trunk === undefined ? [] : [`by ${call.trunk}`]),
    ...(call.queue === undefined ? [] : [`queue ${call.queue}`]),
    ...(call.isEndKnown ? [] : ["(its end was not seen)"]),
  ].join("  ");

const reasonOf = ({ result, reason }: FinishedCall): string =>
  reason === undefined || reason === result ? "" : ` (${reason})`;

const conversationLine = (conversation: Conversation): string =>
  [
    conversation.extension.padEnd(6),
    conversation.result.padEnd(18),
    duration(conversation.talkSeconds * 1000),
    ...(conversation.withClient ? [] : ["with a colleague"]),
    ...(conversation.recording === undefined ? [] : [`recording ${conversation.recording}`]),
  ].join("  ");

function timeOfDay(at: EpochMs): string {
  return new Date(at).toISOString().slice(11, 19);
}
const duration = (ms: number): string => `${(ms / 1000).toFixed(1)} s`.padStart(8);
