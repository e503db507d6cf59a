/**
 * What is kept of recordings.
 *
 * `recording_key`: the ring of keys that links are signed with; the newest that is not revoked signs.
 * `recording`: one file of a call each, or the files of one conversation that become one mp3.
 *   path      as Asterisk named it; parts: JSON, all of them in the order of time; NULL: path alone; extension: whose conversation it holds, NULL: the call's own
 *   state     waiting → ready (there is an mp3) | original (served as it is) | missing (it never came)
 *             | useless (there is no sound in it); ready → removed, by retention
 *   attempt   conversions that were begun; due_at: the next look, on the host's clock
 *   source    where the file was found; bytes, seconds: of the mp3
 *   reason    why it is not an mp3, or what the mp3 is without, in words
 * Times are milliseconds since 1970.
 */
import type { Migration, Row, SqlValue, Statement } from "../store/store.ts";
import { parseRecordingId, type RecordingId } from "./link.ts";

export const recordingMigrations: readonly Migration[] = [
  {
    id: "recordings-1",
    statements: [
      `CREATE TABLE recording_key (
        id TEXT PRIMARY KEY,
        secret TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        revoked_at INTEGER
      )`,
      `CREATE TABLE recording (
        id TEXT PRIMARY KEY,
        call_id TEXT NOT NULL,
        extension TEXT,
        path TEXT NOT NULL,
        call_started_at INTEGER NOT NULL,
        call_ended_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK
          (state IN ('waiting', 'ready', 'original', 'missing', 'useless', 'removed')),
        attempt INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL,
        source TEXT,
        bytes INTEGER,
        seconds REAL,
        reason TEXT
      )`,
      "CREATE INDEX recording_due ON recording (due_at) WHERE state = 'waiting'",
      "CREATE INDEX recording_ready ON recording (call_ended_at) WHERE state = 'ready'",
      "CREATE INDEX recording_call ON recording (call_id)",
    ],
  },
  { id: "recordings-2", statements: ["ALTER TABLE recording ADD COLUMN parts TEXT"] },
];

export type RecordingState = "waiting" | "ready" | "original" | "missing" | "useless" | "removed";

export type RecordingRow = {
  readonly id: RecordingId;
  readonly callId: string;
  readonly extension: string | undefined;
  readonly path: string;
  /** In the order of time, `path` among them; mostly that alone. */
  readonly parts: readonly string[];
  readonly callStartedAt: number;
  readonly callEndedAt: number;
  readonly state: RecordingState;
  readonly attempt: number;
  readonly dueAt: number;
  readonly source: string | undefined;
  readonly bytes: number | undefined;
  readonly seconds: number | undefined;
  readonly reason: string | undefined;
};

const sql = (text: string, ...values: SqlValue[]): Statement => ({ sql: text, values });

export const insertRecording = (
  row: Pick<
    RecordingRow,
    "id" | "callId" | "extension" | "path" | "callStartedAt" | "callEndedAt" | "dueAt"
  > &
    Partial<Pick<RecordingRow, "parts">>,
): Statement =>
  sql(
    `INSERT INTO recording
       (id, call_id, extension, path, parts, call_started_at, call_ended_at, state, due_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?) ON CONFLICT (id) DO NOTHING`,
    row.id,
    row.callId,
    row.extension ?? null,
    row.path,
    row.parts === undefined ? null : JSON.stringify(row.parts),
    Math.round(row.callStartedAt),
    Math.round(row.callEndedAt),
    Math.round(row.dueAt),
  );

export const recordingById = (id: RecordingId): Statement =>
  sql("SELECT * FROM recording WHERE id = ?", id);

export const recordingsOfCall = (callId: string): Statement =>
  sql("SELECT * FROM recording WHERE call_id = ? ORDER BY call_started_at, id", callId);

/** Newest first. */
export const newestRecordings = (most: number): Statement =>
  sql("SELECT * FROM recording ORDER BY call_started_at DESC, id LIMIT ?", most);

/** Those whose next look is due first, due or not. */
export const waitingRecordings = (most: number): Statement =>
  sql("SELECT * FROM recording WHERE state = 'waiting' ORDER BY due_at, id LIMIT ?", most);

/** @param after the id that the page before ended with; "": from the beginning */
export const allRecordings = (after: string, most: number): Statement =>
  sql("SELECT * FROM recording WHERE id > ? ORDER BY id LIMIT ?", after, most);

export const waitUntil = (id: RecordingId, dueAt: number): Statement =>
  sql(
    "UPDATE recording SET state = 'waiting', due_at = ? WHERE id = ? AND state <> 'removed'",
    Math.round(dueAt),
    id,
  );

/** Looks anew for all that did not become an mp3. @returns a row for each */
export const retryRecordings = (now: number): Statement =>
  sql(
    `UPDATE recording SET state = 'waiting', attempt = 0, due_at = ?
     WHERE state IN ('original', 'missing', 'useless') RETURNING id`,
    Math.round(now),
  );

/** Before the conversion: one that ends with the daemon counts. */
export const beginConversion = (id: RecordingId, attempt: number): Statement =>
  sql("UPDATE recording SET attempt = ? WHERE id = ?", attempt, id);

export const becameReady = (
  id: RecordingId,
  mp3: { source: string; bytes: number; seconds: number; without?: string | undefined },
): Statement =>
  sql(
    `UPDATE recording SET state = 'ready', source = ?, bytes = ?, seconds = ?, reason = ?
     WHERE id = ?`,
    mp3.source,
    mp3.bytes,
    mp3.seconds,
    mp3.without ?? null,
    id,
  );

export const becameOther = (
  id: RecordingId,
  end: { state: "original" | "missing" | "useless"; source?: string; reason: string },
): Statement =>
  sql(
    "UPDATE recording SET state = ?, source = ?, reason = ? WHERE id = ?",
    end.state,
    end.source ?? null,
    end.reason,
    id,
  );

export const wasRemoved = (id: RecordingId, reason: string): Statement =>
  sql("UPDATE recording SET state = 'removed', reason = ? WHERE id = ?", reason, id);

export const readyBefore = (endedAt: number, most: number): Statement =>
  sql(
    `SELECT * FROM recording WHERE state = 'ready' AND call_ended_at < ?
     ORDER BY call_ended_at LIMIT ?`,
    Math.round(endedAt),
    most,
  );

export const readyBytes = (): Statement =>
  sql("SELECT COALESCE(SUM(bytes), 0) AS bytes FROM recording WHERE state = 'ready'");

/** @throws never: rows were written here */
export function readRecording(row: Row): RecordingRow {
  const text = (name: string): string | undefined =>
    typeof row[name] === "string" ? row[name] : undefined;
  const number = (name: string): number | undefined =>
    typeof row[name] === "number" ? row[name] : undefined;
  const path = text("path") ?? "";
  const parts = text("parts");
  return {
    id: parseRecordingId(text("id") ?? "") ?? ("" as RecordingId),
    callId: text("call_id") ?? "",
    extension: text("extension"),
    path,
    parts: parts === undefined ? [path] : (JSON.parse(parts) as readonly string[]),
    callStartedAt: number("call_started_at") ?? 0,
    callEndedAt: number("call_ended_at") ?? 0,
    state: text("state") as RecordingState,
    attempt: number("attempt") ?? 0,
    dueAt: number("due_at") ?? 0,
    source: text("source"),
    bytes: number("bytes"),
    seconds: number("seconds"),
    reason: text("reason"),
  };
}
