/**
 * The daemon's line to one Asterisk: always there, or on its way back. Exports `createAmiSession`.
 *
 * What is told, in this order, after each login: `onState` connected; `onMessage` FullyBooted, if
 * Asterisk says it; `onSnapshot` with what is going on; then `onMessage` for every event since the login, with its own arrival time, and so on
 * live. After a loss: the events read until then, `onLost`, `onState` waiting.
 */
import { randomBytes } from "node:crypto";
import type { Clock, EpochMs } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import { failed } from "../lib/failure.ts";
import type { AmiAction } from "./action.ts";
import type { AmiAddress, AmiFailure } from "./ami-failure.ts";
import { notConnected, paused, stopped } from "./ami-failure.ts";
import { AMI_LIMITS } from "./ami-limits.ts";
import type { AmiLimits } from "./ami-limits.ts";
import { pauseBefore, STEADY_MS } from "./backoff.ts";
import type { AmiText } from "./framer.ts";
import { runLink } from "./link.ts";
import type { AmiTap, Link, LinkCounters, LinkEnd, SendOptions } from "./link.ts";
import type { AmiCredentials } from "./login.ts";
import type { AmiReply } from "./pending-actions.ts";
import type { Snapshot } from "./resync.ts";

export type AmiState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  /** `version` is the protocol's, from the banner ("11.0.0"); Asterisk's own is in the snapshot. */
  | { readonly kind: "connected"; readonly version: string; readonly since: EpochMs }
  | { readonly kind: "waiting"; readonly failure: AmiFailure; readonly retryInMs: number }
  | { readonly kind: "stopped" };

export type AmiSessionDeps = {
  readonly address: AmiAddress;
  readonly credentials: AmiCredentials;
  readonly clock: Clock;
  /** False for a second user who only dials: no events, no snapshots. Default true. */
  readonly listens?: boolean;
  readonly limits?: Partial<AmiLimits>;
  /** At least 0 and below 1: spreads the pauses between tries. */
  readonly random?: () => number;
  /** Every event that Asterisk itself made, in order. `at` is when its last byte came. */
  readonly onMessage: (text: AmiText, at: EpochMs) => void;
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /** `at`: from when on nobody listened; with a dead line, when the last byte came. */
  readonly onLost?: (at: EpochMs) => void;
  readonly onState?: (state: AmiState) => void;
  readonly tap?: AmiTap;
};

export type AmiSession = {
  /** Once only. Aborting `signal` is the same as `stop`. */
  readonly start: (signal: AbortSignal) => void;
  /** Says goodbye to Asterisk; resolves when no socket and no timer is left. */
  readonly stop: () => Promise<void>;
  readonly state: () => AmiState;
  /**
   * The response, with the items where the action gives a list. Never rejects for a failure of the
   * line or of Asterisk.
   * @throws when `actionId` is in use
   */
  readonly send: (
    action: AmiAction,
    options?: SendOptions,
  ) => Promise<Result<AmiReply, AmiFailure>>;
  /** Reads the exchange's state once more, told by `onSnapshot`; does nothing while not connected. */
  readonly resync: () => Promise<void>;
  /** Takes its leave, and does not come back before `resume`: whoever is told can take no more. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Since the start. */
  readonly counters: () => SessionCounters;
};

export type SessionCounters = LinkCounters & { readonly logins: number; readonly losses: number };

/** How often one that is paused looks whether it still is; `resume` ends the pause at once. */
const PAUSE_MS = 60_000;

/** Does nothing until `start`. */
export function createAmiSession(deps: AmiSessionDeps): AmiSession {
  const { address, credentials, clock, random = Math.random } = deps;
  const limits = { ...AMI_LIMITS, ...deps.limits };
  const stopping = new AbortController();
  // Not to be guessed, so that nobody can forge an answer through a dialplan variable.
  const idPrefix = randomBytes(8).toString("hex");
  let actions = 0;
  let state: AmiState = { kind: "idle" };
  let link: Link | undefined;
  let connectedAtMs = 0;
  let running: Promise<void> | undefined;
  let pausing = new AbortController();
  let resumed = new AbortController();
  let ended: SessionCounters = { oversize: 0, forged: 0, unmatched: 0, logins: 0, losses: 0 };

  const become = (next: AmiState): void => {
    state = next;
    deps.onState?.(next);
  };

  const connectOnce = (signal: AbortSignal): Promise<LinkEnd> =>
    runLink(
      {
        address,
        credentials,
        clock,
        limits,
        listens: deps.listens ?? true,
        nextActionId: () => `${idPrefix}-${++actions}`,
        onMessage: deps.onMessage,
        onSnapshot: (snapshot) => deps.onSnapshot?.(snapshot),
        tap: deps.tap,
        onConnected: (connected) => {
          link = connected;
          ended = { ...ended, logins: ended.logins + 1 };
          connectedAtMs = clock.monotonicMs();
          const { version, since } = connected;
          become({ kind: "connected", version, since });
        },
      },
      signal,
    );

  const run = async (signal: AbortSignal): Promise<void> => {
    let tries = 0;
    let lastRetry: AmiFailure["retry"] | undefined;
    while (!signal.aborted) {
      become({ kind: "connecting" });
      const either = AbortSignal.any([signal, pausing.signal]);
      const { failure, lostAt, counters: seen } = await connectOnce(either);
      const wasSteady = link !== undefined && clock.monotonicMs() - connectedAtMs >= STEADY_MS;
      link = undefined;
      ended = { ...sumOf(ended, seen), losses: ended.losses + (lostAt === undefined ? 0 : 1) };
      if (lostAt !== undefined) deps.onLost?.(lostAt);
      if (signal.aborted) break;
      if (pausing.signal.aborted) {
        become({ kind: "waiting", failure: paused, retryInMs: PAUSE_MS });
        await waitForResume(signal);
        tries = 0;
        continue;
      }
      tries = wasSteady || failure.retry !== lastRetry ? 1 : tries + 1;
      lastRetry = failure.retry;
      const retryInMs = pauseBefore(failure, tries, random());
      become({ kind: "waiting", failure, retryInMs });
      await clock.sleep(retryInMs, signal);
    }
    become({ kind: "stopped" });
  };

  async function waitForResume(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, resumed.signal]);
    while (!either.aborted) await clock.sleep(PAUSE_MS, either);
  }

  return {
    start: (signal) => {
      if (running !== undefined) throw new Error("the AMI session was started already");
      running = run(AbortSignal.any([signal, stopping.signal]));
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
    state: () => state,
    send: async (action, options) => {
      if (link === undefined) return failed(state.kind === "stopped" ? stopped : notConnected);
      return link.send(action, options);
    },
    resync: async () => {
      await link?.resync();
    },
    pause: () => {
      if (!pausing.signal.aborted) resumed = new AbortController();
      pausing.abort();
    },
    resume: () => {
      if (pausing.signal.aborted) pausing = new AbortController();
      resumed.abort();
    },
    counters: () => (link === undefined ? ended : sumOf(ended, link.counters())),
  };
}

const sumOf = (before: SessionCounters, seen: LinkCounters): SessionCounters => ({
  ...before,
  oversize: before.oversize + seen.oversize,
  forged: before.forged + seen.forged,
  unmatched: before.unmatched + seen.unmatched,
});
