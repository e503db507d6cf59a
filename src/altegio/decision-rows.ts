/** What was decided of appointments and why, kept for whoever asks later. */
import { sql, type Row, type Statement } from "../store/store.ts";
import type { RecordKey } from "./api/records.ts";

export type ToldDecision = {
  readonly at: number;
  readonly event: string;
  readonly action: string;
  readonly reason: string;
  readonly leadId: number | undefined;
  readonly detail: readonly string[];
};

export const keepDecision = (key: RecordKey, told: ToldDecision): Statement =>
  sql(
    `INSERT INTO altegio_decision (at, location, record, event, action, reason, lead, detail)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    Math.round(told.at),
    key.locationId,
    key.recordId,
    told.event,
    told.action,
    told.reason,
    told.leadId ?? null,
    told.detail.length === 0 ? null : JSON.stringify(told.detail),
  );

export const decisionsOf = ({ locationId, recordId }: RecordKey): Statement =>
  sql(
    `SELECT * FROM altegio_decision WHERE record = ? AND location = ? ORDER BY id DESC LIMIT 50`,
    recordId,
    locationId,
  );

export const parseDecision = (row: Row): ToldDecision => ({
  at: Number(row["at"]),
  event: String(row["event"]),
  action: String(row["action"]),
  reason: String(row["reason"]),
  leadId: typeof row["lead"] === "number" ? row["lead"] : undefined,
  detail: typeof row["detail"] === "string" ? (JSON.parse(row["detail"]) as string[]) : [],
});

export const purgeDecisions = (before: number): Statement =>
  sql(
    "DELETE FROM altegio_decision WHERE id IN (SELECT id FROM altegio_decision WHERE at < ? LIMIT 500)",
    Math.round(before),
  );
