/**
 * Keeps running calls over a restart of the daemon, and has finished ones accepted. Beside
 * `tracker.ts`, which keeps the time, the only file of this room that works on the store.
 *
 * The events of running calls are rows until their call is over (live-log.ts). After a restart they
 * are told again, so that a call begun before is still one call with its true start.
 */
import type { AmiEvent, RunningChannel } from "../ami/event.ts";
import type { AmiText } from "../ami/framer.ts";
import type { LinkedId } from "../ami/ids.ts";
import type { Snapshot } from "../ami/resync.ts";
import type { Clock, EpochMs } from "../lib/clock.ts";
import { nameAt } from "../lib/exchange-names.ts";
import { toError } from "../lib/failure.ts";
import type { Statement, Store } from "../store/store.ts";
import type { LiveStage } from "./fact.ts";
import type { FinishedCall } from "./finished-call.ts";
import type { LiveView } from "./live-view.ts";
import { owned } from "./owned.ts";
import { NOTHING_HEARD, type Heard } from "./heard-events.ts";
import * as liveLog from "./live-log.ts";
import { keepPastEvents } from "./past-events.ts";
import type { CallSettings } from "./settings.ts";
import { readTakeUp } from "./take-up.ts";
import { createCallTracker } from "./tracker.ts";

export type CallKeeper = {
  /**
   * Takes up the calls that ran when an earlier run ended. Before all else.
   * @param heard of the exchange, up to now, while another host accepted its calls
   */
  restore(heard?: Heard): Promise<void>;
  connected(at: EpochMs): void;
  message(text: AmiText, at: EpochMs): void;
  snapshot(snapshot: Snapshot): void;
  lost(at: EpochMs): void;
  /** Calls that go on now. */
  running(): number;
  /** Calls that are over and not accepted yet. */
  toAccept(): number;
  /** The same, as they are now; the oldest first. */
  view(most: number): readonly LiveView[];
  /** Tells calls that are over but for the settling; resolves when all told calls are accepted. */
  stop(): Promise<void>;
};

export type CallKeeperDeps = {
  readonly settings: CallSettings;
  /** Whose calls these are, where there are several; the rows of each are its own. */
  readonly exchange?: string | undefined;
  readonly clock: Clock;
  readonly store: Pick<Store, "read">;
  /** One AMI message as a typed event; undefined: it says nothing about calls. */
  readonly parse: (text: AmiText) => AmiEvent | undefined;
  /** Writes until it is on the disk; rejects only when the store is broken or the daemon stops. */
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  /** Resolves when it is on the disk; "left": the daemon stops first, and the next start tells it. */
  readonly accept: (call: FinishedCall) => Promise<"accepted" | "left">;
  readonly onStage: (stage: LiveStage) => void;
  readonly onFatal: (error: Error) => void;
  /** Of calls that are over, for whoever wants to look at them later. */
  readonly keepsPastEvents?: boolean;
  /** Default UNWRITTEN_LIMITS. */
  readonly unwritten?: UnwrittenLimits;
};

export type UnwrittenLimits = { readonly events: number; readonly bytes: number };

/**
 * With a store that takes nothing, running calls are followed in memory alone beyond so much. A usual
 * event has some 600 bytes, one with a long variable up to 256 kB.
 */
export const UNWRITTEN_LIMITS: UnwrittenLimits = { events: 20_000, bytes: 16 * 1024 * 1024 };

/** For one of so many exchanges, which all share the memory. */
export const unwrittenLimitsOfOne = (exchanges: number): UnwrittenLimits => ({
  events: Math.ceil(UNWRITTEN_LIMITS.events / exchanges),
  bytes: Math.ceil(UNWRITTEN_LIMITS.bytes / exchanges),
});

/** Events on their way to the disk together. */
type Batch = {
  readonly events: Statement[];
  /** Of their texts, which have one byte a character. */
  bytes: number;
  readonly calls: Set<LinkedId>;
  readonly written: PromiseWithResolvers<void>;
};

const newBatch = (): Batch => ({
  events: [],
  bytes: 0,
  calls: new Set(),
  written: Promise.withResolvers<void>(),
});

export function createCallKeeper(deps: CallKeeperDeps): CallKeeper {
  const { clock, keep, parse, onFatal, unwritten: most = UNWRITTEN_LIMITS } = deps;
  const named = (linked: LinkedId): LinkedId => nameAt(deps.exchange, linked);
  const logged = new Set<LinkedId>();
  /** Of calls that began before the clock was set back. */
  const clockWasAhead = new Map<LinkedId, number>();
  const accepting = new Set<Promise<void>>();
  const forgetting = new Set<Promise<void>>();
  let isForgetting = false;
  /** Something could not be accepted: events stay, and the next start tells them again. */
  let keepsAll = false;
  let gathered = newBatch();
  const unwritten = new Set<Batch>();
  let writing: Promise<void> | undefined;
  let isRestoring = false;
  let isStopped = false;
  const tracker = createCallTracker({
    clock,
    settings: deps.settings,
    onStage: (stage) => {
      // Stages of before a restart are of no use to anybody any more.
      if (!isRestoring) deps.onStage(stage);
    },
    onFinished: accept,
  });

  /** May wait for CEL or the disk; the events of this call and of others are kept meanwhile. */
  function accept(call: FinishedCall): void {
    const clockWasAheadMs = clockWasAhead.get(call.linkedId);
    clockWasAhead.delete(call.linkedId);
    const accepted = deps
      .accept(clockWasAheadMs === undefined ? call : { ...call, clockWasAheadMs })
      .then((how) => void (keepsAll ||= how === "left"))
      .catch(fail);
    accepting.add(accepted);
    void accepted.finally(() => accepting.delete(accepted));
    forgetSoon();
  }

  function forgetSoon(): void {
    if (isForgetting) return;
    isForgetting = true;
    const forgotten = forgetCallsOver().catch(fail);
    forgetting.add(forgotten);
    void forgotten.finally(() => forgetting.delete(forgotten));
  }

  /**
   * Several calls may be over at once, and one may be told as several: events go when all that was
   * to be accepted by then is on the disk. Writes that had to wait (a full disk) come before.
   */
  async function forgetCallsOver(): Promise<void> {
    await new Promise(setImmediate);
    isForgetting = false;
    const over = [...logged].filter((linked) => !tracker.has(linked));
    for (const linked of over) logged.delete(linked);
    if (over.length === 0) return;
    await Promise.all(accepting);
    const late = [...unwritten].filter(({ calls }) => over.some((linked) => calls.has(linked)));
    await Promise.all(late.map(({ written }) => written.promise));
    const kept = deps.keepsPastEvents ? keepPastEvents(over.map(named)) : [];
    if (!keepsAll) await keep([...kept, ...liveLog.forgetEvents(over.map(named))]);
  }

  const fail = (thrown: unknown): void => {
    keepsAll = true;
    for (const { written } of unwritten) written.resolve();
    if (!isStopped) onFatal(toError(thrown));
  };

  function log(text: AmiText, at: EpochMs): void {
    const linked = liveLog.linkedIdIn(text);
    if (linked === undefined || !tracker.has(linked)) return;
    if (!logged.has(linked)) logged.add(owned(linked));
    const bytes = gathered.bytes + text.length;
    if (gathered.events.length >= most.events || bytes > most.bytes) return;
    unwritten.add(gathered);
    gathered.bytes = bytes;
    gathered.events.push(liveLog.keepEvent({ linked: named(linked), text, at }));
    gathered.calls.add(owned(linked));
    writing ??= writeSoon();
  }

  /** One write at a time: what comes meanwhile goes with the next, in order. */
  async function writeSoon(): Promise<void> {
    try {
      await new Promise(setImmediate);
      while (gathered.events.length > 0) {
        const batch = gathered;
        gathered = newBatch();
        await keep(batch.events);
        unwritten.delete(batch);
        batch.written.resolve();
      }
    } catch (thrown) {
      fail(thrown);
    } finally {
      writing = undefined;
      forgetSoon();
    }
  }

  /** Running channels were kept as they were listed: those of one list are told together again. */
  function tellAgain(kept: readonly liveLog.KeptEvent[]): void {
    let listed: RunningChannel[] = [];
    for (const [index, { text, at, aheadMs }] of kept.entries()) {
      const event = parse(text);
      const linked = liveLog.linkedIdIn(text);
      if (linked !== undefined) logged.add(linked);
      if (linked !== undefined && aheadMs !== undefined && !clockWasAhead.has(linked))
        clockWasAhead.set(linked, aheadMs);
      if (event?.kind !== "running-channel") {
        if (event !== undefined) tracker.event(event, at);
        continue;
      }
      listed.push(event.channel);
      if (kept[index + 1]?.at === at) continue;
      tracker.snapshot(listed, { isComplete: false, at });
      listed = [];
    }
  }

  return {
    async restore(heard = NOTHING_HEARD) {
      await keep([liveLog.forgetOldEvents()]);
      const { store, exchange } = deps;
      const given = { store, exchange, heard, now: clock.now() };
      const { events, gap, rewrite } = await readTakeUp(given);
      isRestoring = true;
      tellAgain(events.slice(0, gap?.after ?? 0));
      if (gap !== undefined) tracker.connectionLost(gap.from);
      if (gap?.to !== undefined) tracker.connected(gap.to);
      tellAgain(events.slice(gap?.after ?? 0));
      isRestoring = false;
      if (rewrite.length > 0) await keep(rewrite);
      forgetSoon();
    },
    connected: (at) => tracker.connected(at),
    message(text, at) {
      const event = parse(text);
      if (event === undefined) return;
      tracker.event(event, at);
      log(text, at);
    },
    snapshot({ at, isComplete, bridges, channels, statuses }) {
      for (const event of bridges.map(parse)) if (event !== undefined) tracker.event(event, at);
      const items = channels.length > 0 ? channels : statuses;
      tracker.snapshot(
        items.flatMap((text) => runningChannel(parse(text))),
        { isComplete, at },
      );
      // Of a channel that began while nobody listened, the list is all that tells how it began.
      for (const text of items) log(text, at);
    },
    lost: (at) => tracker.connectionLost(at),
    running: () => tracker.live().calls,
    toAccept: () => accepting.size,
    view: (most) => tracker.view(most),
    async stop() {
      await tracker.settle();
      tracker.stop();
      isStopped = true;
      await Promise.all([...accepting, writing]);
      await Promise.all(forgetting);
    },
  };
}

const runningChannel = (event: AmiEvent | undefined): RunningChannel[] =>
  event?.kind === "running-channel" ? [event.channel] : [];
