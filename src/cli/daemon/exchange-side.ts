/**
 * The daemon's ear at one exchange: the AMI session, the calls it hears of, and what is learnt of the
 * exchange meanwhile. Exports `createExchangeSide`.
 */
import { createEventTime } from "../../ami/event-time.ts";
import { createEventParser } from "../../ami/parse-event.ts";
import type { AmiText } from "../../ami/framer.ts";
import type { DeviceStates } from "../../ami/device-states.ts";
import { createAmiSession, type AmiSession, type AmiState } from "../../ami/session.ts";
import type { AmiAddress } from "../../ami/ami-failure.ts";
import { createCallKeeper, type CallKeeper, type CallKeeperDeps } from "../../calls/keeper.ts";
import { settingsFrom } from "../../calls/settings.ts";
import type { Config } from "../../config/keys.ts";
import { createSteadyClock, type Clock, type EpochMs } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { Learnt } from "../../registration/settings.ts";
import { tellAmi } from "../daemon-log.ts";
import { learnOfExchange } from "../exchange-facts.ts";
import type { Stores } from "./open-stores.ts";

export type ExchangeSide = {
  readonly session: Pick<AmiSession, "send" | "state" | "counters" | "pause" | "resume">;
  /** The calls that go on now, the oldest first. */
  readonly live: CallKeeper["view"];
  /** How many there are. */
  readonly running: CallKeeper["running"];
  /** How many are over, and wait for the store (or for CEL) to be accepted. */
  readonly toAccept: CallKeeper["toAccept"];
  readonly telephones: Pick<DeviceStates, "stateOf" | "devicesOf" | "isRead">;
  /** Takes up the calls that ran when an earlier run ended. Before all else. */
  restore(): Promise<void>;
  start(signal: AbortSignal): void;
  /** Resolves when all told calls are accepted. */
  stop(): Promise<void>;
};

export type ExchangeSideDeps = {
  readonly config: Pick<
    Config,
    "ami" | "archive" | "pbx" | "register" | "users" | "employees" | "customizations"
  >;
  readonly address: AmiAddress;
  /** Filled with what booking learns of the exchange. */
  readonly learnt: Parameters<typeof learnOfExchange>[0] & Learnt;
  readonly stores: Pick<Stores, "store" | "keep">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accept: CallKeeperDeps["accept"];
  readonly onStage: CallKeeperDeps["onStage"];
  /** Every event, after calls have been told of it. */
  readonly onText: (text: AmiText) => void;
  readonly onConnected: (at: EpochMs) => void;
  readonly onLost: (at: EpochMs) => void;
  readonly onAmi: ((state: AmiState) => void) | undefined;
  readonly onFatal: (error: Error) => void;
};

const RESYNC_EVERY_MS = 10 * 60_000;
const FOLLOW_CLOCK_EVERY_MS = 1_000;

export function createExchangeSide(deps: ExchangeSideDeps): ExchangeSide {
  const { config, logger } = deps;
  const { username, secret, auth } = config.ami;
  // Lengths of calls are right also when the host's clock is set meanwhile.
  const clock = createSteadyClock(deps.clock);
  const settings = settingsFrom(config);
  const parse = createEventParser(settings.variables);
  const keeper = createCallKeeper({
    ...{ clock, settings, parse: (text: AmiText) => parse(text, 0, text.length) },
    ...{ store: deps.stores.store, keep: deps.stores.keep },
    keepsPastEvents: config.archive.trace_events && config.archive.trace_days > 0,
    ...{ accept: deps.accept, onStage: deps.onStage, onFatal: deps.onFatal },
  });
  let eventTime = createEventTime();
  const session = createAmiSession({
    address: deps.address,
    credentials: { username, secret, auth },
    clock,
    onMessage: (text, at) => {
      facts.message(text);
      keeper.message(text, eventTime(text, at));
      deps.onText(text);
    },
    onSnapshot: (snapshot) => keeper.snapshot(snapshot),
    onLost: (at) => {
      keeper.lost(at);
      facts.lost();
      deps.onLost(at);
    },
    onState: (state) => {
      if (state.kind === "connected") {
        eventTime = createEventTime();
        keeper.connected(state.since);
        deps.onConnected(state.since);
        facts.connected();
      }
      tellAmi(logger, state);
      deps.onAmi?.(state);
    },
  });
  const facts = learnOfExchange(deps.learnt, {
    ...{ config, send: session.send, clock: deps.clock, log: logger },
  });
  let timers: readonly NodeJS.Timeout[] = [];

  return {
    session,
    live: (most) => keeper.view(most),
    running: () => keeper.running(),
    toAccept: () => keeper.toAccept(),
    telephones: facts.telephones,
    restore: () => keeper.restore(),
    start(signal) {
      facts.start(signal);
      session.start(signal);
      timers = [
        // A call whose hangup was lost would stay open for hours: the exchange is asked now and then.
        setInterval(() => void session.resync(), RESYNC_EVERY_MS),
        setInterval(() => {
          if (keeper.running() === 0) clock.follow();
        }, FOLLOW_CLOCK_EVERY_MS),
      ];
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await session.stop();
      await keeper.stop();
    },
  };
}
