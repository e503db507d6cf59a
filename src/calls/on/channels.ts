/** Channels come, change their names and go. */
import type { AmiEvent } from "../../ami/event.ts";
import type { UniqueId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { isClient, removeClient } from "../clients.ts";
import { telephoneNumber } from "../endpoint.ts";
import { addChannel, channelFor } from "../live-call.ts";
import { owned } from "../owned.ts";
import { endPartIfOver, tellEnd } from "../parts.ts";
import { endpointFor, partyOf } from "../party.ts";
import { leaveBridge } from "./bridges.ts";
import { isGoneChannel, isStraggler, markGone } from "../state.ts";
import type { CallsState, Channel, LiveCall } from "../state.ts";
import { closeTalk, retalk } from "../talks.ts";

type Of<Kind extends AmiEvent["kind"]> = Extract<AmiEvent, { kind: Kind }>;

export function onNewChannel(state: CallsState, event: Of<"new-channel">, at: EpochMs): void {
  const { channel: ref, stateName, context, exten, callerNumber } = event;
  const known = state.channels.get(ref.id);
  if (known !== undefined) {
    // Told twice. Another name under the same id is another channel: the exchange's clock was set back.
    if (known.name === ref.name || known.endedAt !== undefined) return;
    loseChannel(state, known, at);
    state.channels.delete(known.id);
  } else if (isStraggler(state, ref)) {
    return;
  }
  const isFirst = (ref.id as string) === (ref.linked as string);
  // chan_sip's callers come as Down too; what the exchange makes for itself has no number to go to.
  const isCaller = isFirst && (stateName !== "Down" || (exten !== "s" && exten !== ""));
  addChannel(state, ref, { at, isCaller, context, exten, callerNumber });
}

/** A number that comes later than the channel (analog lines, dongles) fills in a withheld one. */
export function onNewCallerId(state: CallsState, event: Of<"new-caller-id">): void {
  const channel = state.channels.get(event.id);
  if (channel === undefined) return;
  const number = telephoneNumber(event.callerNumber);
  if (number === undefined) return;
  if (!channel.isCaller) channel.callerNumber = owned(event.callerNumber);
  const client = channel.call.clients.find((one) => one.channels.includes(channel));
  const isPlain =
    channel.callerNumber === "" && channel.answeredAt === undefined && channel.dialled.length === 0;
  if (client?.direction === "inbound" && client.number === undefined && isPlain) {
    client.number = owned(number);
  }
}

/** A channel was put in the place of another one and bears its name from now on. */
export function onRename(state: CallsState, event: Of<"rename">): void {
  const channel = state.channels.get(event.id);
  if (channel === undefined || event.name.endsWith("<MASQ>")) return;
  const endpoint = endpointFor(state, event.name);
  channel.name = owned(event.name);
  if (endpoint.peer === channel.endpoint.peer) return;
  channel.endpoint = endpoint;
  const { context, callerNumber, isCaller } = channel;
  const party = partyOf(state, { endpoint, context, callerNumber, isCaller });
  if (party.kind !== "outside" && isClient(channel)) removeClient(channel.call, channel);
  channel.party = party;
}

export function onHangup(state: CallsState, event: Of<"hangup">, at: EpochMs): void {
  const known = state.channels.get(event.channel.id);
  if (known === undefined) {
    // What comes of it later (out of order) makes no new channel.
    if (!isGoneChannel(state, event.channel.id)) markGone(state, owned(event.channel.id));
    return;
  }
  const channel = channelFor(state, event.channel, at);
  if (channel === undefined) return;
  channel.cause = event.cause;
  endChannel(state, channel, at);
}

export function onHangupRequest(state: CallsState, id: UniqueId): void {
  const channel = state.channels.get(id);
  if (channel !== undefined) channel.hasHungUp = true;
}

export function onHold(
  state: CallsState,
  { id, isOn }: { readonly id: UniqueId; readonly isOn: boolean },
  at: EpochMs,
): void {
  const channel = state.channels.get(id);
  if (channel === undefined || channel.endedAt !== undefined) return;
  const last = channel.holds.at(-1);
  const isHeld = last !== undefined && last.to === undefined;
  if (isOn && !isHeld && channel.holds.length < MOST_HOLDS)
    channel.holds = [...channel.holds, { from: at, to: undefined }];
  if (!isOn && isHeld) last.to = at > last.from ? at : last.from;
}

/** A telephone that flickers must not fill the memory. */
const MOST_HOLDS = 50;

/** Its end was not seen; `at` is the best that is known. */
export function loseChannel(state: CallsState, channel: Channel, at: EpochMs): void {
  if (channel.endedAt !== undefined) return;
  channel.isEndKnown = false;
  endChannel(state, channel, at);
}

function endChannel(state: CallsState, channel: Channel, at: EpochMs): void {
  const end = at > channel.startedAt ? at : channel.startedAt;
  const { call } = channel;
  channel.endedAt = end;
  if (channel.bridge !== undefined) leaveBridge(state, channel, end);
  closeTalk(channel.talk, end);
  const { other } = channel;
  if (other !== undefined) {
    channel.other = undefined;
    other.other = undefined;
    retalk(state, [channel, other], end);
  }
  endPartIfOver(state, channel, end);
  for (const recording of call.recordings) {
    if (recording.channel === channel) recording.to ??= end;
  }
  call.liveChannels--;
  if (call.liveChannels > 0) return;
  call.emptyAt = lastEndOf(call, end);
  state.settling.push(call);
  tellEnd(state, call, call.emptyAt);
}

/** Not always that of the channel whose end was learned last: one that was lost may have ended before. */
function lastEndOf(call: LiveCall, end: EpochMs): EpochMs {
  let last = end;
  for (const { endedAt } of call.channels)
    if (endedAt !== undefined && endedAt > last) last = endedAt;
  return last;
}
