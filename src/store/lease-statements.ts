/** What hosts ask PostgreSQL of each other and of their leases: see leases.ts, which says it in time. */
import type { Lease } from "./leases.ts";
import type { Statement } from "./store.ts";

/** Whoever lost a session that somebody ended, and lives, has another one by then. */
const GONE_MS = 2_000;

/** Milliseconds since 1970, of the database: hosts' clocks differ. */
const NOW = "(extract(epoch FROM clock_timestamp()) * 1000)";

/** Of rows of `host`. One that knows no session, of the version before, is only known by its silence. */
export const aliveWithin = (silentMs: number): string =>
  `seen_at > ${NOW} - ${silentMs} AND (seen_at > ${NOW} - ${GONE_MS} OR session IS NULL
     OR EXISTS (SELECT 1 FROM pg_stat_get_activity(CAST(session AS integer))))`;

export const beatOf = (host: string): Statement => ({
  sql: `INSERT INTO host (id, seen_at, session) VALUES (?, ${NOW}, pg_backend_pid())
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, session = excluded.session`,
  values: [host],
});

/** Names come as JSON: their number is not that of the places in a text that is prepared once. */
const NAMES = "(SELECT jsonb_array_elements_text(CAST(? AS jsonb)))";

export const known = (names: readonly string[]): Statement => ({
  sql: `INSERT INTO lease (name) SELECT new.name FROM ${NAMES} AS new (name)
    ON CONFLICT (name) DO NOTHING`,
  values: [JSON.stringify(names)],
});

export const count = ({
  host,
  names,
  alive,
}: {
  readonly host: string;
  readonly names: readonly string[];
  readonly alive: string;
}): Statement => ({
  sql: `SELECT (SELECT count(*) FROM lease WHERE name IN ${NAMES}) AS leases,
    (SELECT count(*) FROM host WHERE id = ? OR (${alive})) AS hosts`,
  values: [JSON.stringify(names), host],
});

/** Finds a row where nobody does what somebody has to. */
export const free = (names: readonly string[], alive: string): Statement => ({
  sql: `SELECT 1 AS is_free FROM lease WHERE name IN ${NAMES}
    AND (host IS NULL OR host NOT IN (SELECT id FROM host WHERE ${alive})) LIMIT 1`,
  values: [JSON.stringify(names)],
});

export const take = (asked: {
  readonly host: string;
  readonly wanted: readonly string[];
  readonly most: number;
  /** Also what belongs to a host that counts as dead, if this session is still that of the beat. */
  readonly isFromDead: boolean;
  readonly alive: string;
}): Statement => ({
  sql: `UPDATE lease SET host = ?, token = token + 1 WHERE name IN (
    SELECT name FROM lease WHERE name IN ${NAMES}
      AND (host IS NULL OR (
        ? = 1 AND host NOT IN (SELECT id FROM host WHERE ${asked.alive})
        AND EXISTS (SELECT 1 FROM host WHERE id = ? AND session = pg_backend_pid())))
    ORDER BY name LIMIT ?)`,
  values: [
    asked.host,
    JSON.stringify(asked.wanted),
    asked.isFromDead ? 1 : 0,
    asked.host,
    asked.most,
  ],
});

export const heldBy = (host: string): Statement => ({
  sql: "SELECT name, token FROM lease WHERE host = ? ORDER BY name",
  values: [host],
});

export const give = (host: string, { name, token }: Lease): Statement => ({
  sql: "UPDATE lease SET host = NULL WHERE name = ? AND host = ? AND token = ?",
  values: [name, host, token],
});

export const giveAll = (host: string): Statement => ({
  sql: "UPDATE lease SET host = NULL WHERE host = ?",
  values: [host],
});

/** With all that have been gone for a day. */
export const leave = (host: string): Statement => ({
  sql: `DELETE FROM host WHERE id = ? OR seen_at < ${NOW} - 86400000`,
  values: [host],
});
