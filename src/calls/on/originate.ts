/**
 * Click-to-call. What became of an Originate is known from its channels; only a telephone that did
 * not answer leaves open whom it was to call, and one that is not registered leaves no channel at all.
 */
import type { AmiEvent } from "../../ami/event.ts";
import { extension, linkedId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { wantedNumber } from "../clients.ts";
import { telephoneNumber } from "../endpoint.ts";
import type { FinishedCall } from "../finished-call.ts";
import { owned } from "../owned.ts";
import type { CallsState, LiveCall } from "../state.ts";

type OriginateResponse = Extract<AmiEvent, { kind: "originate-response" }>;

export function onOriginateResponse(
  state: CallsState,
  event: OriginateResponse,
  at: EpochMs,
): void {
  const number =
    wantedNumber(state, event.exten) ??
    (telephoneNumber(event.exten) === undefined
      ? wantedNumber(state, event.callerNumber)
      : undefined);
  if (number === undefined) return;
  const call = callOf(state, event, number);
  if (call !== undefined) {
    call.wanted ??= { number: owned(number), trunk: undefined };
    return;
  }
  const agent = agentOf(state, event.channel);
  if (event.isSuccess || agent === undefined) return;
  const key = `${event.actionId} ${event.channel} ${number}`;
  if (state.gone.originates.has(key)) return; // told twice
  state.gone.originates.add(key);
  state.facts.push({ kind: "finished", call: unreachableAgent(event, { number, agent, at }) });
}

function callOf(state: CallsState, event: OriginateResponse, number: string): LiveCall | undefined {
  const named = event.id && state.channels.get(event.id)?.call;
  if (named !== undefined) return named;
  // The answer to a failed Originate names no channel: the one that was begun like this.
  const prefix = `${event.channel.split("/", 2).join("/")}-`;
  return [...state.calls.values()].findLast(
    (call) =>
      call.isOriginated &&
      (call.wanted === undefined || call.wanted.number === number) &&
      (call.channels[0]?.name.startsWith(prefix) ?? false),
  );
}

/** "PJSIP/101", "Local/101@from-internal/n" → 101. */
function agentOf(state: CallsState, channel: string): string | undefined {
  const peer = channel.slice(channel.indexOf("/") + 1).split(/[/@]/, 1)[0] ?? "";
  return state.exchange.isExtension(peer) ? peer : undefined;
}

function unreachableAgent(
  event: OriginateResponse,
  { number, agent, at }: { number: string; agent: string; at: EpochMs },
): FinishedCall {
  const employee = extension(owned(agent));
  return {
    // There is no channel and so no linkedid; the time keeps it apart from other ones.
    linkedId: linkedId(`originate-${(at / 1000).toFixed(3)}-${owned(event.actionId)}`),
    direction: "outbound",
    clientPhone: owned(number),
    did: undefined,
    trunk: undefined,
    queue: undefined,
    result: "failed",
    reason: "failed",
    dialledNumber: undefined,
    isNumberUnknown: false,
    answeredBy: undefined,
    startedAt: at,
    endedAt: at,
    isEndKnown: true,
    conversations: [
      {
        extension: employee,
        result: "failed",
        withClient: true,
        requestedAt: at,
        acceptedAt: undefined,
        endedAt: at,
        talkSeconds: 0,
        recording: undefined,
      },
    ],
    recordings: [],
    stages: [
      { stage: "conversation_ended", extension: employee, at },
      { stage: "call_ended", extension: undefined, at },
    ],
  };
}
