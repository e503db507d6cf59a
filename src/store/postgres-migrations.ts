/**
 * Brings an installation's schema to what the rooms ask for, or says why not and leaves it as it was.
 * All that is pending is one transaction; of two hosts that start at once, one waits for the other.
 */
import { failed, succeeded, toError, type Result } from "../lib/failure.ts";
import type { Connection } from "./postgres-connection.ts";
import { describePostgresError } from "./postgres-failure.ts";
import { beginIn, schemaOf, type PostgresPlace } from "./postgres-place.ts";
import { toPostgresSchema } from "./postgres-sql.ts";
import { isAddition, type Migration, type OpenFailure } from "./store.ts";

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
  connection: Connection,
  { place, migrations }: { place: PostgresPlace; migrations: readonly Migration[] },
): Promise<Result<void, OpenFailure>> {
  try {
    await connection.say(beginIn(place, "migrate"));
    const pending = await pendingMigrations(connection, { place, migrations });
    if (!pending.ok) {
      await connection.say("ROLLBACK");
      return pending;
    }
    if (!(await hasSchema(connection, place)))
      await connection.say(`CREATE SCHEMA ${schemaOf(place)}`);
    await connection.say(OWN_TABLES.join("; "));
    for (const { id, statements, postgres } of pending.value) {
      for (const statement of postgres ?? statements)
        await connection.say(toPostgresSchema(statement));
      const values = [id, new Date().toISOString()];
      await connection.run({
        text: "INSERT INTO migration (id, applied_at) VALUES ($1, $2)",
        values,
      });
    }
    await connection.say("COMMIT");
    return succeeded(undefined);
  } catch (thrown) {
    await connection.say("ROLLBACK").catch(() => undefined);
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
  connection: Connection,
  { place, migrations }: { place: PostgresPlace; migrations: readonly Migration[] },
): Promise<Result<readonly Migration[], OpenFailure>> {
  const [server] = await connection.say("SELECT current_setting('server_encoding') AS encoding");
  if (server?.["encoding"] !== "UTF8") return failed(notUtf8);
  const [table] = await connection.say(
    `SELECT to_regclass('${schemaOf(place)}.migration') IS NOT NULL AS is_there`,
  );
  const isThere = table?.["is_there"] === 1;
  const applied = isThere
    ? await connection.say(`SELECT id FROM ${schemaOf(place)}.migration`)
    : [];
  const known = new Set(migrations.map(({ id }) => id));
  const done = new Set(applied.map(({ id }) => String(id)));
  if (![...done].every((id) => known.has(id) || isAddition(id))) return failed(isNewer);
  return succeeded(migrations.filter(({ id }) => !done.has(id)));
}

async function hasSchema(connection: Connection, place: PostgresPlace): Promise<boolean> {
  const name = schemaOf(place);
  const [row] = await connection.say(`SELECT to_regnamespace('${name}') IS NOT NULL AS is_there`);
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
