/** Rooms: channels that hear each other, over bridges and the Local pairs that join bridges. */
import { isReal } from "./state.ts";
import type { CallsState, Channel } from "./state.ts";

/**
 * Everything in the room of `seed`, itself first. A holding bridge joins nobody.
 * Visited channels bear the number of the walk, so that no set has to be made.
 */
export function walkRoom(seed: Channel, walk: number): Channel[] {
  const room = [seed];
  seed.mark = walk;
  for (const channel of room) {
    const { bridge, other } = channel;
    if (bridge !== undefined && !bridge.isHolding) {
      for (const mate of bridge.channels) visit(room, mate, walk);
    }
    if (other !== undefined) visit(room, other, walk);
  }
  return room;
}

function visit(room: Channel[], next: Channel, walk: number): void {
  if (next.mark === walk) return;
  next.mark = walk;
  room.push(next);
}

/** The real parties in the room of a channel, itself left out. */
export function matesOf(state: CallsState, channel: Channel): readonly Channel[] {
  return walkRoom(channel, ++state.walk).filter((mate) => mate !== channel && isReal(mate));
}
