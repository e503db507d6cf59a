/**
 * Retention of the outbox's record: what is done for long is forgotten, open and set-aside steps never.
 * Exports the statements; whoever sweeps looks beside the daemon and writes a few rows at a time.
 */
import { sql, type Row, type Statement } from "../store/store.ts";
import { OPEN } from "./schema.ts";

export type DonePlace = { readonly finishedAt: number; readonly id: number };
export type DoneStep = DonePlace & { readonly origin: string };

/** Steps done before `before` (milliseconds since 1970), in that order. */
export const doneBefore = (
  before: number,
  { after, most }: { after: DonePlace; most: number },
): Statement =>
  sql(
    `SELECT id, finished_at, origin FROM step
     WHERE state = 'done' AND finished_at < ? AND (finished_at, id) > (?, ?)
     ORDER BY finished_at, id LIMIT ?`,
    before,
    after.finishedAt,
    after.id,
    most,
  );

export const readDoneStep = (row: Row): DoneStep => ({
  id: Number(row["id"]),
  finishedAt: Number(row["finished_at"]),
  origin: String(row["origin"]),
});

export const forgetStep = (id: number): Statement =>
  sql("DELETE FROM step WHERE id = ? AND state = 'done'", id);

/** Memories not touched since `before` whose key has nothing open. Returns a row for each. */
export const forgetMemories = (before: number, most: number): Statement =>
  sql(
    `DELETE FROM memory WHERE key IN (SELECT key FROM memory WHERE updated_at < ? AND NOT EXISTS
     (SELECT 1 FROM step WHERE ${OPEN} AND step.key = memory.key)
     ORDER BY updated_at LIMIT ?) RETURNING key`,
    before,
    most,
  );
