/**
 * Holds live events back while the exchange's state is being read, so that whoever keeps the calls
 * first learns what is there and then what happened since. Events are facts that may be told again
 * (a channel that the snapshot has already, a hangup of one it no longer has): told in order after
 * the snapshot, they lead to the true state, whichever of them the snapshot already knew.
 */
import type { EpochMs } from "../lib/clock.ts";
import type { AmiText } from "./framer.ts";

export type Inbox = {
  readonly put: (text: AmiText, at: EpochMs) => void;
  readonly hold: () => void;
  /** Tells everything held, in order, and holds no more. */
  readonly release: () => void;
  readonly isHolding: () => boolean;
};

/**
 * @param maxHeldChars when more is waiting, the inbox releases by itself: a snapshot that is read
 *   after that is out of order and has to be read again
 */
export function createInbox(deps: {
  maxHeldChars: number;
  onMessage: (text: AmiText, at: EpochMs) => void;
}): Inbox {
  let held: { text: AmiText; at: EpochMs }[] = [];
  let heldChars = 0;
  let isHolding = false;

  const release = (): void => {
    isHolding = false;
    const waiting = held;
    held = [];
    heldChars = 0;
    for (const { text, at } of waiting) deps.onMessage(text, at);
  };

  return {
    put: (text, at) => {
      if (!isHolding) return deps.onMessage(text, at);
      held.push({ text, at });
      heldChars += text.length;
      if (heldChars > deps.maxHeldChars) release();
    },
    hold: () => {
      isHolding = true;
    },
    release,
    isHolding: () => isHolding,
  };
}
