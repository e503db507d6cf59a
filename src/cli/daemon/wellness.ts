/**
 * Whether the daemon is well enough to go on, or had better be ended and started again. Well is: the
 * store's thread answers, and the line to Asterisk stands or is tried again. That Asterisk or Kommo is
 * away, or the disk full, is no reason: a new start would change nothing. Exports `createWellness`.
 */
import type { AmiState } from "../../ami/session.ts";
import type { Clock } from "../../lib/clock.ts";
import { inTime } from "../../lib/in-time.ts";
import { madeOnce } from "../../lib/made-once.ts";
import { sql } from "../../store/store.ts";
import type { DaemonStore } from "../../store/store.ts";

export type WellnessDeps = {
  readonly store: Pick<DaemonStore, "read" | "isScrubbing">;
  /** Of each exchange that there is now; the same one of each time. */
  readonly lines: () => readonly (() => AmiState)[];
  readonly clock: Clock;
};

/** A read waits behind a commit; on a slow disk that is seconds. */
const STORE_ANSWERS_WITHIN_MS = 20_000;
/** Beyond what each of these may take by itself: connecting, logging in, reading what goes on. */
const LINE_MOVES_WITHIN_MS = 5 * 60_000;

/** @returns what is wrong, in sentences; empty: all is well. Resolves within 20 s unless the loop hangs */
export function createWellness({ store, lines, clock }: WellnessDeps): () => Promise<string[]> {
  const watchOf = madeOnce((line: () => AmiState) => keepsWatch(line, clock));

  async function storeAnswers(): Promise<boolean> {
    // Writes the whole file anew, and answers nobody meanwhile.
    if (store.isScrubbing()) return true;
    const answered = store.read(sql("SELECT 1 AS one")).then(
      () => true,
      // It is there to refuse; what is broken ends the daemon by itself.
      () => true,
    );
    return (await inTime(answered, STORE_ANSWERS_WITHIN_MS, clock)) ?? store.isScrubbing();
  }

  return async () => [
    ...((await storeAnswers()) ? [] : ["the store does not answer"]),
    ...(lines()
      .map((line) => watchOf(line)())
      .every(Boolean)
      ? []
      : ["the line to Asterisk is neither kept nor tried again"]),
  ];
}

function keepsWatch(ami: () => AmiState, clock: Clock): () => boolean {
  let seen: { readonly state: AmiState; readonly atMs: number } | undefined;
  return () => {
    const state = ami();
    const nowMs = clock.monotonicMs();
    if (seen?.state !== state) seen = { state, atMs: nowMs };
    return nowMs - seen.atMs <= standsFor(state);
  };
}

/** How long a state may last, in milliseconds; the session itself looks after one that is connected. */
function standsFor(state: AmiState): number {
  switch (state.kind) {
    case "connected":
      return Infinity;
    case "waiting":
      // Paused: the disk takes nothing, for as long as that lasts.
      return state.failure.kind === "paused" ? Infinity : state.retryInMs + LINE_MOVES_WITHIN_MS;
    case "idle":
    case "connecting":
    case "stopped":
      return LINE_MOVES_WITHIN_MS;
  }
}
