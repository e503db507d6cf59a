/**
 * What is kept of dialling from Kommo.
 *
 * `dial`: one row for each dial that was asked for, also a refused one: who, whom, when, what became
 *   of it. `state` is that of progress.ts, or "refused" with the code in `reason`.
 * `used_token`: one-time tokens until they end. `kept_answer`: what an Idempotency-Key was answered.
 * `widget_ticket`: sessions of browsers; `hash` is that of the ticket, which is kept nowhere.
 * Times are milliseconds since 1970.
 */
import type { Card } from "../kommo/step.ts";
import { sql, type Migration, type Row, type Statement } from "../store/store.ts";

export const originateMigrations: readonly Migration[] = [
  {
    id: "originate-1",
    statements: [
      `CREATE TABLE dial (
        id TEXT PRIMARY KEY,
        asked_at INTEGER NOT NULL,
        user_id INTEGER NOT NULL,
        proof TEXT NOT NULL,
        asked_phone TEXT NOT NULL,
        phone TEXT,
        extension TEXT,
        context TEXT,
        card_type TEXT,
        card_id INTEGER,
        state TEXT NOT NULL,
        reason TEXT,
        ended_at INTEGER
      )`,
      "CREATE INDEX dial_asked ON dial (asked_at)",
      "CREATE TABLE used_token (jti TEXT PRIMARY KEY, ends_at INTEGER NOT NULL)",
      `CREATE TABLE kept_answer (
        id TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        status INTEGER NOT NULL,
        body TEXT NOT NULL,
        ends_at INTEGER NOT NULL
      )`,
      `CREATE TABLE widget_ticket (
        hash TEXT PRIMARY KEY,
        account_id INTEGER NOT NULL,
        user_id INTEGER NOT NULL,
        is_admin INTEGER NOT NULL,
        origin TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        revoked_at INTEGER
      )`,
      "CREATE INDEX widget_ticket_user ON widget_ticket (user_id)",
    ],
  },
  {
    // A start ends the dials that were under way: a few among those of a year.
    id: "originate-2",
    statements: ["CREATE INDEX dial_open ON dial (ended_at) WHERE ended_at IS NULL"],
  },
];

export type DialRow = {
  readonly id: string;
  readonly askedAt: number;
  readonly userId: number;
  /** "one-time token", "api key crm-script" */
  readonly proof: string;
  /** As it was asked for, cut to 64 characters. */
  readonly askedPhone: string;
  readonly phone: string | undefined;
  readonly extension: string | undefined;
  readonly context: string | undefined;
  readonly card: Card | undefined;
  readonly state: string;
  readonly reason: string | undefined;
  readonly endedAt: number | undefined;
};

export const insertDial = (row: DialRow): Statement =>
  sql(
    `INSERT INTO dial (id, asked_at, user_id, proof, asked_phone, phone, extension, context,
       card_type, card_id, state, reason, ended_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    row.id,
    Math.round(row.askedAt),
    row.userId,
    row.proof,
    row.askedPhone,
    row.phone ?? null,
    row.extension ?? null,
    row.context ?? null,
    row.card?.type ?? null,
    row.card?.id ?? null,
    row.state,
    row.reason ?? null,
    row.endedAt === undefined ? null : Math.round(row.endedAt),
  );

export const updateDial = (
  id: string,
  end: { readonly state: string; readonly reason: string | undefined; readonly endedAt: number },
): Statement =>
  sql(
    "UPDATE dial SET state = ?, reason = ?, ended_at = ? WHERE id = ?",
    end.state,
    end.reason ?? null,
    Math.round(end.endedAt),
    id,
  );

/** The daemon was not there when they ended. */
export const closeOpenDials = (now: number): Statement =>
  sql("UPDATE dial SET state = 'unknown', ended_at = ? WHERE ended_at IS NULL", Math.round(now));

/** Newest first. */
export const newestDials = (most: number): Statement =>
  sql("SELECT * FROM dial ORDER BY asked_at DESC, id LIMIT ?", most);

/** Those on whose card a call may still have to be booked. */
export const dialsWithCardSince = (since: number, most: number): Statement =>
  sql(
    `SELECT * FROM dial WHERE asked_at >= ? AND card_id IS NOT NULL AND state <> 'refused'
     ORDER BY asked_at DESC LIMIT ?`,
    Math.round(since),
    most,
  );

export function readDial(row: Row): DialRow {
  const text = (name: string): string | undefined =>
    typeof row[name] === "string" ? row[name] : undefined;
  const number = (name: string): number | undefined =>
    typeof row[name] === "number" ? row[name] : undefined;
  const [type, cardId] = [text("card_type"), number("card_id")];
  return {
    id: text("id") ?? "",
    askedAt: number("asked_at") ?? 0,
    userId: number("user_id") ?? 0,
    proof: text("proof") ?? "",
    askedPhone: text("asked_phone") ?? "",
    phone: text("phone"),
    extension: text("extension"),
    context: text("context"),
    card:
      type === undefined || cardId === undefined
        ? undefined
        : { type: type as Card["type"], id: cardId },
    state: text("state") ?? "",
    reason: text("reason"),
    endedAt: number("ended_at"),
  };
}

export type UsedToken = { readonly jti: string; readonly endsAt: number };

export const insertUsedToken = ({ jti, endsAt }: UsedToken): Statement =>
  sql(
    "INSERT INTO used_token (jti, ends_at) VALUES (?, ?) ON CONFLICT (jti) DO NOTHING",
    jti,
    Math.round(endsAt),
  );

export const usedTokens = (now: number): Statement =>
  sql("SELECT * FROM used_token WHERE ends_at > ?", Math.round(now));

export const readUsedToken = (row: Row): UsedToken => ({
  jti: String(row["jti"]),
  endsAt: Number(row["ends_at"]),
});

export type KeptAnswer = {
  /** User and Idempotency-Key. */
  readonly id: string;
  /** A hash of what was asked. */
  readonly request: string;
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly endsAt: number;
};

export const insertKeptAnswer = (answer: KeptAnswer): Statement =>
  sql(
    `INSERT INTO kept_answer (id, request, status, body, ends_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET request = excluded.request, status = excluded.status,
       body = excluded.body, ends_at = excluded.ends_at`,
    answer.id,
    answer.request,
    answer.status,
    answer.body,
    Math.round(answer.endsAt),
  );

export const dropKeptAnswer = (id: string): Statement =>
  sql("DELETE FROM kept_answer WHERE id = ?", id);

export const keptAnswers = (now: number): Statement =>
  sql("SELECT * FROM kept_answer WHERE ends_at > ?", Math.round(now));

export const readKeptAnswer = (row: Row): KeptAnswer => ({
  id: String(row["id"]),
  request: String(row["request"]),
  status: Number(row["status"]),
  body: String(row["body"]),
  endsAt: Number(row["ends_at"]),
});

export type TicketRow = {
  readonly hash: string;
  readonly accountId: number;
  readonly userId: number;
  readonly isAdmin: boolean;
  readonly origin: string;
  readonly madeAt: number;
  readonly endsAt: number;
};

export const insertTicket = (row: TicketRow): Statement =>
  sql(
    `INSERT INTO widget_ticket (hash, account_id, user_id, is_admin, origin, made_at, ends_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING`,
    row.hash,
    row.accountId,
    row.userId,
    row.isAdmin ? 1 : 0,
    row.origin,
    Math.round(row.madeAt),
    Math.round(row.endsAt),
  );

export const goodTickets = (now: number): Statement =>
  sql(
    "SELECT * FROM widget_ticket WHERE ends_at > ? AND revoked_at IS NULL ORDER BY made_at",
    Math.round(now),
  );

/** @param userId undefined: of all users @returns a row for each */
export const revokeTickets = (userId: number | undefined, now: number): Statement =>
  userId === undefined
    ? sql(
        "UPDATE widget_ticket SET revoked_at = ? WHERE revoked_at IS NULL AND ends_at > ? RETURNING hash",
        Math.round(now),
        Math.round(now),
      )
    : sql(
        `UPDATE widget_ticket SET revoked_at = ?
         WHERE revoked_at IS NULL AND ends_at > ? AND user_id = ? RETURNING hash`,
        Math.round(now),
        Math.round(now),
        userId,
      );

export const revokeTicket = (hash: string, now: number): Statement =>
  sql("UPDATE widget_ticket SET revoked_at = ? WHERE hash = ?", Math.round(now), hash);

export const readTicket = (row: Row): TicketRow => ({
  hash: String(row["hash"]),
  accountId: Number(row["account_id"]),
  userId: Number(row["user_id"]),
  isAdmin: row["is_admin"] === 1,
  origin: String(row["origin"]),
  madeAt: Number(row["made_at"]),
  endsAt: Number(row["ends_at"]),
});

/** What is over: tokens, answers and tickets at their end, dials after a year. */
export const forgetOver = (now: number): readonly Statement[] => [
  sql("DELETE FROM used_token WHERE ends_at <= ?", Math.round(now)),
  sql("DELETE FROM kept_answer WHERE ends_at <= ?", Math.round(now)),
  sql("DELETE FROM widget_ticket WHERE ends_at <= ?", Math.round(now - 30 * DAY_MS)),
  sql("DELETE FROM dial WHERE asked_at <= ?", Math.round(now - 366 * DAY_MS)),
];
const DAY_MS = 86_400_000;
