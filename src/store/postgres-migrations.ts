/**
 * Brings an installation's schema to what the rooms ask for, or says why not and leaves it as it was.
 * All that is pending is one transaction; of two hosts that start at once, one waits for the other.
 */
import { failed, succeeded, toError, type Result } from "../lib/failure.ts";
import { lockNumbers, schemaOf, type PostgresPlace, type Writer } from "./postgres-connections.ts";
import { describePostgresError } from "./postgres-failure.ts";
import { toPostgresSchema } from "./postgres-sql.ts";
import type { Migration, OpenFailure } from "./store.ts";

/**
 * `migration` says which were applied, as in SQLite; `last_write` which transaction of each open store
 * was the last to be kept (postgres-writer.ts).
 */
const OWN_TABLES = [
  "CREATE TABLE IF NOT EXISTS migration (id text PRIMARY KEY, applied_at text NOT NULL)",
  `CREATE TABLE IF NOT EXISTS last_write (
     writer text PRIMARY KEY, number bigint NOT NULL, at timestamptz NOT NULL
   )`,
  "DELETE FROM last_write WHERE at < now() - interval '7 days'",
];

export async function migratePostgres(
  writer: Writer,
  { place, migrations }: { place: PostgresPlace; migrations: readonly Migration[] },
): Promise<Result<void, OpenFailure>> {
  await writer.say(`BEGIN; SELECT pg_advisory_xact_lock(${lockNumbers("migrate", place)})`);
  try {
    const pending = await pendingMigrations(writer, { place, migrations });
    if (!pending.ok) {
      await writer.say("ROLLBACK");
      return pending;
    }
    if (!(await hasSchema(writer, place))) await writer.say(`CREATE SCHEMA ${schemaOf(place)}`);
    await writer.say(OWN_TABLES.join("; "));
    for (const { id, statements, postgres } of pending.value) {
      for (const statement of postgres ?? statements) await writer.say(toPostgresSchema(statement));
      const values = [id, new Date().toISOString()];
      await writer.run({ text: "INSERT INTO migration (id, applied_at) VALUES ($1, $2)", values });
    }
    await writer.say("COMMIT");
    return succeeded(undefined);
  } catch (thrown) {
    await writer.say("ROLLBACK").catch(() => undefined);
    const told = describePostgresError(toError(thrown));
    if (told === undefined || told.code !== "POSTGRES_ERROR") throw thrown;
    return failed({
      kind: "not-migrated",
      reason: `the store could not be brought to this version's form: ${told.message}`,
      hint: "nothing was changed, and the version before still opens it; report this as a bug",
    });
  }
}

/** Which migrations the schema still needs; all of them where there is none. Changes nothing. */
export async function pendingMigrations(
  writer: Writer,
  { place, migrations }: { place: PostgresPlace; migrations: readonly Migration[] },
): Promise<Result<readonly Migration[], OpenFailure>> {
  const [server] = await writer.say("SELECT current_setting('server_encoding') AS encoding");
  if (server?.["encoding"] !== "UTF8") return failed(notUtf8);
  const [table] = await writer.say(
    `SELECT to_regclass('${schemaOf(place)}.migration') IS NOT NULL AS is_there`,
  );
  const isThere = table?.["is_there"] === 1;
  const applied = isThere ? await writer.say("SELECT id FROM migration") : [];
  const known = new Set(migrations.map(({ id }) => id));
  if (applied.some(({ id }) => !known.has(String(id)))) return failed(isNewer);
  const done = new Set(applied.map(({ id }) => String(id)));
  return succeeded(migrations.filter(({ id }) => !done.has(id)));
}

async function hasSchema(writer: Writer, place: PostgresPlace): Promise<boolean> {
  const name = schemaOf(place);
  const [row] = await writer.say(`SELECT to_regnamespace('${name}') IS NOT NULL AS is_there`);
  return row?.["is_there"] === 1;
}

const notUtf8: OpenFailure = {
  kind: "unusable",
  reason: "the database of store.url does not keep texts in UTF8",
  hint: "create it with ENCODING 'UTF8' (docs/postgresql.md)",
};

const isNewer: OpenFailure = {
  kind: "newer-schema",
  reason: "the store was written by a newer asterisk-kommo, and nothing in it was touched",
  hint: "install that version again, or restore the pg_dump from before the upgrade",
};
