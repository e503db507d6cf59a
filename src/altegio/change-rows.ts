/** What stood on a lead before we wrote, so that it can be put back. */
import type { JsonObject } from "../kommo/json.ts";
import { sql, type Row, type Statement } from "../store/store.ts";
import type { RecordKey } from "./api/records.ts";

export type LeadChange = RecordKey & {
  readonly id: number;
  readonly at: number;
  readonly leadId: number;
  readonly action: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
};

export const keepChange = (
  key: RecordKey,
  change: Pick<LeadChange, "at" | "leadId" | "action" | "before" | "after">,
): Statement =>
  sql(
    `INSERT INTO altegio_change (at, location, record, lead, action, before, after)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    Math.round(change.at),
    key.locationId,
    key.recordId,
    change.leadId,
    change.action,
    JSON.stringify(change.before),
    JSON.stringify(change.after),
  );

/** Not undone yet, the newest first. */
export const changesOf = ({ locationId, recordId }: RecordKey): Statement =>
  sql(
    `SELECT * FROM altegio_change WHERE record = ? AND location = ? AND undone_at IS NULL
     ORDER BY id DESC`,
    recordId,
    locationId,
  );

/** Appointments that were merged into leads at that time or later. */
export const mergedSince = (at: number): Statement =>
  sql(
    `SELECT DISTINCT location, record FROM altegio_change
     WHERE at >= ? AND undone_at IS NULL AND action = 'merge_into' ORDER BY location, record`,
    Math.round(at),
  );

export const markUndone = (ids: readonly number[], now: number): Statement =>
  sql(
    `UPDATE altegio_change SET undone_at = ? WHERE id IN (${ids.map(() => "?").join() || "NULL"})`,
    Math.round(now),
    ...ids,
  );

export const parseChange = (row: Row): LeadChange => ({
  id: Number(row["id"]),
  at: Number(row["at"]),
  locationId: String(row["location"]),
  recordId: String(row["record"]),
  leadId: Number(row["lead"]),
  action: String(row["action"]),
  before: JSON.parse(String(row["before"])) as JsonObject,
  after: JSON.parse(String(row["after"])) as JsonObject,
});
