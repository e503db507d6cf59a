/**
 * Channels and the calls they make up: finding, making and merging them. Every event of a channel
 * goes through `channelFor`, because an event may be the first to name a channel (its own was lost)
 * or to show that its call was merged into another.
 */
import type { ChannelRef } from "../ami/event.ts";
import type { LinkedId } from "../ami/ids.ts";
import type { EpochMs } from "../lib/clock.ts";
import { addInboundClient, mergeClients } from "./clients.ts";
import { owned } from "./owned.ts";
import { endpointFor, partyOf } from "./party.ts";
import { withOne } from "./short-list.ts";
import { isGoneCall, isStraggler } from "./state.ts";
import type { CallsState, Channel, LiveCall } from "./state.ts";

/** What is known when a channel is first heard of. Unknown fields are left at their defaults. */
export type Birth = {
  readonly at: EpochMs;
  readonly isCaller: boolean;
  readonly context?: string;
  readonly exten?: string;
  readonly callerNumber?: string | undefined;
};

/**
 * The channel an event speaks of, merged into the call the event says.
 * @returns undefined for a channel that is over
 */
export function channelFor(state: CallsState, ref: ChannelRef, at: EpochMs): Channel | undefined {
  const known = state.channels.get(ref.id);
  if (known === undefined) {
    if (isStraggler(state, ref)) return undefined;
    // Its Newchannel was lost. A channel that bears its call's id began the call.
    const isCaller = (ref.id as string) === (ref.linked as string);
    return addChannel(state, ref, { at, isCaller, callerNumber: ref.callerNumber });
  }
  if (known.endedAt !== undefined) return undefined;
  known.seenAt = at;
  if (known.call.linked !== ref.linked) followLinkedId(state, known, ref.linked);
  return known;
}

/** Most channels dial nothing: one empty list serves them all, and is never changed. */
const NONE: never[] = [];

export function addChannel(state: CallsState, ref: ChannelRef, birth: Birth): Channel {
  const call = callFor(state, ref, birth.at);
  const endpoint = endpointFor(state, ref.name);
  const { at, isCaller, context = "", exten = "", callerNumber = "" } = birth;
  const channel: Channel = {
    id: owned(ref.id),
    name: owned(ref.name),
    endpoint,
    party: partyOf(state, { endpoint, context, callerNumber, isCaller }),
    call,
    startedAt: at,
    seenAt: at,
    endedAt: undefined,
    isEndKnown: true,
    isCaller,
    context: owned(context),
    exten: owned(exten),
    callerNumber: owned(callerNumber),
    didVariable: undefined,
    bridge: undefined,
    other: undefined,
    dialledBy: undefined,
    dialString: "",
    dialled: NONE,
    answeredAt: undefined,
    ringEnd: undefined,
    cause: 0,
    hasHungUp: false,
    part: undefined,
    talk: undefined,
    holds: NONE,
    dialling: "",
    mark: 0,
  };
  state.channels.set(channel.id, channel);
  call.channels = withOne(call.channels, channel);
  call.liveChannels++;
  call.emptyAt = undefined;
  if (isCaller && channel.party.kind === "outside") addInboundClient(call, channel);
  return channel;
}

function callFor(state: CallsState, ref: ChannelRef, at: EpochMs): LiveCall {
  const known = state.calls.get(ref.linked);
  if (known !== undefined) return known;
  // A straggler of a call that was told must not be told under the same id again.
  const linked = owned(isGoneCall(state, ref.linked) ? (ref.id as string as LinkedId) : ref.linked);
  const again = state.calls.get(linked);
  if (again !== undefined) return again;
  const call: LiveCall = {
    linked,
    linkedIds: [linked],
    startedAt: at,
    channels: [],
    liveChannels: 0,
    emptyAt: undefined,
    clients: [],
    clientsSeen: 0,
    parts: [],
    talks: [],
    recordings: [],
    queue: undefined,
    variables: undefined,
    isOriginated: false,
    wanted: undefined,
    isEndTold: false,
    isOver: false,
  };
  state.calls.set(linked, call);
  return call;
}

function followLinkedId(state: CallsState, channel: Channel, linked: LinkedId): void {
  const other = state.calls.get(linked);
  if (other !== undefined) {
    mergeCalls(state, channel.call, other);
  } else if (!isGoneCall(state, linked)) {
    const id = owned(linked);
    channel.call.linkedIds.push(id);
    state.calls.set(id, channel.call);
  }
}

/** The one that is set last counts, on whichever channel. */
export function keepVariable(call: LiveCall, name: string, value: string): void {
  (call.variables ??= new Map()).set(owned(name), owned(value));
}

/** @returns nothing where nobody asked for one, or none was set */
export const toldVariables = ({
  variables,
}: LiveCall): { readonly variables?: Readonly<Record<string, string>> } =>
  variables === undefined ? {} : { variables: Object.fromEntries(variables) };

/** The older call takes the younger one in. @source asterisk.md (d) pitfall 1 */
export function mergeCalls(state: CallsState, one: LiveCall, two: LiveCall): LiveCall {
  if (one === two) return one;
  const [older, younger] = two.startedAt < one.startedAt ? [two, one] : [one, two];
  mergeClients(older, younger);
  for (const channel of younger.channels) {
    channel.call = older;
    older.channels.push(channel);
  }
  for (const linked of younger.linkedIds) {
    older.linkedIds.push(linked);
    state.calls.set(linked, older);
  }
  older.parts.push(...younger.parts);
  older.talks.push(...younger.talks);
  older.recordings.push(...younger.recordings);
  older.liveChannels += younger.liveChannels;
  older.queue ??= younger.queue;
  older.wanted ??= younger.wanted;
  if (younger.variables !== undefined)
    older.variables = new Map([...younger.variables, ...(older.variables ?? [])]);
  if (older.liveChannels > 0) older.emptyAt = undefined;
  younger.isOver = true;
  return older;
}
