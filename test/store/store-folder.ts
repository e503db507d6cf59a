// A folder that is gone after the test, and stores opened in it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type SqliteStoreOptions } from "../../src/store/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";

export type StoreFolder = {
  readonly folder: string;
  readonly path: string;
  open(options?: Partial<SqliteStoreOptions>): Promise<Store>;
  [Symbol.asyncDispose](): Promise<void>;
};

export const noteMigrations = [
  { id: "test-1", statements: ["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)"] },
];

export function storeFolder(): StoreFolder {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-store-"));
  const path = join(folder, "store.db");
  const stores: Store[] = [];
  return {
    folder,
    path,
    async open(options) {
      const opened = await openSqliteStore({ path, migrations: noteMigrations, ...options });
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
