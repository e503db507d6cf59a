/**
 * What customizations keep: which calls post_registration is still to be told of, and how the scripts
 * did, for `customizations list` beside a running daemon.
 */
import type { Migration, Row, Statement } from "../store/store.ts";
import type { HookName } from "./contract/hooks.ts";
import type { RunCounts } from "./run-counts.ts";

export const customizationMigrations: readonly Migration[] = [
  {
    id: "customization-1",
    statements: [
      `CREATE TABLE customization_after (
        call_id TEXT PRIMARY KEY,
        attempt INTEGER NOT NULL,
        due_at INTEGER NOT NULL
      )`,
      "CREATE TABLE customization_runs (name TEXT PRIMARY KEY, counts TEXT NOT NULL)",
    ],
  },
];

/** With the call itself, in one transaction. */
export const tellAfterwards = (callId: string, now: number): Statement => ({
  sql: `INSERT INTO customization_after (call_id, attempt, due_at) VALUES (?, 0, ?)
        ON CONFLICT (call_id) DO NOTHING`,
  values: [callId, Math.round(now)],
});

export const toldAfterwards = (): Statement => ({
  sql: "SELECT call_id, attempt, due_at FROM customization_after",
  values: [],
});

/** Before the run: one that is cut short counts. */
export const beginAttempt = (callId: string, attempt: number, nextAt: number): Statement => ({
  sql: "UPDATE customization_after SET attempt = ?, due_at = ? WHERE call_id = ?",
  values: [attempt, Math.round(nextAt), callId],
});

export const wasTold = (callId: string): Statement => ({
  sql: "DELETE FROM customization_after WHERE call_id = ?",
  values: [callId],
});

/** Steps of the call that Kommo has not confirmed, set aside ones too. */
export const unconfirmedSteps = (callId: string): Statement => ({
  sql: "SELECT id FROM step WHERE origin = ? AND state <> 'done' LIMIT 1",
  values: [callId],
});

export const keepCounts = (name: HookName, counts: RunCounts): Statement => ({
  sql: `INSERT INTO customization_runs (name, counts) VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET counts = excluded.counts`,
  values: [name, JSON.stringify(counts)],
});

export const keptCounts = (): Statement => ({
  sql: "SELECT name, counts FROM customization_runs",
  values: [],
});

export const readCounts = (row: Row): readonly [string, RunCounts] => [
  String(row["name"]),
  JSON.parse(String(row["counts"])) as RunCounts,
];
