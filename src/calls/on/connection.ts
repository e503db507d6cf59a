/**
 * The connection goes and comes, Asterisk stops and starts. What happened in between is put together
 * from the running channels; for what ended there, see the rule in `endOfLost`.
 */
import type { RunningChannel } from "../../ami/event.ts";
import { isMeetmeRoom } from "../../ami/ids.ts";
import type { BridgeId } from "../../ami/ids.ts";
import { epochMs } from "../../lib/clock.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { addInboundClient, claimOutbound, isClient, removeClient } from "../clients.ts";
import { localPairOf } from "../endpoint.ts";
import { addChannel, channelFor } from "../live-call.ts";
import { owned } from "../owned.ts";
import { markDialler, ring } from "../parts.ts";
import { partyOf } from "../party.ts";
import { channelsOf, isGoneChannel } from "../state.ts";
import type { CallsState, Channel } from "../state.ts";
import { dropTalk, retalk } from "../talks.ts";
import { loseChannel } from "./channels.ts";
import { enterBridge, leaveBridge, pairHalves } from "./bridges.ts";

/** A call that ended in a gap of at most this is taken to have ended at its end, else at its beginning. */
const SHORT_GAP_MS = 60_000;
/** A channel that spoke up so shortly before a list was whole may rightly not be in it. */
const LIST_MS = 5_000;

export function onConnectionLost(state: CallsState, at: EpochMs): void {
  state.lostAt ??= at;
  state.listed = [];
  state.listedHolding = new Set();
}

export function onConnected(state: CallsState, at: EpochMs): void {
  if (state.lostAt !== undefined) state.gap = { from: state.lostAt, to: at };
  state.lostAt = undefined;
  state.listed = [];
}

/** Asterisk began to run after the last sign of a channel: that channel is gone. */
export function onBooted(state: CallsState, uptimeSeconds: number | undefined, at: EpochMs): void {
  if (uptimeSeconds === undefined) return;
  const bootedAt = at - uptimeSeconds * 1000;
  for (const channel of channelsOf(state)) {
    if (channel.seenAt + 1_000 < bootedAt && channel.startedAt + 1_000 < bootedAt) {
      loseChannel(state, channel, endOfLost(state, at));
    }
  }
}

/** All its hangups were sent before; whatever is left has lost its own. */
export function onShutdown(state: CallsState, at: EpochMs): void {
  for (const channel of channelsOf(state)) loseChannel(state, channel, at);
}

/**
 * DESIGN.md: the first message of the next connection if the gap was at most 60 s, else the loss of
 * the connection.
 */
export function endOfLost(state: CallsState, at: EpochMs): EpochMs {
  const { gap } = state;
  if (gap === undefined) return at;
  return gap.to - gap.from <= SHORT_GAP_MS ? gap.to : gap.from;
}

export function onRunningChannel(state: CallsState, channel: RunningChannel): void {
  state.listed.push(channel);
}

/** Bridges are listed before or after the channels in them. */
export function onRunningBridge(
  state: CallsState,
  { bridge: id, isHolding }: { bridge: BridgeId; isHolding: boolean },
  at: EpochMs,
): void {
  if (!isHolding) return;
  state.listedHolding.add(owned(id));
  const bridge = state.bridges.get(id);
  if (bridge === undefined || bridge.isHolding) return;
  bridge.isHolding = true;
  for (const { talk } of bridge.channels) dropTalk(talk);
  retalk(state, bridge.channels, at);
}

export function onListComplete(state: CallsState, at: EpochMs): void {
  const { listed } = state;
  state.listed = [];
  onSnapshot(state, { channels: listed, isComplete: true }, at);
}

/**
 * @source asterisk.md (d) pitfall 15; freepbx.md pitfall 19: LocalBridge is not repeated, the names
 *   of the halves tell their pair
 */
export function onSnapshot(
  state: CallsState,
  { channels, isComplete }: { channels: readonly RunningChannel[]; isComplete: boolean },
  at: EpochMs,
): void {
  const since = state.gap?.from ?? at;
  // Callers first: their legs then find the call and its client.
  const running = channels.toSorted(
    (one, other) => Number(one.wasDialled) - Number(other.wasDialled),
  );
  const present = new Map<Channel, RunningChannel>();
  const fresh: Channel[] = [];
  for (const item of running) {
    const isNew = state.channels.get(item.id) === undefined;
    const channel = isNew ? addRunning(state, item, at) : channelFor(state, item, at);
    if (channel === undefined) continue;
    present.set(channel, item);
    if (isNew || learnOfList(state, channel, item)) fresh.push(channel);
  }
  if (isComplete) loseAbsent(state, { present, fresh, since }, at);
  pairByName(state, present.keys(), at);
  for (const channel of fresh) {
    const item = present.get(channel);
    if (item?.wasDialled === true) linkDialled(state, channel);
  }
  for (const [channel, item] of present) {
    if (item.isUp) channel.answeredAt ??= at;
    if (item.bridge === undefined) {
      const { bridge } = channel;
      if (bridge !== undefined && !isMeetmeRoom(bridge.id)) leaveBridge(state, channel, at);
    } else {
      const isHolding = state.listedHolding.has(item.bridge);
      const joinedAt = middle(since, channel.startedAt, at);
      enterBridge(state, channel, { id: item.bridge, isHolding, at: joinedAt });
    }
  }
  if (isComplete) state.gap = undefined;
}

function addRunning(state: CallsState, item: RunningChannel, at: EpochMs): Channel | undefined {
  if (isGoneChannel(state, item.id)) return undefined;
  const isFirst = (item.id as string) === (item.linked as string);
  const { context, exten, callerNumber } = item;
  return addChannel(state, item, {
    at: epochMs(at - item.seconds * 1000),
    isCaller: isFirst && !item.wasDialled,
    context,
    exten,
    callerNumber,
  });
}

/**
 * A channel that spoke up between the login and the list was first named by that event, which tells
 * no context, and not always the number.
 * @returns false: its Newchannel was heard, and told more than the list
 */
function learnOfList(state: CallsState, channel: Channel, item: RunningChannel): boolean {
  const { context, exten, callerNumber, wasDialled } = item;
  const isTold = channel.context !== "" || channel.exten !== "";
  if (isTold || context === "") return false;
  channel.context = owned(context);
  channel.exten = owned(exten);
  channel.callerNumber = owned(callerNumber);
  channel.isCaller &&= !wasDialled;
  const { endpoint, isCaller } = channel;
  channel.party = partyOf(state, { endpoint, context, callerNumber, isCaller });
  removeClient(channel.call, channel);
  if (isCaller && channel.party.kind === "outside" && !isClient(channel))
    addInboundClient(channel.call, channel);
  return channel.part === undefined;
}

/** Joined somewhere between its beginning and now; the middle is the least wrong. */
const middle = (since: EpochMs, startedAt: EpochMs, at: EpochMs): EpochMs =>
  epochMs((Math.max(since, startedAt) + at) / 2);

function loseAbsent(
  state: CallsState,
  given: { present: ReadonlyMap<Channel, unknown>; fresh: readonly Channel[]; since: EpochMs },
  at: EpochMs,
): void {
  const { present, fresh, since } = given;
  for (const channel of channelsOf(state)) {
    if (channel.endedAt !== undefined || present.has(channel)) continue;
    const wasSeenSince =
      state.gap === undefined ? at - channel.seenAt < LIST_MS : channel.seenAt >= state.gap.to;
    if (wasSeenSince) continue;
    // A transfer in the gap: the old telephone left when the new one began to ring.
    const heir = fresh.find((one) => one.call === channel.call && one.startedAt >= since);
    loseChannel(state, channel, heir?.startedAt ?? endOfLost(state, at));
  }
}

function pairByName(state: CallsState, channels: Iterable<Channel>, at: EpochMs): void {
  const halves = new Map<string, Channel>();
  for (const channel of channels) {
    const pair = localPairOf(channel.name)?.pair;
    if (pair === undefined) continue;
    const other = halves.get(pair);
    if (other === undefined) halves.set(pair, channel);
    else pairHalves(state, [other, channel], at);
  }
}

/** Who dialled it is not told; the client and the ringing are. */
function linkDialled(state: CallsState, leg: Channel): void {
  const caller = leg.call.channels.find(
    (channel) => channel.isCaller && channel.party.kind === "telephone",
  );
  if (leg.party.kind === "telephone") {
    ring(state, leg, leg.startedAt);
  } else if (leg.party.kind === "outside") {
    const client = claimOutbound(leg, caller);
    if (client !== undefined) markDialler(state, client);
  }
}
