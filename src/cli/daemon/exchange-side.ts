/**
 * The daemon's ear at one exchange: the AMI session, the calls it hears of, those it reads from CEL, and
 * what is learnt of the exchange meanwhile. Exports `createExchangeSide`.
 *
 * Inside, the exchange's own ids and extensions; what leaves has the exchange's name before them.
 */
import { createEventParser } from "../../ami/parse-event.ts";
import type { AmiText } from "../../ami/framer.ts";
import type { DeviceStates } from "../../ami/device-states.ts";
import type { AmiSession, AmiState } from "../../ami/session.ts";
import type { AmiAddress } from "../../ami/ami-failure.ts";
import { callAt, stageAt, viewAt } from "../../calls/at-exchange.ts";
import type { LiveStage } from "../../calls/fact.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import { createCallKeeper, unwrittenLimitsOfOne, type CallKeeper } from "../../calls/keeper.ts";
import { settingsFrom } from "../../calls/settings.ts";
import { createWaitingCalls, waitingLimitsOfOne } from "../../calls/waiting-calls.ts";
import type { ExchangeView } from "../../config/exchange-views.ts";
import type { Clock } from "../../lib/clock.ts";
import { anyDialPattern } from "../../lib/dial-pattern.ts";
import type { Logger } from "../../lib/log.ts";
import type { Acceptance } from "../acceptance.ts";
import { createCelService, type CelService } from "../calls/cel-service.ts";
import { createDiallingLine, type DiallingLine } from "../dialling/dialling-line.ts";
import { tellAmi } from "../daemon-log.ts";
import { learnOfExchange, type ExchangeFacts } from "../exchange-facts.ts";
import { hasExchange } from "../without-exchange.ts";
import { createEar, type Ear, type Hearer } from "./ear.ts";
import type { Stores } from "./open-stores.ts";

export type ExchangeSide = Pick<ExchangeFacts, "isBlacklisted" | "agentAt"> & {
  readonly view: ExchangeView;
  readonly address: AmiAddress;
  /** undefined: the only one. */
  readonly name: string | undefined;
  readonly session: Pick<AmiSession, "send" | "state" | "counters">;
  readonly dialling: Pick<DiallingLine, "send" | "may">;
  /** The calls that go on now, the oldest first. */
  readonly live: CallKeeper["view"];
  /** How many there are. */
  readonly running: CallKeeper["running"];
  /** How many are over, and wait for the store (or for CEL) to be accepted. */
  readonly toAccept: CallKeeper["toAccept"];
  /** By the exchange's own extensions. */
  readonly telephones: Pick<DeviceStates, "stateOf" | "devicesOf" | "isRead">;
  readonly isTelephone: (extension: string) => boolean;
  /** A backfill that a command asks for. */
  readonly backfill: CelService["answer"];
  /** Takes up the calls that ran when an earlier run ended. Before all else. */
  restore(): Promise<void>;
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when all told calls are accepted. */
  stop(): Promise<void>;
};

/** What becomes of what is heard; calls and extensions have the exchange before them. */
export type Hearers = {
  /** Resolves when it is on the disk. */
  readonly accept: (call: FinishedCall) => Promise<void>;
  readonly onStage: (stage: LiveStage) => void;
  /** Every event, after calls have been told of it. */
  readonly onText: (text: AmiText) => void;
  readonly onLost: (exchange: string | undefined) => void;
  readonly onAmi: ((state: AmiState) => void) | undefined;
};

export type ExchangeSideDeps = Hearers & {
  readonly view: ExchangeView;
  readonly address: AmiAddress;
  readonly stores: Pick<Stores, "store" | "keep">;
  readonly acceptance: Acceptance;
  /** One that listened before, while another host accepted its calls; undefined: a new one. */
  readonly ear: Ear | undefined;
  /** How many exchanges share the memory for what cannot be written now. */
  readonly exchanges: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (error: Error) => void;
};

const RESYNC_EVERY_MS = 10 * 60_000;
const FOLLOW_CLOCK_EVERY_MS = 1_000;

export function createExchangeSide(deps: ExchangeSideDeps): ExchangeSide {
  const { view, acceptance, onFatal } = deps;
  const { name: exchange, config } = view;
  const { store, keep } = deps.stores;
  const logger = exchange === undefined ? deps.logger : deps.logger.child({ exchange });
  const ear = deps.ear ?? createEar(deps);
  const { session, clock } = ear;
  const settings = settingsFrom(config);
  const parse = createEventParser(settings.variables);
  const cel = createCelService({
    ...{ config, clock: deps.clock, logger, store, keep, exchange, acceptance, onFatal },
  });
  const waiting = createWaitingCalls({
    accept: deps.accept,
    onFull: () => session.pause(),
    onRoom: () => session.resume(),
    limits: waitingLimitsOfOne(deps.exchanges),
  });
  const keeper = createCallKeeper({
    ...{ clock, settings, exchange, parse: (text: AmiText) => parse(text, 0, text.length) },
    ...{ store, keep, onFatal, unwritten: unwrittenLimitsOfOne(deps.exchanges) },
    keepsPastEvents: config.archive.trace_events && config.archive.trace_days > 0,
    onStage: (stage) => deps.onStage(stageAt(exchange, stage)),
    accept: async (call) => {
      const known = call.isEndKnown ? call : await cel.complete(call);
      // The daemon stops before CEL has answered: the next start tells this call again.
      if (known === undefined) return "left";
      await waiting.accept(callAt(exchange, known));
      return "accepted";
    },
  });
  const facts = learnOfExchange({
    ...{ config, send: session.send, clock: deps.clock, log: logger },
  });
  const dialling = createDiallingLine({
    ...{ config, address: deps.address, listening: session, clock: deps.clock, log: logger },
  });

  function become(state: AmiState): void {
    if (state.kind === "connected") {
      cel.connected(state.since);
      dialling.connected();
      facts.connected();
    }
    tellAmi(logger, state);
    deps.onAmi?.(state);
  }

  const hearer: Hearer = {
    message(text, at) {
      facts.message(text);
      keeper.message(text, at);
      deps.onText(text);
    },
    snapshot: (snapshot) => keeper.snapshot(snapshot),
    lost(at) {
      keeper.lost(at);
      facts.lost();
      cel.lost(at);
      deps.onLost(exchange);
    },
    state(state) {
      if (state.kind === "connected") keeper.connected(state.since);
      become(state);
    },
  };
  let timers: readonly NodeJS.Timeout[] = [];
  const ending = new AbortController();
  let ended: Promise<unknown> | undefined;

  return {
    ...{ view, name: exchange, address: deps.address, session, dialling },
    telephones: facts.telephones,
    ...{ isBlacklisted: facts.isBlacklisted, agentAt: facts.agentAt },
    isTelephone: anyDialPattern(config.pbx.extensions),
    live: (most) => keeper.view(most).map((call) => viewAt(exchange, call)),
    running: () => keeper.running(),
    toAccept: () => keeper.toAccept(),
    backfill: cel.answer,
    restore: () => keeper.restore(ear.takeHeard()),
    async start(signal) {
      await cel.start();
      if (!hasExchange(config)) return;
      facts.start(AbortSignal.any([signal, ending.signal]));
      dialling.start(signal);
      const before = session.state();
      ear.tell(hearer, signal);
      if (before.kind === "connected") {
        // It listened already: calls are known, and what ended unheard is not in the list.
        become({ ...before, since: deps.clock.now() });
        void session.resync();
      }
      timers = [
        // A call whose hangup was lost would stay open for hours: the exchange is asked now and then.
        setInterval(() => void session.resync(), RESYNC_EVERY_MS),
        setInterval(() => {
          if (keeper.running() === 0) clock.follow();
        }, FOLLOW_CLOCK_EVERY_MS),
      ];
    },
    async stop() {
      ending.abort();
      for (const timer of timers) clearInterval(timer);
      ended ??= Promise.all([
        session.stop().then(() => keeper.stop()),
        cel.stop(),
        dialling.stop(),
      ]);
      await ended;
    },
  };
}
