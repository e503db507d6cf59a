// The outbox's tests, on PostgreSQL: the ledger and its states are the same over both engines.
import { afterAll, beforeAll } from "@jest/globals";
import { keepStoresIn } from "../store/store-folder.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

keepStoresIn(() => server.url);

for (const name of [
  ...["batches", "crash", "halts", "line", "lost-answers", "order", "stop", "store-trouble"],
])
  await import(`../outbox/${name}.test.ts`);
