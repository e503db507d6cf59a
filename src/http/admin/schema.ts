/**
 * What the admin page keeps: the password's hash, who is logged in, who looked at what, and one row of
 * figures a minute for the charts. Statements only; nothing here is read in the way of a call.
 */
import type { Migration, Row, Statement } from "../../store/store.ts";
import type { AuditDeed } from "./contract-pages.ts";

export const adminMigrations: readonly Migration[] = [
  {
    id: "admin-1",
    statements: [
      "CREATE TABLE admin_password (who TEXT PRIMARY KEY, hash TEXT NOT NULL, set_at INTEGER NOT NULL)",
      `CREATE TABLE admin_session (
        token_hash TEXT PRIMARY KEY,
        who TEXT NOT NULL,
        began_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL
      )`,
      `CREATE TABLE admin_audit (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        who TEXT NOT NULL,
        address TEXT NOT NULL,
        deed TEXT NOT NULL,
        what TEXT NOT NULL
      )`,
      "CREATE INDEX admin_audit_at ON admin_audit (at)",
      `CREATE TABLE admin_minute (
        minute INTEGER PRIMARY KEY,
        calls INTEGER NOT NULL,
        lag_ms INTEGER,
        errors INTEGER NOT NULL,
        requests INTEGER NOT NULL
      )`,
    ],
  },
];

/** There is one administrator so far; rows name him so that there may be more. */
export const ADMIN = "admin";

/** Everybody who is logged in has to log in again. */
export const setPassword = (hash: string, now: number): readonly Statement[] => [
  {
    sql: `INSERT INTO admin_password (who, hash, set_at) VALUES (?, ?, ?)
          ON CONFLICT (who) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at`,
    values: [ADMIN, hash, Math.round(now)],
  },
  { sql: "DELETE FROM admin_session WHERE who = ?", values: [ADMIN] },
  addAudit({ at: now, who: ADMIN, address: "host", deed: "set-password", what: "" }),
];

export const passwordHash = (): Statement => ({
  sql: "SELECT hash FROM admin_password WHERE who = ?",
  values: [ADMIN],
});

export type Session = {
  readonly tokenHash: string;
  readonly who: string;
  readonly beganAt: number;
  readonly endsAt: number;
};

export const addSession = ({ tokenHash, who, beganAt, endsAt }: Session): Statement => ({
  sql: "INSERT INTO admin_session (token_hash, who, began_at, ends_at) VALUES (?, ?, ?, ?)",
  values: [tokenHash, who, Math.round(beganAt), Math.round(endsAt)],
});

export const endSession = (tokenHash: string): Statement => ({
  sql: "DELETE FROM admin_session WHERE token_hash = ?",
  values: [tokenHash],
});

export const forgetSessionsUntil = (now: number): Statement => ({
  sql: "DELETE FROM admin_session WHERE ends_at <= ?",
  values: [Math.round(now)],
});

export const sessionByHash = (tokenHash: string): Statement => ({
  sql: "SELECT token_hash, who, began_at, ends_at FROM admin_session WHERE token_hash = ?",
  values: [tokenHash],
});

export const readSession = (row: Row): Session => ({
  tokenHash: String(row["token_hash"]),
  who: String(row["who"]),
  beganAt: Number(row["began_at"]),
  endsAt: Number(row["ends_at"]),
});

export type AuditRow = {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly who: string;
  /** Where the request came from; "host": a command. */
  readonly address: string;
  readonly deed: AuditDeed;
  /** A call's id, or a masked number; never a client's number or name. */
  readonly what: string;
};

export const addAudit = ({ at, who, address, deed, what }: AuditRow): Statement => ({
  sql: "INSERT INTO admin_audit (at, who, address, deed, what) VALUES (?, ?, ?, ?, ?)",
  values: [Math.round(at), who, address.slice(0, 60), deed, what.slice(0, 200)],
});

export const forgetAuditUntil = (at: number): Statement => ({
  sql: "DELETE FROM admin_audit WHERE at < ?",
  values: [Math.round(at)],
});

/** The newest first. */
export const auditBefore = (id: number, limit: number): Statement => ({
  sql: `SELECT id, at, who, address, deed, what FROM admin_audit WHERE id < ?
        ORDER BY id DESC LIMIT ?`,
  values: [id, limit],
});
