/**
 * The one of this room that touches the clock: gives the reducer what happens, wakes it when a call
 * is due, and hands its facts on.
 */
import type { AmiEvent, RunningChannel } from "../ami/event.ts";
import type { LinkedId } from "../ami/ids.ts";
import { epochMs } from "../lib/clock.ts";
import type { Clock, EpochMs } from "../lib/clock.ts";
import type { CallInput, LiveStage } from "./fact.ts";
import type { FinishedCall } from "./finished-call.ts";
import { viewLive, type LiveView } from "./live-view.ts";
import { initialState, reduce } from "./reduce.ts";
import type { CallSettings } from "./settings.ts";
import { dueIn } from "./settle.ts";
import { channelsOf } from "./state.ts";

export type TrackerDeps = {
  readonly clock: Clock;
  readonly settings: CallSettings;
  /** Within the event that caused it; a stage that comes late is worth nothing, so nothing waits here. */
  readonly onStage: (stage: LiveStage) => void;
  /** About 100 ms after a call's last hangup. */
  readonly onFinished: (call: FinishedCall) => void;
};

export type CallTracker = {
  /** @param at its arrival; now, if absent */
  event(event: AmiEvent, at?: EpochMs): void;
  /** The first message of a connection. */
  connected(at?: EpochMs): void;
  connectionLost(at?: EpochMs): void;
  /** @param isComplete what is not among the channels is gone */
  snapshot(
    channels: readonly RunningChannel[],
    given: { readonly isComplete: boolean; readonly at?: EpochMs },
  ): void;
  /** A call with this id goes on, or is about to be told. */
  has(linked: LinkedId): boolean;
  /** Calls that go on now, and channels of them; for status and metrics. */
  live(): { readonly calls: number; readonly channels: number };
  /** The calls that go on now, the oldest first. */
  view(most: number): readonly LiveView[];
  /** Waits until calls whose last channel is gone are told. */
  settle(): Promise<void>;
  /** No more ticks; running calls are left as they are, the next start finds them at the exchange. */
  stop(): void;
};

export function createCallTracker(deps: TrackerDeps): CallTracker {
  const { clock, onStage, onFinished } = deps;
  const state = initialState(deps.settings);
  let isStopped = false;
  let waiting: { readonly until: EpochMs; readonly giveUp: AbortController } | undefined;

  const feed = (input: CallInput): void => {
    for (const fact of reduce(state, input).facts) {
      if (fact.kind === "stage") onStage(fact);
      else onFinished(fact.call);
    }
    wakeWhenDue();
  };

  /** One sleep at a time; one that would end too late for what is now due is given up. */
  const wakeWhenDue = (): void => {
    const now = clock.now();
    const ms = dueIn(state, now);
    if (ms === undefined || isStopped) return;
    const until = epochMs(now + ms);
    if (waiting !== undefined && waiting.until <= until) return;
    waiting?.giveUp.abort("sooner"); // without a reason each time would make an error with its stack
    const giveUp = new AbortController();
    waiting = { until, giveUp };
    void clock.sleep(ms, giveUp.signal).then(() => {
      if (giveUp.signal.aborted) return;
      waiting = undefined;
      feed({ kind: "tick", at: clock.now() });
    });
  };

  return {
    event: (event, at = clock.now()) => feed({ kind: "event", event, at }),
    connected: (at = clock.now()) => feed({ kind: "connected", at }),
    connectionLost: (at = clock.now()) => feed({ kind: "connection-lost", at }),
    snapshot: (channels, { isComplete, at = clock.now() }) =>
      feed({ kind: "snapshot", channels, isComplete, at }),
    has: (linked) => state.calls.has(linked),
    settle: async () => {
      // Again and again, because a timer may end a moment too soon.
      while (state.settling.length > 0) {
        await clock.sleep(dueIn(state, clock.now()) ?? 0);
        feed({ kind: "tick", at: clock.now() });
      }
    },
    live: () => ({ calls: new Set(state.calls.values()).size, channels: channelsOf(state).length }),
    view: (most) => viewLive(state, most),
    stop: () => {
      isStopped = true;
      waiting?.giveUp.abort();
    },
  };
}
