/**
 * The events of calls that are not over yet, as rows: what a restarted daemon tells the call model
 * again, so that a call begun before the restart stays one call. Exports SQL; `tracker.ts` uses it.
 *
 * An event is kept under its Linkedid, and the rows of a call go when the call is over. What is kept
 * is what was received: the model then comes to the same state by the same rules.
 */
import type { AmiText } from "../ami/framer.ts";
import type { LinkedId } from "../ami/ids.ts";
import { epochMs } from "../lib/clock.ts";
import type { EpochMs } from "../lib/clock.ts";
import type { Row, Statement } from "../store/store.ts";

export const liveLogSchema = {
  id: "live-log-1",
  statements: [
    `CREATE TABLE live_event (
       seq INTEGER PRIMARY KEY,
       linked TEXT NOT NULL,
       at REAL NOT NULL,
       message TEXT NOT NULL
     )`,
    `CREATE INDEX live_event_linked ON live_event (linked)`,
  ],
};

export type KeptEvent = {
  readonly text: AmiText;
  readonly at: EpochMs;
  /** So far ahead of `at` was the clock by which it was kept, in ms; absent: that was no other one. */
  readonly aheadMs?: number;
};

export const keepEvent = ({
  linked,
  text,
  at,
}: KeptEvent & { readonly linked: LinkedId }): Statement => ({
  sql: `INSERT INTO live_event (linked, at, message) VALUES (?, ?, ?)`,
  values: [linked, at, text],
});

const LINKED_ID = /\r\n(?:Dest|LocalOne)?Linkedid: ([^\r]+)/;

/** @returns undefined for a message that belongs to no call */
export const linkedIdIn = (text: AmiText): LinkedId | undefined =>
  LINKED_ID.exec(text)?.[1] as LinkedId | undefined;

/** The call is over: its events are not needed again. Calls that were merged have several ids. */
export const forgetEvents = (linkedIds: readonly LinkedId[]): Statement[] =>
  linkedIds.map((linked) => ({ sql: `DELETE FROM live_event WHERE linked = ?`, values: [linked] }));

/** Linkedids of a named exchange stand there with its name before them. */
export const keptEvents = (exchange: string | undefined): Statement => ({
  sql: `SELECT at, message FROM live_event
        WHERE linked ${exchange === undefined ? "NOT LIKE" : "LIKE"} ? ORDER BY seq`,
  values: [exchange === undefined ? "%/%" : `${exchange}/%`],
});

/** What no call has needed for so long stays of a call whose end was lost: no call lasts that long. */
const LONGEST_CALL_MS = 24 * 3_600_000;

/** Older than the last one kept, not than now: the host's clock may have been set since. */
export const forgetOldEvents = (): Statement => ({
  sql: `DELETE FROM live_event
        WHERE at < (SELECT at FROM live_event ORDER BY seq DESC LIMIT 1) - ?`,
  values: [LONGEST_CALL_MS],
});

/**
 * Times of a clock that was ahead of the host's, and was set back since, as they would be by now's.
 * Distances within one run of the clock stay; all is before `now`, and nothing later than what came
 * after it.
 */
export function byClockOfNow(kept: readonly KeptEvent[], now: EpochMs): KeptEvent[] {
  let next: number = now - 1;
  let ahead = 0;
  return kept
    .toReversed()
    .map(({ text, at }) => {
      ahead = Math.max(ahead, at - next);
      next = at - ahead;
      return { text, at: epochMs(next), ...(ahead > 0 && { aheadMs: ahead }) };
    })
    .toReversed();
}

export const readKeptEvent = (row: Row): KeptEvent => ({
  text: String(row["message"]) as AmiText,
  at: Number(row["at"]) as EpochMs,
});
