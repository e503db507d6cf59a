/**
 * A store with very many calls, each told to Kommo, written in the real schema by SQL in bulk: as long
 * as it takes a daemon to accept them would be years.
 */
import { DatabaseSync } from "node:sqlite";
import { storeMigrations } from "../src/cli/daemon/store-migrations.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";

/** The n-th call, from 1. */
export const bulkId = (n: number): string => `${FIRST_SECOND + n}.${n}`;

const FIRST_SECOND = 1_500_000_000;
const SLICE = 1_000_000;

/** @returns seconds that it took */
export async function writeManyCalls(path: string, calls: number): Promise<number> {
  const begun = performance.now();
  const opened = await openSqliteStore({ path, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  await opened.value.close();
  const db = new DatabaseSync(path);
  db.exec(
    "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000",
  );
  const dropped = db
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN ('call', 'step')",
    )
    .all();
  for (const { type, name } of dropped) db.exec(`DROP ${String(type)} ${String(name)}`);
  for (let from = 1; from <= calls; from += SLICE) {
    const to = Math.min(calls, from + SLICE - 1);
    db.exec(
      `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})
       INSERT INTO call (id, started_at, ended_at, direction, result, client_key, facts, decisions, accepted_at)
       SELECT (${FIRST_SECOND} + i) || '.' || i, (${FIRST_SECOND} + i) * 1e3, (${FIRST_SECOND} + i) * 1e3 + 6e4,
         'inbound', 'answered', printf('9%09d', abs(random()) % 1000000000), '${FACTS}', '[]',
         (${FIRST_SECOND} + i) * 1e3 + 61e3 FROM n`,
    );
    db.exec(
      `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})
       INSERT INTO step (id, turn, origin, key, kind, payload, state, attempt, due_at, created_at, finished_at, answer)
       SELECT i, i, (${FIRST_SECOND} + i) || '.' || i, '', 'register-call', '{"kind":"register-call"}', 'done', 1, 0,
         (${FIRST_SECOND} + i) * 1000, (${FIRST_SECOND} + i) * 1000 + 62000, '{"kind":"done"}' FROM n`,
    );
  }
  for (const { sql } of dropped) db.exec(String(sql));
  db.exec("PRAGMA journal_mode = WAL");
  db.close();
  return (performance.now() - begun) / 1_000;
}

const FACTS = JSON.stringify({
  linkedId: "1795261714.0",
  direction: "inbound",
  result: "answered",
  clientPhone: "79161234567",
  conversations: [{ extension: "101", result: "answered", withClient: true }],
});
