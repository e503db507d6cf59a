/**
 * Calls that the archive no longer keeps, and what is remembered of them. Exports SQL.
 *
 * `call_removed` is one row:
 *   began   a removed call began then, and none later: whether an older one was booked, nobody knows
 *   swept   calls accepted before that were looked at
 * Both in milliseconds since 1970, on the host's clock.
 */
import type { Row, Statement } from "../store/store.ts";

export const removedCallsSchema = {
  id: "calls-removed-1",
  statements: [
    `CREATE INDEX call_accepted ON call (accepted_at)`,
    `CREATE TABLE call_removed (id INTEGER PRIMARY KEY, began REAL NOT NULL, swept REAL NOT NULL)`,
  ],
};

export type RemovedCalls = { readonly began: number; readonly swept: number };

export const removedCalls = (): Statement => ({
  sql: `SELECT began, swept FROM call_removed WHERE id = 1`,
  values: [],
});

/** @returns undefined while none was removed */
export const readRemovedCalls = (row: Row | undefined): RemovedCalls | undefined =>
  row === undefined ? undefined : { began: Number(row["began"]), swept: Number(row["swept"]) };

/** Only forward: a clock that was set back takes nothing away from what is known. */
export const noteRemoved = ({ began, swept }: RemovedCalls): Statement => ({
  sql: `INSERT INTO call_removed (id, began, swept) VALUES (1, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
          began = CASE WHEN excluded.began > call_removed.began
                  THEN excluded.began ELSE call_removed.began END,
          swept = CASE WHEN excluded.swept > call_removed.swept
                  THEN excluded.swept ELSE call_removed.swept END`,
  values: [began, swept],
});

export const oldestAccepted = (): Statement => ({
  sql: `SELECT min(accepted_at) AS accepted_at FROM call`,
  values: [],
});

export type CallPlace = { readonly id: string; readonly acceptedAt: number };
export type OldCall = CallPlace & { readonly startedAt: number };

/** In the order in which they were accepted. */
export const acceptedBefore = (
  before: number,
  { after, most }: { after: CallPlace; most: number },
): Statement => ({
  sql: `SELECT id, accepted_at, started_at FROM call
        WHERE accepted_at < ? AND (accepted_at, id) > (?, ?) ORDER BY accepted_at, id LIMIT ?`,
  values: [before, after.acceptedAt, after.id, most],
});

export const readOldCall = (row: Row): OldCall => ({
  id: String(row["id"]),
  acceptedAt: Number(row["accepted_at"]),
  startedAt: Number(row["started_at"]),
});
