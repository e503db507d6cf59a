/**
 * Who hears whom. A room is what bridges make together with the Local pairs that join them; a talk
 * is a time in which the real parties of a room stayed the same. Everything else (who answered, how
 * long, who last) is read off the talks.
 */
import type { EpochMs } from "../lib/clock.ts";
import { markAsked, onTalk } from "./parts.ts";
import { walkRoom } from "./rooms.ts";
import { isReal } from "./state.ts";
import type { CallsState, Channel, Talk } from "./state.ts";

/**
 * The talks around `seeds` after something there has changed.
 * A channel that leaves a bridge has to be given together with those it left behind.
 */
export function retalk(state: CallsState, seeds: Iterable<Channel>, at: EpochMs): void {
  const walk = ++state.walk;
  for (const seed of seeds) {
    if (seed.mark === walk) continue;
    const room = walkRoom(seed, walk);
    if (room.length === 1) {
      closeTalk(seed.talk, at);
      continue;
    }
    const real = room.filter(isReal);
    if (real.length >= 2) settleTalk(state, real, at);
    else for (const channel of real) closeTalk(channel.talk, at);
    if (real.length < room.length) {
      for (const channel of room) if (channel.party.kind === "half") markAsked(channel, real);
    }
  }
}

function settleTalk(state: CallsState, real: Channel[], at: EpochMs): void {
  const talk = real[0]?.talk;
  const isSame =
    talk !== undefined &&
    talk.channels.length === real.length &&
    real.every((channel) => channel.talk === talk);
  if (isSame) return;
  for (const channel of real) closeTalk(channel.talk, at);
  const opened: Talk = { channels: real, from: at, to: undefined };
  for (const channel of real) channel.talk = opened;
  const call = real[0]?.call;
  if (call === undefined) return;
  call.talks.push(opened);
  onTalk(state, opened, at);
}

export function closeTalk(talk: Talk | undefined, at: EpochMs): void {
  if (talk === undefined) return;
  talk.to = at > talk.from ? at : talk.from;
  for (const channel of talk.channels) if (channel.talk === talk) channel.talk = undefined;
}

/** It was none: its channels were in a holding bridge, which nobody knew. */
export function dropTalk(talk: Talk | undefined): void {
  if (talk === undefined) return;
  closeTalk(talk, talk.from);
  for (const { call } of talk.channels) call.talks = call.talks.filter((one) => one !== talk);
}
