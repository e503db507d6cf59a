// Installations in the schemas of one throw-away PostgreSQL, each gone with its test.
import { openPostgresStore, type PostgresStoreOptions } from "../../src/store/postgres-store.ts";
import type { DaemonStore } from "../../src/store/store.ts";
import { noteMigrations } from "../store/store-folder.ts";
import type { PostgresServer } from "./postgres-server.ts";

export type PostgresTestPlace = {
  readonly url: string;
  readonly name: string;
  open(options?: Partial<PostgresStoreOptions>): Promise<DaemonStore>;
  [Symbol.asyncDispose](): Promise<void>;
};

let places = 0;

export function postgresPlace({ url }: Pick<PostgresServer, "url">): PostgresTestPlace {
  const name = `test_${++places}`;
  const stores: DaemonStore[] = [];
  return {
    url,
    name,
    async open(options) {
      const opened = await openPostgresStore({ url, name, migrations: noteMigrations, ...options });
      if (!opened.ok) throw new Error(`${opened.failure.reason}; ${opened.failure.hint}`);
      stores.push(opened.value);
      return opened.value;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}
