// A folder that is gone after the test, and stores opened in it; or, where a test file says so, stores of
// their own in a PostgreSQL database.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type SqliteStoreOptions } from "../../src/store/sqlite-store.ts";
import type { DaemonStore } from "../../src/store/store.ts";

export type StoreFolder = {
  readonly folder: string;
  /** Of the file; of a PostgreSQL database, its address with the name behind "#". */
  readonly path: string;
  open(options?: Partial<SqliteStoreOptions>): Promise<DaemonStore>;
  [Symbol.asyncDispose](): Promise<void>;
};

export const noteMigrations = [
  { id: "test-1", statements: ["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)"] },
];

let pathIn = (folder: string): string => join(folder, "store.db");
let schemas = 0;

/** From now on stores of this test file are in the database of that address. */
export function keepStoresIn(urlOf: () => string): void {
  pathIn = () => `${urlOf()}#test_${process.pid}_${++schemas}`;
}

/** @param options.path as StoreFolder has it */
export async function openStoreAt(options: SqliteStoreOptions): ReturnType<typeof openSqliteStore> {
  const [url = "", name] = options.path.split("#");
  if (name === undefined) return openSqliteStore(options);
  const { openPostgresStore } = await import("../../src/store/postgres-store.ts");
  return openPostgresStore({ ...options, url, name });
}

export function storeFolder(): StoreFolder {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-store-"));
  const path = pathIn(folder);
  const stores: DaemonStore[] = [];
  return {
    folder,
    path,
    async open(options) {
      const opened = await openStoreAt({ path, migrations: noteMigrations, ...options });
      if (!opened.ok) throw new Error(opened.failure.reason);
      stores.push(opened.value);
      return opened.value;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((store) => store.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Commits that stand in a write-ahead log: frames whose "size after commit" is not zero.
 * @source SQLite, "Database File Format", 4.1
 */
export function commitsInLog(path: string): number {
  const log = readFileSync(`${path}-wal`);
  const frameBytes = 24 + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let commits = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
    if (log.subarray(at + 8, at + 16).equals(salt) && log.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}
