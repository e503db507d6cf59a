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
import { toError } from "../lib/failure.ts";
import type { Statement, Store } from "../store/store.ts";
import type { LiveStage } from "./fact.ts";
import type { FinishedCall } from "./finished-call.ts";
import { owned } from "./owned.ts";
import * as liveLog from "./live-log.ts";
import type { CallSettings } from "./settings.ts";
import { createCallTracker } from "./tracker.ts";

export type CallKeeper = {
  /** Takes up the calls that ran when an earlier run ended. Before all else. */
  restore(): Promise<void>;
  connected(at: EpochMs): void;
  message(text: AmiText, at: EpochMs): void;
  snapshot(snapshot: Snapshot): void;
  lost(at: EpochMs): void;
  /** Tells calls that are over but for the settling; resolves when all told calls are accepted. */
  stop(): Promise<void>;
};

export type CallKeeperDeps = {
  readonly settings: CallSettings;
  readonly clock: Clock;
  readonly store: Pick<Store, "read">;
  /** One AMI message as a typed event; undefined: it says nothing about calls. */
  readonly parse: (text: AmiText) => AmiEvent | undefined;
  /** Writes until it is on the disk; rejects only when the store is broken or the daemon stops. */
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  /** Accepts the call, with `alsoDone` in the same transaction. */
  readonly accept: (call: FinishedCall, alsoDone: readonly Statement[]) => Promise<void>;
  readonly onStage: (stage: LiveStage) => void;
  readonly onFatal: (error: Error) => void;
};

/** With a store that takes nothing, running calls are followed in memory alone beyond so many events. */
const MOST_UNWRITTEN = 20_000;

export function createCallKeeper(deps: CallKeeperDeps): CallKeeper {
  const { clock, keep, parse, onFatal } = deps;
  const logged = new Set<LinkedId>();
  const accepting = new Set<Promise<void>>();
  let unwritten: Statement[] = [];
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

  function accept(call: FinishedCall): void {
    const forgotten = liveLog.forgetEvents(idsOfCallsOver());
    // A call whose end nobody saw may wait for CEL; what others told meanwhile must not wait with it.
    const alsoDone = call.isEndKnown ? [...unwritten, ...forgotten] : forgotten;
    if (call.isEndKnown) unwritten = [];
    const accepted = deps.accept(call, alsoDone).catch(fail);
    accepting.add(accepted);
    void accepted.finally(() => accepting.delete(accepted));
  }

  const fail = (thrown: unknown): void => {
    if (!isStopped) onFatal(toError(thrown));
  };

  function idsOfCallsOver(): LinkedId[] {
    const over = [...logged].filter((linked) => !tracker.has(linked));
    for (const linked of over) logged.delete(linked);
    return over;
  }

  function log(text: AmiText, at: EpochMs): void {
    const linked = liveLog.linkedIdIn(text);
    if (linked === undefined || !tracker.has(linked)) return;
    if (!logged.has(linked)) logged.add(owned(linked));
    if (unwritten.length >= MOST_UNWRITTEN) return;
    unwritten.push(liveLog.keepEvent({ linked, text, at }));
    writing ??= writeSoon();
  }

  /** One write at a time: what comes meanwhile goes with the next, in order. */
  async function writeSoon(): Promise<void> {
    try {
      await new Promise(setImmediate);
      while (unwritten.length > 0) {
        const batch = [...unwritten, ...liveLog.forgetEvents(idsOfCallsOver())];
        unwritten = [];
        await keep(batch);
      }
    } catch (thrown) {
      fail(thrown);
    } finally {
      writing = undefined;
    }
  }

  /** Running channels were kept as they were listed: those of one list are told together again. */
  function tellAgain(kept: readonly liveLog.KeptEvent[]): void {
    let listed: RunningChannel[] = [];
    for (const [index, { text, at }] of kept.entries()) {
      const event = parse(text);
      const linked = liveLog.linkedIdIn(text);
      if (linked !== undefined) logged.add(linked);
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
    async restore() {
      await keep([liveLog.forgetOldEvents(clock.now())]);
      const kept = (await deps.store.read(liveLog.keptEvents())).map(liveLog.readKeptEvent);
      isRestoring = true;
      tellAgain(kept);
      const last = kept.at(-1);
      if (last !== undefined) tracker.connectionLost(last.at);
      isRestoring = false;
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
    async stop() {
      await tracker.settle();
      tracker.stop();
      isStopped = true;
      await Promise.all([...accepting, writing]);
    },
  };
}

const runningChannel = (event: AmiEvent | undefined): RunningChannel[] =>
  event?.kind === "running-channel" ? [event.channel] : [];
