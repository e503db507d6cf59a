/** Channels are joined and parted. */
import type { AmiEvent } from "../../ami/event.ts";
import type { BridgeId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { isPrincipal } from "../clients.ts";
import { channelFor, mergeCalls } from "../live-call.ts";
import { owned } from "../owned.ts";
import type { Bridge, CallsState, Channel } from "../state.ts";
import { retalk } from "../talks.ts";

type Of<Kind extends AmiEvent["kind"]> = Extract<AmiEvent, { kind: Kind }>;

export function onBridgeEnter(state: CallsState, event: Of<"bridge-enter">, at: EpochMs): void {
  const channel = channelFor(state, event.channel, at);
  if (channel === undefined) return;
  enterBridge(state, channel, { id: event.bridge, isHolding: event.isHolding, at });
}

export function enterBridge(
  state: CallsState,
  channel: Channel,
  { id, isHolding, at }: { id: BridgeId; isHolding: boolean; at: EpochMs },
): void {
  if (channel.bridge?.id === id) return;
  if (channel.bridge !== undefined) leaveBridge(state, channel, at); // its BridgeLeave was lost
  const bridge = bridgeFor(state, id, isHolding);
  channel.answeredAt ??= at;
  channel.bridge = bridge;
  bridge.channels.push(channel);
  if (bridge.isHolding) {
    if (isPrincipal(channel.call, channel)) markParked(channel);
    return;
  }
  joinCalls(state, bridge.channels);
  if (bridge.channels.length > 1) markSound(bridge);
  retalk(state, [channel], at);
}

/** Whoever talked with it last has parked it. */
function markParked({ call, id }: Channel): void {
  const last = call.talks.findLast((talk) => talk.channels.some((channel) => channel.id === id));
  for (const { part } of last?.channels ?? []) if (part !== undefined) part.wasParked = true;
}

/**
 * Two linkedids in one bridge are one call from now on; no event says so.
 * A holding bridge keeps calls apart: all parked clients wait in one.
 * @source asterisk.md (d) pitfall 1
 */
function joinCalls(state: CallsState, channels: readonly Channel[]): void {
  let first: Channel | undefined;
  for (const channel of channels) {
    if (channel.party.kind === "machinery") continue;
    if (first === undefined) first = channel;
    else if (channel.call !== first.call) mergeCalls(state, first.call, channel.call);
  }
}

function markSound(bridge: Bridge): void {
  for (const { call } of bridge.channels) {
    for (const recording of call.recordings) {
      if (recording.to === undefined && recording.channel.bridge === bridge) {
        recording.hasSound = true;
      }
    }
  }
}

function bridgeFor(state: CallsState, id: BridgeId, isHolding: boolean): Bridge {
  const known = state.bridges.get(id);
  if (known !== undefined) return known;
  const bridge: Bridge = { id: owned(id), isHolding, channels: [] };
  state.bridges.set(bridge.id, bridge);
  return bridge;
}

export function onBridgeLeave(state: CallsState, event: Of<"bridge-leave">, at: EpochMs): void {
  // Of a channel that nobody knows (it ended while the daemon logged in) leaving tells nothing.
  if (!state.channels.has(event.channel.id)) return;
  const channel = channelFor(state, event.channel, at);
  if (channel?.bridge === undefined || channel.bridge.id !== event.bridge) return;
  leaveBridge(state, channel, at);
}

export function leaveBridge(state: CallsState, channel: Channel, at: EpochMs): void {
  const { bridge } = channel;
  if (bridge === undefined) return;
  const { channels } = bridge;
  channels.splice(channels.indexOf(channel), 1);
  channel.bridge = undefined;
  if (channels.length === 0) state.bridges.delete(bridge.id);
  if (bridge.isHolding) return;
  retalk(state, [channel], at);
  retalk(state, channels, at);
}

/** Whoever is still in it has left; normally nobody is. */
export function onBridgeDestroy(state: CallsState, id: BridgeId, at: EpochMs): void {
  const bridge = state.bridges.get(id);
  for (const channel of [...(bridge?.channels ?? [])]) leaveBridge(state, channel, at);
}

export function onLocalBridge(state: CallsState, event: Of<"local-bridge">, at: EpochMs): void {
  const one = channelFor(state, event.one, at);
  const two = channelFor(state, event.two, at);
  if (one !== undefined && two !== undefined) pairHalves(state, [one, two], at);
}

export function pairHalves(
  state: CallsState,
  [one, two]: readonly [Channel, Channel],
  at: EpochMs,
): void {
  if (one === two || one.other === two) return;
  for (const half of [one, two]) if (half.other !== undefined) half.other.other = undefined;
  one.other = two;
  two.other = one;
  if (one.call !== two.call) mergeCalls(state, one.call, two.call);
  retalk(state, [one], at);
}
