/**
 * The outbox's tables.
 *
 * `step`: one command each, kept after it is done as the record of what was told.
 *   origin    the call it belongs to (linkedid); key: steps with the same key go in order, "" in none
 *   turn      the id of the step that the caller queued; what follows from a step inherits its turn, so
 *             order within a key is (turn, id): followers go before whatever was queued later
 *   state     ready → sending → done | set-aside, or unknown: perhaps done, to be looked up
 *   attempt   how often it was sent; repeats: how often it was believed absent and sent again
 *   why       decisions made when it was answered, with their reasons, as JSON
 *   has_waited  1: the far side said once that something has to happen there first
 *   due_at    ready: not before; unknown: the next look. given_up_at, looked_at: see recollections.ts
 *
 * due_at, given_up_at and looked_at are on the outbox's own clock, which does not jump; created_at and
 * finished_at on the host's. All in milliseconds since 1970.
 */
import type { Migration } from "../store/store.ts";

/**
 * Queries must carry these very words to be answered from the partial indexes, which hold nothing of
 * the archive of done steps.
 */
export const OPEN = "state IN ('ready', 'sending', 'unknown')";

export const outboxMigrations: readonly Migration[] = [
  {
    id: "outbox-1",
    statements: [
      `CREATE TABLE step (
        id INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL,
        origin TEXT NOT NULL,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('ready', 'sending', 'unknown', 'done', 'set-aside')),
        attempt INTEGER NOT NULL DEFAULT 0,
        repeats INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL,
        given_up_at INTEGER,
        looked_at INTEGER,
        created_at INTEGER NOT NULL,
        finished_at INTEGER,
        answer TEXT,
        reason TEXT,
        hint TEXT
      )`,
      `CREATE INDEX step_queue ON step (state, kind, turn, id) WHERE ${OPEN}`,
      `CREATE INDEX step_key ON step (key, turn, id) WHERE ${OPEN}`,
      `CREATE INDEX step_due ON step (due_at) WHERE ${OPEN}`,
      "CREATE INDEX step_set_aside ON step (id) WHERE state = 'set-aside'",
      "CREATE INDEX step_origin ON step (origin)",
      "CREATE INDEX step_done ON step (finished_at) WHERE state = 'done'",
      "CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at INTEGER NOT NULL)",
      "CREATE INDEX memory_updated ON memory (updated_at)",
    ],
  },
  {
    id: "outbox-2",
    statements: [
      "ALTER TABLE step ADD COLUMN why TEXT",
      "ALTER TABLE step ADD COLUMN has_waited INTEGER NOT NULL DEFAULT 0",
    ],
  },
];
