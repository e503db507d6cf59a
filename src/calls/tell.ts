/**
 * A live call becomes what is told of it: one finished call for each client, or one internal call,
 * or nothing (voicemail read, a supervisor's listening, a code dialled).
 */
import { epochMs } from "../lib/clock.ts";
import type { EpochMs } from "../lib/clock.ts";
import { phoneKey } from "../lib/phone.ts";
import { telephoneNumber } from "./endpoint.ts";
import { firstTelephone, lifeOf, mainChannelName } from "./clients.ts";
import { toldVariables } from "./live-call.ts";
import { talksOf, tellParts, viewOf } from "./conversations.ts";
import type { ToldParts, View } from "./conversations.ts";
import type { ConversationResult, FinishedCall, UnansweredReason } from "./finished-call.ts";
import { didOf, trunkOf } from "./numbers.ts";
import { outcomeAtClient, whyMissed } from "./outcome.ts";
import type { Channel, Client, LiveCall, Part, Talk } from "./state.ts";

/** @param endedAt when the call was over, or the client gone while others went on */
export function tellClient(call: LiveCall, client: Client, endedAt: EpochMs): FinishedCall {
  const view = viewOf(call, client.channels, endedAt);
  const parts = call.parts.filter((part) => belongsTo(call, client, { part, view }));
  const isInbound = client.direction === "inbound";
  const outcome = outcomeAtClient(client);
  const told = tellParts(call, parts, { view, outcome: outcomeOfDialler(outcome.reason) });
  const isAnswered = view.talks.some((talk) => hasCompany(call, talk, client));
  const whyNot = isInbound ? whyMissed(call, client.channels[0], resultsOf(told)) : outcome.reason;
  const isSole = call.clientsSeen === 1;
  const linkedId = isSole ? call.linked : client.linked;
  return withRest(call, {
    ...told,
    linkedId,
    direction: client.direction,
    clientPhone: client.number,
    dialledNumber: isInbound ? undefined : dialledNumberOf(client),
    did: didOf(client),
    trunk: trunkOf(client),
    queue: client.queue ?? (isSole ? call.queue : undefined),
    result: isAnswered ? "answered" : isInbound ? "missed" : whyNot,
    reason: isAnswered ? undefined : whyNot,
    isNumberUnknown: !isInbound && !isAnswered && outcome.isNumberUnknown,
    startedAt: startOf(call, client),
    isEndKnown: isEndKnown(call, client),
  });
}

/** A call without a client: between employees, or to a client who was never reached. */
export function tellWithoutClient(call: LiveCall, endedAt: EpochMs): FinishedCall | undefined {
  if (call.wanted !== undefined && call.talks.length === 0) {
    return tellUnreached(call, call.wanted, endedAt);
  }
  const caller = firstTelephone(call);
  if (caller === undefined) return undefined;
  const view = viewOf(call, [caller], endedAt);
  const parts = call.parts.filter(
    (part) =>
      !part.channels.includes(caller) && (part.how !== "joined" || talksOf(view, part).length > 0),
  );
  if (parts.length === 0) return undefined;
  const told = tellParts(call, parts, { view, outcome: "no_answer" });
  const reason = view.talks.length > 0 ? undefined : whyMissed(call, caller, resultsOf(told));
  return {
    ...callBetweenEmployees(call, told),
    queue: call.queue,
    result: reason ?? "answered",
    reason,
  };
}

/** The employee's telephone did not answer, or no trunk took the call. */
function tellUnreached(
  call: LiveCall,
  wanted: { number: string; trunk: string | undefined },
  endedAt: EpochMs,
): FinishedCall {
  const view = viewOf(call, [], endedAt);
  const caller = firstTelephone(call);
  const rung = call.parts.filter((part) => part.channels.length > 0);
  const parts = rung.length === 0 && caller !== undefined ? partsOfCaller(caller, endedAt) : rung;
  return {
    ...callBetweenEmployees(call, tellParts(call, parts, { view, outcome: "failed" })),
    direction: "outbound",
    clientPhone: wanted.number,
    trunk: wanted.trunk,
    result: "failed",
    reason: "failed",
  };
}

/** What a telephone dialled; click-to-call dials by the exchange, where the first Exten is none. */
function dialledNumberOf({ dialler, number }: Client): string | undefined {
  const dialled = telephoneNumber(dialler?.exten ?? "");
  return dialled !== undefined && phoneKey(dialled) === phoneKey(number ?? "")
    ? dialled
    : undefined;
}

const callBetweenEmployees = (call: LiveCall, told: ToldParts): FinishedCall =>
  withRest(call, {
    ...told,
    linkedId: call.linked,
    direction: "internal",
    clientPhone: undefined,
    dialledNumber: undefined,
    did: undefined,
    trunk: undefined,
    queue: undefined,
    result: "answered",
    reason: undefined,
    isNumberUnknown: false,
    startedAt: call.startedAt,
    isEndKnown: isEndKnown(call, undefined),
  });

function partsOfCaller(caller: Channel, endedAt: EpochMs): readonly Part[] {
  if (caller.party.kind !== "telephone") return [];
  return [
    {
      extension: caller.party.extension,
      channels: [caller],
      requestedAt: caller.startedAt,
      acceptedAt: undefined,
      endedAt,
      how: "dialled",
      isDialler: true,
      wasParked: false,
      askedBy: undefined,
    },
  ];
}

/** The same with what few calls have: ids of calls that were merged into it, variables asked for. */
function withRest(call: LiveCall, finished: FinishedCall): FinishedCall {
  const { linkedIds } = call;
  const name = mainChannelName(call, finished.linkedId);
  const named = name === undefined ? finished : { ...finished, mainChannelName: name };
  const told = call.variables === undefined ? named : { ...named, ...toldVariables(call) };
  if (linkedIds.length === 1 && linkedIds[0] === told.linkedId) return told;
  const others = [...new Set(linkedIds)].filter((id) => id !== told.linkedId);
  return others.length === 0 ? told : { ...told, mergedLinkedIds: others };
}

const resultsOf = (told: ToldParts): readonly ConversationResult[] =>
  told.conversations.map(({ result }) => result);

/** Another client who happens to be in the room (a conference) is no company. */
const hasCompany = (call: LiveCall, talk: Talk, client: Client): boolean =>
  talk.channels.some(
    (channel) =>
      !client.channels.includes(channel) &&
      !call.clients.some((other) => other !== client && other.channels.includes(channel)),
  );

function belongsTo(
  call: LiveCall,
  client: Client,
  { part, view }: { part: Part; view: View },
): boolean {
  if (talksOf(view, part).length > 0) return true;
  // A second line for a consultation, or a way into a conference the client never came to.
  if (part.how === "joined" || (part.how === "dialled" && !isDiallerOf(client, part))) return false;
  if (call.clientsSeen <= 1) return true;
  return part.isDialler
    ? isDiallerOf(client, part)
    : part.askedBy !== undefined && client.channels.includes(part.askedBy);
}

const isDiallerOf = (client: Client, part: Part): boolean =>
  client.direction === "outbound" && part.isDialler;

const outcomeOfDialler = (reason: UnansweredReason): ConversationResult =>
  reason === "cancelled" ? "no_answer" : reason;

/** An outbound call starts with the employee who dials, as the exchange sees it. */
function startOf(call: LiveCall, client: Client): EpochMs {
  const { from } = lifeOf(client);
  if (client.direction === "inbound" || call.clientsSeen > 1) return from;
  return epochMs(Math.min(from, call.startedAt));
}

/** Whether the last hangup was seen. */
function isEndKnown(call: LiveCall, client: Client | undefined): boolean {
  const channels = call.liveChannels === 0 || !client ? call.channels : client.channels;
  let last: Channel | undefined;
  for (const channel of channels) {
    if ((channel.endedAt ?? 0) >= (last?.endedAt ?? 0)) last = channel;
  }
  return last?.isEndKnown ?? false;
}
