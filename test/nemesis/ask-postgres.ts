/** Looks into an installation in PostgreSQL while its daemon runs. Exports `openPostgresAsker`. */
import pg from "pg";
import { schemaOf } from "../../src/store/postgres-place.ts";
import type { Asker, Row } from "./ask-store.ts";

/** Its session begins with the first question. */
export function openPostgresAsker({ url, schema }: { url: string; schema: string }): Asker {
  let session: Promise<pg.Client> | undefined;
  async function begin(): Promise<pg.Client> {
    const options = `-c search_path=${schemaOf({ name: schema })}`;
    const client = new pg.Client({ connectionString: url, options });
    client.on("error", () => undefined); // the next question tells
    await client.connect();
    return client;
  }
  return {
    async ask(statements) {
      const client = await (session ??= begin());
      const answers: Row[][] = [];
      for (const text of statements) answers.push((await client.query<Row>(text)).rows);
      return answers;
    },
    async close() {
      await (await session)?.end();
    },
  };
}
