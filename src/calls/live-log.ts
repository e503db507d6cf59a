/**
 * The events of calls that are not over yet, as rows: what a restarted daemon tells the call model
 * again, so that a call begun before the restart stays one call. Exports SQL; `tracker.ts` uses it.
 *
 * An event is kept under its Linkedid, and the rows of a call go when the call is over. What is kept
 * is what was received: the model then comes to the same state by the same rules.
 */
import type { AmiText } from "../ami/framer.ts";
import type { LinkedId } from "../ami/ids.ts";
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

export type KeptEvent = { readonly text: AmiText; readonly at: EpochMs };

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

export const keptEvents = (): Statement => ({
  sql: `SELECT at, message FROM live_event ORDER BY seq`,
  values: [],
});

/** What no call has needed for so long stays of a call whose end was lost: no call lasts that long. */
const LONGEST_CALL_MS = 24 * 3_600_000;

export const forgetOldEvents = (now: EpochMs): Statement => ({
  sql: `DELETE FROM live_event WHERE at < ?`,
  values: [now - LONGEST_CALL_MS],
});

export const readKeptEvent = (row: Row): KeptEvent => ({
  text: String(row["message"]) as AmiText,
  at: Number(row["at"]) as EpochMs,
});
