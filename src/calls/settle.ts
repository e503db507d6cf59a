/**
 * When a call is over. Told a moment after its last hangup, because the exchange sends what belongs
 * to it in any order; and whatever never ends by itself is closed.
 */
import { epochMs } from "../lib/clock.ts";
import type { EpochMs } from "../lib/clock.ts";
import { lifeOf } from "./clients.ts";
import { loseChannel } from "./on/channels.ts";
import { endOfLost } from "./on/connection.ts";
import { tellEnd } from "./parts.ts";
import { channelsOf, markGone } from "./state.ts";
import type { CallsState, Channel, LiveCall } from "./state.ts";
import { tellClient, tellWithoutClient } from "./tell.ts";

/** After the last hangup. A call has to be kept 250 ms after it, so this stays well under. */
export const SETTLE_MS = 100;
/** A client who is gone while others go on (a conference): his call is told after this. */
const CLIENT_GONE_MS = 5_000;
/** No call is silent for so long; its hangups were lost. */
const MAX_SILENCE_MS = 12 * 3_600_000;
/** How long stragglers of what is over are known as such, at least. */
const GONE_KEPT_MS = 60_000;
const SWEEP_MS = 5_000;
/** Ended channels that a call may drag along, before those of no use are dropped. */
const MAX_CHANNELS = 400;
const MAX_TALKS = 2_000;

export function settle(state: CallsState, at: EpochMs): void {
  for (;;) {
    const call = state.settling[0];
    if (call === undefined) break;
    const isDue =
      call.isOver ||
      call.emptyAt === undefined ||
      at - call.emptyAt >= SETTLE_MS ||
      call.emptyAt > at + 1_000; // the clock was set back
    if (!isDue) break;
    state.settling.shift();
    if (!call.isOver && call.emptyAt !== undefined) finish(state, call, call.emptyAt);
  }
  if (at - state.sweptAt >= SWEEP_MS || at < state.sweptAt) sweep(state, at);
}

/** The time until something is due; undefined: nothing is. */
export function dueIn(state: CallsState, at: EpochMs): number | undefined {
  const call = state.settling[0];
  if (call?.emptyAt === undefined) return state.calls.size > 0 ? SWEEP_MS : undefined;
  return Math.max(0, call.emptyAt + SETTLE_MS - at);
}

/** Everything still open is closed with what is known. */
export function settleAll(state: CallsState, at: EpochMs): void {
  for (const channel of channelsOf(state)) {
    const wasSeen = state.gap === undefined || channel.seenAt >= state.gap.to;
    loseChannel(state, channel, wasSeen ? at : endOfLost(state, at));
  }
  settle(state, epochMs(at + SETTLE_MS));
}

function finish(state: CallsState, call: LiveCall, endedAt: EpochMs): void {
  call.isOver = true;
  tellEnd(state, call, endedAt);
  const clients = call.clients.filter((client) => !client.isTold);
  for (const client of clients) {
    client.isTold = true;
    const { to } = lifeOf(client);
    const end = call.clientsSeen === 1 ? endedAt : (to ?? endedAt);
    state.facts.push({ kind: "finished", call: tellClient(call, client, end) });
  }
  if (call.clientsSeen === 0) {
    const told = tellWithoutClient(call, endedAt);
    if (told !== undefined) state.facts.push({ kind: "finished", call: told });
  }
  for (const channel of call.channels) forget(state, channel);
  for (const linked of call.linkedIds) {
    state.calls.delete(linked);
    state.gone.calls.add(linked);
  }
}

function forget(state: CallsState, channel: Channel): void {
  if (state.channels.get(channel.id) === channel) markGone(state, channel.id);
}

function sweep(state: CallsState, at: EpochMs): void {
  state.sweptAt = at;
  for (const [linked, call] of state.calls) {
    if (linked !== call.linked || call.liveChannels === 0) continue; // merged calls have several ids
    const seenAt = lastSign(call);
    if (at - seenAt > MAX_SILENCE_MS) {
      for (const channel of [...call.channels]) loseChannel(state, channel, seenAt);
    } else {
      tellClientsGone(state, call, at);
      trim(state, call);
    }
  }
  turnGone(state, at);
}

function lastSign(call: LiveCall): EpochMs {
  let last = call.startedAt;
  for (const { seenAt } of call.channels) if (seenAt > last) last = seenAt;
  return last;
}

function turnGone({ gone, channels }: CallsState, at: EpochMs): void {
  if (at >= gone.turnedAt && at - gone.turnedAt < GONE_KEPT_MS) return;
  gone.turnedAt = at;
  for (const id of gone.olderChannels) if (channels.get(id) === undefined) channels.delete(id);
  gone.olderChannels = gone.channels;
  gone.channels = [];
  gone.olderCalls = gone.calls;
  gone.calls = new Set();
  gone.originates = new Set();
}

function tellClientsGone(state: CallsState, call: LiveCall, at: EpochMs): void {
  for (const client of call.clients) {
    if (client.isTold) continue;
    const { to } = lifeOf(client);
    if (to === undefined || at - to < CLIENT_GONE_MS) continue;
    const hasSpoken = call.talks.some((talk) =>
      talk.channels.some((channel) => client.channels.includes(channel)),
    );
    // Another attempt by the next trunk may follow.
    if (client.direction === "outbound" && !hasSpoken) continue;
    client.isTold = true;
    state.facts.push({ kind: "finished", call: tellClient(call, client, to) });
  }
  if (call.clients.length > 0 && call.clients.every((client) => client.isTold)) {
    call.clients = [];
    call.parts = call.parts.filter((part) => part.endedAt === undefined);
    call.talks = call.talks.filter((talk) => talk.to === undefined);
    call.recordings = call.recordings.filter((recording) => recording.to === undefined);
  }
}

/** A conference of many hours does not grow without end. */
function trim(state: CallsState, call: LiveCall): void {
  if (call.talks.length > MAX_TALKS) call.talks = call.talks.slice(-MAX_TALKS / 2);
  if (call.channels.length - call.liveChannels <= MAX_CHANNELS) return;
  const isOfUse = (channel: Channel): boolean =>
    channel.endedAt === undefined ||
    call.clients.some((client) => !client.isTold && client.channels.includes(channel));
  for (const channel of call.channels) if (!isOfUse(channel)) forget(state, channel);
  call.channels = call.channels.filter(isOfUse);
  call.parts = call.parts.filter((part) => part.channels.some(isOfUse));
}
