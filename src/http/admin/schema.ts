/**
 * What the admin page keeps: its users with the hashes of their passwords, who is logged in, who looked
 * at what, and one row of figures a minute for the charts. Statements only; nothing here is read in the way of a call.
 */
import type { Migration, Row, Statement } from "../../store/store.ts";
import type { AuditDeed } from "./contract-pages.ts";
import { readRole, type Role } from "./roles.ts";

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
  {
    id: "admin-2",
    statements: [
      "ALTER TABLE admin_password ADD COLUMN role TEXT NOT NULL DEFAULT 'administrator'",
    ],
  },
];

/** The user that is there wherever a password was set: an administrator always. */
export const ADMIN = "admin";

export type PageUser = { readonly who: string; readonly role: Role };

/** Whoever of this name is logged in has to log in again. */
export const setUser = ({
  who,
  role,
  hash,
  now,
}: PageUser & { readonly hash: string; readonly now: number }): readonly Statement[] => [
  {
    sql: `INSERT INTO admin_password (who, hash, set_at, role) VALUES (?, ?, ?, ?)
          ON CONFLICT (who) DO UPDATE
          SET hash = excluded.hash, set_at = excluded.set_at, role = excluded.role`,
    values: [who, hash, Math.round(now), role],
  },
  ...endSessionsOf(who),
  addAudit({
    at: now,
    who: ADMIN,
    address: "host",
    deed: "set-password",
    what: `${who} (${role})`,
  }),
];

/** The administrator's. */
export const setPassword = (hash: string, now: number): readonly Statement[] =>
  setUser({ who: ADMIN, role: "administrator", hash, now });

export const removeUser = (who: string, now: number): readonly Statement[] => [
  { sql: "DELETE FROM admin_password WHERE who = ?", values: [who] },
  ...endSessionsOf(who),
  addAudit({ at: now, who: ADMIN, address: "host", deed: "removed-user", what: who }),
];

const endSessionsOf = (who: string): readonly Statement[] => [
  { sql: "DELETE FROM admin_session WHERE who = ?", values: [who] },
];

export const passwordOf = (who: string): Statement => ({
  sql: "SELECT who, role, hash FROM admin_password WHERE who = ?",
  values: [who],
});

export const pageUsers = (): Statement => ({
  sql: "SELECT who, role FROM admin_password ORDER BY who",
  values: [],
});

export const readPageUser = (row: Row): PageUser => ({
  who: String(row["who"]),
  role: readRole(row["role"]),
});

export type Session = {
  readonly tokenHash: string;
  readonly who: string;
  readonly role: Role;
  readonly beganAt: number;
  readonly endsAt: number;
};

export const addSession = ({
  tokenHash,
  who,
  beganAt,
  endsAt,
}: Omit<Session, "role">): Statement => ({
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

/** With the role that its user has now. */
export const sessionByHash = (tokenHash: string): Statement => ({
  sql: `SELECT token_hash, admin_session.who AS who, role, began_at, ends_at FROM admin_session
        JOIN admin_password ON admin_password.who = admin_session.who WHERE token_hash = ?`,
  values: [tokenHash],
});

export const readSession = (row: Row): Session => ({
  tokenHash: String(row["token_hash"]),
  ...readPageUser(row),
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
