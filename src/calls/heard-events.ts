/**
 * What a host heard of an exchange whose calls another host accepts: the events of the last minutes, so
 * that it can go on where the other one died. Exports `createHeardEvents`, which keeps them, and
 * `withHeard`, which puts them beside what the other one kept in the store.
 */
import type { AmiText } from "../ami/framer.ts";
import type { LinkedId } from "../ami/ids.ts";
import { epochMs, type EpochMs } from "../lib/clock.ts";
import { linkedIdIn, type KeptEvent } from "./live-log.ts";
import { owned } from "./owned.ts";

export type HeardEvent = KeptEvent & { readonly linked: LinkedId };

export type Heard = {
  /** In the order in which they came. */
  readonly events: readonly HeardEvent[];
  /** Nothing was missed since then; undefined: nobody listens now. */
  readonly since: EpochMs | undefined;
};

export const NOTHING_HEARD: Heard = { events: [], since: undefined };

export type HeardLimits = { readonly ageMs: number; readonly chars: number };

/**
 * A host is replaced within ten seconds, and what is older was written down by it. Only with the
 * database away as well, and for longer, would more be of use.
 */
export const HEARD_LIMITS: HeardLimits = { ageMs: 5 * 60_000, chars: 16_000_000 };

export type HeardEvents = {
  /** A message that belongs to no call is not kept. */
  put(text: AmiText, at: EpochMs): void;
  /** All that is young enough; nothing is kept then. */
  take(now: EpochMs): readonly HeardEvent[];
  readonly count: () => number;
};

export function createHeardEvents({ ageMs, chars: most }: HeardLimits = HEARD_LIMITS): HeardEvents {
  let events: HeardEvent[] = [];
  /** Those before it are forgotten, and cut off together now and then. */
  let first = 0;
  let chars = 0;

  function forgetOld(now: EpochMs): void {
    for (;;) {
      const oldest = events[first];
      if (oldest === undefined || (oldest.at >= now - ageMs && chars <= most)) break;
      chars -= oldest.text.length;
      first++;
    }
    if (first * 2 < events.length) return;
    events = events.slice(first);
    first = 0;
  }

  return {
    put(text, at) {
      const linked = linkedIdIn(text);
      if (linked === undefined) return;
      events.push({ text: owned(text), at, linked: owned(linked) });
      chars += text.length;
      forgetOld(at);
    },
    take(now) {
      forgetOld(now);
      const taken = events.slice(first);
      events = [];
      first = chars = 0;
      return taken;
    },
    count: () => events.length - first,
  };
}

export type HeardTogether = {
  readonly events: readonly KeptEvent[];
  /** When the last of `kept` was. */
  readonly keptUntil: EpochMs | undefined;
  /** How many of `events` are not in `kept`. */
  readonly missing: number;
};

/**
 * What two hosts heard of the same exchange, as one of them would have heard it all: each event once, by
 * the clock of `heard`. To both the exchange sends the same words.
 * @param kept what the other one wrote down, in order
 */
export function withHeard(kept: readonly KeptEvent[], heard: readonly KeptEvent[]): HeardTogether {
  const same = Map.groupBy(kept, ({ text }) => text);
  const found = new Map<string, number>();
  const apart: number[] = [];
  const missing = heard.filter(({ text, at }) => {
    const turn = found.get(text) ?? 0;
    const event = same.get(text)?.[turn];
    if (event === undefined) return true;
    found.set(text, turn + 1);
    apart.push(event.at - at);
    return false;
  });
  const ahead = apart.toSorted((one, other) => one - other)[apart.length >> 1] ?? 0;
  const byOwnClock = kept.map((event) => ({ ...event, at: epochMs(event.at - ahead) }));
  return {
    events: inOrder(byOwnClock, missing),
    keptUntil: byOwnClock.at(-1)?.at,
    missing: missing.length,
  };
}

/** By time; each list keeps its own order. */
function inOrder(one: readonly KeptEvent[], other: readonly KeptEvent[]): readonly KeptEvent[] {
  const all: KeptEvent[] = [];
  let next = 0;
  for (const event of one) {
    for (let late = other[next]; late !== undefined && late.at < event.at; late = other[++next])
      all.push(late);
    all.push(event);
  }
  return [...all, ...other.slice(next)];
}
