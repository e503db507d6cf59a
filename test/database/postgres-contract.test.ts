// What the tests of test/store and test/outbox tell of the SQLite engine, told of PostgreSQL.
import { afterAll, beforeAll, describe } from "@jest/globals";
import { storeContract } from "../store/store-contract.ts";
import { keepStoresIn, storeFolder } from "../store/store-folder.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

keepStoresIn(() => server.url);

describe("the store", () => storeContract({ newPlace: storeFolder }));
