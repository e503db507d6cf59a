/** The shape of `replay --json`, which others rely on. @source DESIGN.md, Command line */
import type { Conversation, FinishedCall, StageFact } from "../calls/finished-call.ts";
import type { EpochMs } from "../lib/clock.ts";
import type { ReplayedTrace } from "./replay-trace.ts";

export const traceAsJson = ({ trace, calls }: ReplayedTrace): object => ({
  trace,
  calls: calls.map(callAsJson),
});

export const callAsJson = (call: FinishedCall): object => ({
  linkedid: call.linkedId,
  direction: call.direction,
  client_phone: call.clientPhone ?? null,
  dialled: call.dialledNumber ?? null,
  did: call.did ?? null,
  trunk: call.trunk ?? null,
  queue: call.queue ?? null,
  result: call.result,
  reason: call.reason ?? null,
  answered_by: call.answeredBy ?? null,
  started_at: seconds(call.startedAt),
  ended_at: seconds(call.endedAt),
  end_known: call.isEndKnown,
  conversations: call.conversations.map(conversationAsJson),
  recordings: call.recordings,
  stages: call.stages.map(stageAsJson),
});

const conversationAsJson = (conversation: Conversation): object => ({
  extension: conversation.extension,
  result: conversation.result,
  with_client: conversation.withClient,
  requested_at: seconds(conversation.requestedAt),
  accepted_at: conversation.acceptedAt === undefined ? null : seconds(conversation.acceptedAt),
  ended_at: seconds(conversation.endedAt),
  talk_seconds: Math.round(conversation.talkSeconds * 1000) / 1000,
  recording: conversation.recording ?? null,
});

const stageAsJson = ({ stage, extension, at }: StageFact): object => ({
  stage,
  extension: extension ?? null,
  at: seconds(at),
});

/** Unix seconds to the millisecond. */
const seconds = (at: EpochMs): number => Math.round(at) / 1000;
