/**
 * Finished calls as rows: the moment a call is accepted. The row and the steps that book the call are
 * one transaction, so a call is either not accepted at all or accepted with all that is to be done.
 */
import type { Row, Statement } from "../store/store.ts";
import type { FinishedCall } from "./finished-call.ts";

/** Ids are those of Kommo's `uniq`. Numbers stand here in clear: the store is readable by the service alone. */
export const callSchema = {
  id: "calls-1",
  statements: [
    `CREATE TABLE call (
       id TEXT PRIMARY KEY,
       started_at REAL NOT NULL,
       ended_at REAL NOT NULL,
       direction TEXT NOT NULL,
       result TEXT NOT NULL,
       client_key TEXT NOT NULL,
       facts TEXT NOT NULL,
       decisions TEXT NOT NULL,
       accepted_at REAL NOT NULL
     )`,
    `CREATE INDEX call_started ON call (started_at)`,
    `CREATE INDEX call_client ON call (client_key, started_at)`,
  ],
};

export type AcceptedCall = {
  /** The call's `uniq`. */
  readonly id: string;
  readonly call: FinishedCall;
  readonly clientKey: string;
  readonly decisions: readonly { readonly decided: string; readonly because: string }[];
  readonly acceptedAt: number;
};

/** Fails as a whole, with a constraint error, when the call was accepted before. */
export const acceptCall = (accepted: AcceptedCall): Statement => ({
  sql: `INSERT INTO call (id, started_at, ended_at, direction, result, client_key, facts, decisions, accepted_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  values: [
    accepted.id,
    accepted.call.startedAt,
    accepted.call.endedAt,
    accepted.call.direction,
    accepted.call.result,
    accepted.clientKey,
    JSON.stringify(accepted.call),
    JSON.stringify(accepted.decisions),
    accepted.acceptedAt,
  ],
});

/** Of a call that was left out and is planned anew. */
export const replaceDecisions = ({
  id,
  clientKey,
  decisions,
}: Pick<AcceptedCall, "id" | "clientKey" | "decisions">): Statement => ({
  sql: `UPDATE call SET client_key = ?, decisions = ? WHERE id = ?`,
  values: [clientKey, JSON.stringify(decisions), id],
});

export const callById = (id: string): Statement => ({
  sql: `SELECT facts, decisions FROM call WHERE id = ?`,
  values: [id],
});

/** Those of them that were accepted. */
export const callsAmong = (ids: readonly string[]): Statement => ({
  sql: `SELECT id, facts, decisions FROM call WHERE id IN (SELECT value FROM json_each(?))`,
  postgres: `SELECT id, facts, decisions FROM call
             WHERE id IN (SELECT jsonb_array_elements_text(CAST(? AS jsonb)))`,
  values: [JSON.stringify(ids)],
});

/** @throws when the row was not written by `acceptCall` */
export function readAcceptedCall(row: Row): Pick<AcceptedCall, "call" | "decisions"> {
  return {
    call: JSON.parse(String(row["facts"])) as FinishedCall,
    decisions: JSON.parse(String(row["decisions"])) as AcceptedCall["decisions"],
  };
}

/** Who of the employees talked with a client last. @param since ms; earlier talks do not count */
export const lastTalkWith = (clientKey: string, since: number): Statement => ({
  sql: `SELECT facts FROM call
        WHERE client_key = ? AND started_at >= ? AND result = 'answered' AND direction <> 'internal'
        ORDER BY started_at DESC LIMIT 1`,
  values: [clientKey, since],
});

export const readLastTalk = (row: Row | undefined): FinishedCall["answeredBy"] =>
  row === undefined ? undefined : (JSON.parse(String(row["facts"])) as FinishedCall).answeredBy;
