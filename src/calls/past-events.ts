/**
 * Events of calls that are over, where the administrator wants them kept for a while: as the exchange sent
 * them. Statements only; who keeps and sweeps them is the daemon.
 */
import type { LinkedId } from "../ami/ids.ts";
import type { Row, Statement } from "../store/store.ts";

export const pastEventsSchema = {
  id: "past-events-1",
  statements: [
    `CREATE TABLE past_event (
      id INTEGER PRIMARY KEY,
      linked TEXT NOT NULL,
      at REAL NOT NULL,
      message TEXT NOT NULL
    )`,
    "CREATE INDEX past_event_linked ON past_event (linked)",
  ],
};

/** Before they are taken out of the log of running calls. */
export const keepPastEvents = (linkedIds: readonly LinkedId[]): Statement[] =>
  linkedIds.map((linked) => ({
    sql: `INSERT INTO past_event (linked, at, message)
          SELECT linked, at, message FROM live_event WHERE linked = ? ORDER BY seq`,
    values: [linked],
  }));

/** Of a call with all that was merged into it. */
export const pastEventsOf = (linkedIds: readonly string[]): Statement => ({
  sql: `SELECT at, message FROM past_event WHERE linked IN (${marks(linkedIds)}) ORDER BY at, id`,
  values: linkedIds,
});

export const forgetPastEventsOf = (linkedIds: readonly string[]): Statement => ({
  sql: `DELETE FROM past_event WHERE linked IN (${marks(linkedIds)})`,
  values: linkedIds,
});

const marks = (ids: readonly string[]): string => ids.map(() => "?").join(", ");

export const readPastEvent = (row: Row): { readonly at: number; readonly message: string } => ({
  at: Number(row["at"]),
  message: String(row["message"]),
});
