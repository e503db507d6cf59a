import { afterAll, beforeAll } from "@jest/globals";
import { storeContract } from "../store/store-contract.ts";
import { postgresPlace } from "./postgres-place.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

storeContract({ newPlace: () => postgresPlace(server) });
