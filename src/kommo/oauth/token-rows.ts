/**
 * How the authorisation stands in the store, whose file only the daemon's user reads: one pair of
 * tokens, and the id of the account that everything else in this store belongs to.
 */
import { epochMs, type EpochMs } from "../../lib/clock.ts";
import type { Migration, Row, Statement } from "../../store/store.ts";
import type { TokenPair } from "./pair.ts";

export type KeptPair = TokenPair & {
  /** The integration that it was issued to. */
  readonly clientId: string;
  /** Of the consent that it goes back to; tells a pair that was taken over from a new one. */
  readonly grantId: string;
  /** By the host's clock, which may be set: only for messages and after a restart. */
  readonly issuedAt: EpochMs;
};

export const kommoMigrations: readonly Migration[] = [
  {
    id: "kommo-1",
    statements: [
      `CREATE TABLE token (
         id INTEGER PRIMARY KEY CHECK (id = 1),
         client_id TEXT NOT NULL,
         grant_id TEXT NOT NULL,
         access_token TEXT NOT NULL,
         refresh_token TEXT NOT NULL,
         expires_in BIGINT NOT NULL,
         issued_at BIGINT NOT NULL
       )`,
      `CREATE TABLE kommo_account (
         id INTEGER PRIMARY KEY CHECK (id = 1),
         account_id BIGINT NOT NULL
       )`,
    ],
  },
];

export const readPair: Statement = { sql: "SELECT * FROM token WHERE id = 1", values: [] };

export const savePair = (pair: KeptPair): Statement => ({
  sql: `INSERT INTO token (id, client_id, grant_id, access_token, refresh_token, expires_in, issued_at)
        VALUES (1, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, grant_id = excluded.grant_id,
          access_token = excluded.access_token, refresh_token = excluded.refresh_token,
          expires_in = excluded.expires_in, issued_at = excluded.issued_at`,
  values: [
    pair.clientId,
    pair.grantId,
    pair.accessToken,
    pair.refreshToken,
    pair.expiresInSeconds,
    Math.round(pair.issuedAt),
  ],
});

export const parsePair = (row: Row): KeptPair => ({
  clientId: String(row["client_id"]),
  grantId: String(row["grant_id"]),
  accessToken: String(row["access_token"]),
  refreshToken: String(row["refresh_token"]),
  expiresInSeconds: Number(row["expires_in"]),
  issuedAt: epochMs(Number(row["issued_at"])),
});

export const readAccountId: Statement = {
  sql: "SELECT account_id FROM kommo_account WHERE id = 1",
  values: [],
};

/** Only the first is kept. */
export const saveAccountId = (accountId: number): Statement => ({
  sql: "INSERT INTO kommo_account (id, account_id) VALUES (1, ?) ON CONFLICT (id) DO NOTHING",
  values: [accountId],
});

export const parseAccountId = (row: Row | undefined): number | undefined =>
  row === undefined ? undefined : Number(row["account_id"]);
