/** An installation's schema as a whole: whether it is there, its name, its end. */
import { toError } from "../lib/failure.ts";
import { openConnection, type Connection } from "./postgres-connection.ts";
import { schemaOf, type PostgresPlace } from "./postgres-place.ts";
import { toStoreError } from "./postgres-writer.ts";

const ANSWER_MS = 10_000;

/** Each rejects with StoreFailure. */
export const hasPostgresSchema = (place: PostgresPlace): Promise<boolean> =>
  over(place, async (connection) => {
    const [row] = await connection.say(
      `SELECT to_regnamespace('${schemaOf(place)}') IS NOT NULL AS is_there`,
    );
    return row?.["is_there"] === 1;
  });

export const renamePostgresSchema = (place: PostgresPlace, name: string): Promise<void> =>
  over(place, async (connection) => {
    await connection.say(`ALTER SCHEMA ${schemaOf(place)} RENAME TO ${schemaOf({ name })}`);
  });

export const dropPostgresSchema = (place: PostgresPlace): Promise<void> =>
  over(place, async (connection) => {
    await connection.say(`DROP SCHEMA IF EXISTS ${schemaOf(place)} CASCADE`);
  });

async function over<T>(
  place: PostgresPlace,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  try {
    const connection = await openConnection(place.url, { answerMs: ANSWER_MS });
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  } catch (thrown) {
    throw toStoreError(toError(thrown));
  }
}
