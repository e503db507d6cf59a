/**
 * The line to one exchange, and who is told what comes over it: at first nobody, while another host
 * accepts the exchange's calls, and what is heard is kept for a while; then the exchange's side in the
 * daemon. Exports `createEar`.
 */
import type { AmiAddress } from "../../ami/ami-failure.ts";
import { createEventTime } from "../../ami/event-time.ts";
import type { AmiText } from "../../ami/framer.ts";
import { createEventParser } from "../../ami/parse-event.ts";
import { createAmiSession, type AmiSession, type AmiState } from "../../ami/session.ts";
import type { Snapshot } from "../../ami/resync.ts";
import { createHeardEvents, type Heard, type HeardLimits } from "../../calls/heard-events.ts";
import { settingsFrom } from "../../calls/settings.ts";
import type { ExchangeView } from "../../config/exchange-views.ts";
import { createSteadyClock, type Clock, type EpochMs, type SteadyClock } from "../../lib/clock.ts";

/** The exchange's own words, as they come. */
export type Hearer = {
  readonly message: (text: AmiText, at: EpochMs) => void;
  readonly snapshot: (snapshot: Snapshot) => void;
  readonly lost: (at: EpochMs) => void;
  readonly state: (state: AmiState) => void;
};

export type Ear = {
  readonly session: AmiSession;
  /** Of the times of what it hears. */
  readonly clock: SteadyClock;
  /** What nobody was told yet; it is not told again. */
  takeHeard(): Heard;
  /** Tells what was heard since, and from now on all that comes. Begins to listen, if it does not yet. */
  tell(hearer: Hearer, signal: AbortSignal): void;
  /** Begins to listen, for whoever will be told. */
  listen(signal: AbortSignal): void;
};

export type EarDeps = {
  readonly view: ExchangeView;
  readonly address: AmiAddress;
  readonly clock: Clock;
  readonly limits?: HeardLimits;
  /** Until somebody else is told. */
  readonly onState?: (state: AmiState) => void;
};

export function createEar({ view, address, limits, ...deps }: EarDeps): Ear {
  const { config } = view;
  const { username, secret, auth } = config.ami;
  // Lengths of calls are right also when the host's clock is set meanwhile.
  const clock = createSteadyClock(deps.clock);
  const parse = createEventParser(settingsFrom(config).variables);
  const heard = createHeardEvents(limits);
  let hearer: Hearer | undefined;
  let since: EpochMs | undefined;
  let isListening = false;
  let eventTime = createEventTime();

  function keep(text: AmiText, at: EpochMs): void {
    if (heard.count() === 0) clock.follow();
    if (parse(text, 0, text.length) !== undefined) heard.put(text, at);
  }

  const session = createAmiSession({
    ...{ address, clock, credentials: { username, secret, auth } },
    onMessage: (text, at) => (hearer?.message ?? keep)(text, eventTime(text, at)),
    onSnapshot(snapshot) {
      if (hearer !== undefined) return hearer.snapshot(snapshot);
      const { at, channels, statuses } = snapshot;
      for (const text of channels.length > 0 ? channels : statuses) keep(text, at);
    },
    onLost(at) {
      since = undefined;
      hearer?.lost(at);
    },
    onState(state) {
      if (state.kind === "connected") {
        eventTime = createEventTime();
        since = state.since;
      }
      (hearer?.state ?? deps.onState)?.(state);
    },
  });

  function listen(signal: AbortSignal): void {
    if (!isListening) session.start(signal);
    isListening = true;
  }

  return {
    ...{ session, clock, listen },
    takeHeard: () => ({ events: heard.take(clock.now()), since }),
    tell(given, signal) {
      hearer = given;
      for (const { text, at } of heard.take(clock.now())) hearer.message(text, at);
      listen(signal);
    },
  };
}
