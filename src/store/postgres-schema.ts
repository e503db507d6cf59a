/** An installation's schema as a whole: whether it is there, its name, its end. */
import { toError } from "../lib/failure.ts";
import {
  createConnections,
  schemaOf,
  type PostgresPlace,
  type Writer,
} from "./postgres-connections.ts";
import { toStoreError } from "./postgres-writer.ts";

/** Each rejects with StoreFailure. */
export const hasPostgresSchema = (place: PostgresPlace): Promise<boolean> =>
  withWriter(place, async (writer) => {
    const [row] = await writer.say(
      `SELECT to_regnamespace('${schemaOf(place)}') IS NOT NULL AS is_there`,
    );
    return row?.["is_there"] === 1;
  });

export const renamePostgresSchema = (place: PostgresPlace, name: string): Promise<void> =>
  withWriter(place, async (writer) => {
    await writer.say(`ALTER SCHEMA ${schemaOf(place)} RENAME TO ${schemaOf({ name })}`);
  });

export const dropPostgresSchema = (place: PostgresPlace): Promise<void> =>
  withWriter(place, async (writer) => {
    await writer.say(`DROP SCHEMA IF EXISTS ${schemaOf(place)} CASCADE`);
  });

async function withWriter<T>(
  place: PostgresPlace,
  use: (writer: Writer) => Promise<T>,
): Promise<T> {
  try {
    const writer = await (await createConnections(place)).openWriter();
    try {
      return await use(writer);
    } finally {
      await writer.close();
    }
  } catch (thrown) {
    throw toStoreError(toError(thrown));
  }
}
