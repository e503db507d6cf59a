/**
 * The tables of appointments.
 *
 * `altegio_record`: one row an appointment that was ever heard of. Ids are told apart by location.
 *   due_at    when it is to be worked off; NULL: nothing to do. urgent: before what is only filled up
 *   asked     counts the wishes, so that one that comes meanwhile is not taken for worked off
 *   wish      'create' or 'update', as it was told; reading: what a list told, NULL: to be read first
 *   money     1: what was paid has changed, though the appointment may not have
 *   lead … applied   what was written last, and where; pipeline, status: where the lead was then, which
 *                    tells a move by a person from one of ours
 *   skipped   contents and event for which nothing was to be done
 *   writing   the outbox's origin of steps under way; pending: what will hold once they are done
 *   held      1: undone by the administrator, and left alone until told otherwise
 * `altegio_client`: which contact an Altegio client is, and what the contact was told of the client.
 * `altegio_decision`: what was decided and why. `altegio_change`: what stood on a lead before we wrote.
 * `altegio_order`: what is to be done in Altegio: attendance, checkout. `idempotency` is unique.
 * Times are milliseconds since 1970.
 */
import type { Migration } from "../store/store.ts";

export const altegioMigrations: readonly Migration[] = [
  {
    id: "altegio-1",
    statements: [
      `CREATE TABLE altegio_record (
        location TEXT NOT NULL,
        record TEXT NOT NULL,
        due_at INTEGER,
        asked INTEGER NOT NULL DEFAULT 0,
        urgent INTEGER NOT NULL DEFAULT 0,
        wish TEXT,
        reading TEXT,
        money INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0,
        trouble TEXT,
        lead INTEGER,
        contact INTEGER,
        changed_at INTEGER,
        contents TEXT,
        client TEXT,
        visit TEXT,
        phone_key TEXT,
        attendance INTEGER,
        pipeline INTEGER,
        status INTEGER,
        applied TEXT,
        skipped TEXT,
        writing TEXT,
        pending TEXT,
        held INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (location, record)
      )`,
      `CREATE INDEX altegio_record_due ON altegio_record (urgent DESC, due_at) WHERE due_at IS NOT NULL`,
      `CREATE INDEX altegio_record_writing ON altegio_record (writing) WHERE writing IS NOT NULL`,
      `CREATE INDEX altegio_record_lead ON altegio_record (lead) WHERE lead IS NOT NULL`,
      `CREATE INDEX altegio_record_client ON altegio_record (location, client)`,
      `CREATE INDEX altegio_record_phone ON altegio_record (phone_key) WHERE phone_key IS NOT NULL`,
      `CREATE TABLE altegio_client (
        location TEXT NOT NULL,
        client TEXT NOT NULL,
        contact INTEGER NOT NULL,
        told TEXT NOT NULL,
        PRIMARY KEY (location, client)
      )`,
      `CREATE TABLE altegio_decision (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        location TEXT NOT NULL,
        record TEXT NOT NULL,
        event TEXT NOT NULL,
        action TEXT NOT NULL,
        reason TEXT NOT NULL,
        lead INTEGER,
        detail TEXT
      )`,
      `CREATE INDEX altegio_decision_record ON altegio_decision (record, location, id)`,
      `CREATE INDEX altegio_decision_at ON altegio_decision (at)`,
      `CREATE TABLE altegio_change (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        location TEXT NOT NULL,
        record TEXT NOT NULL,
        lead INTEGER NOT NULL,
        action TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        undone_at INTEGER
      )`,
      `CREATE INDEX altegio_change_record ON altegio_change (record, location, id)`,
      `CREATE TABLE altegio_order (
        id INTEGER PRIMARY KEY,
        idempotency TEXT NOT NULL UNIQUE,
        location TEXT NOT NULL,
        record TEXT NOT NULL,
        lead INTEGER,
        kind TEXT NOT NULL CHECK (kind IN ('attendance', 'checkout')),
        asked TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'done', 'refused')),
        before TEXT,
        visit TEXT,
        due_at INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        looked_at INTEGER,
        result TEXT,
        made_at INTEGER NOT NULL,
        finished_at INTEGER
      )`,
      `CREATE INDEX altegio_order_open ON altegio_order (due_at) WHERE state IN ('waiting', 'sending')`,
      `CREATE INDEX altegio_order_record ON altegio_order (location, record)`,
      "CREATE TABLE altegio_kept (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ],
  },
  {
    id: "altegio-2",
    statements: ["CREATE INDEX altegio_client_contact ON altegio_client (contact)"],
  },
];
