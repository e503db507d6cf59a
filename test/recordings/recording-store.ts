/** A store with the tables of recordings, in a folder of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingMigrations } from "../../src/recordings/schema.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Row, Statement, Store } from "../../src/store/store.ts";

export type RecordingStore = AsyncDisposable & {
  readonly folder: string;
  readonly store: Store;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
};

export async function openRecordingStore(): Promise<RecordingStore> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-recordings-"));
  const opened = await openSqliteStore({
    path: join(folder, "store.db"),
    migrations: recordingMigrations,
  });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  return {
    folder,
    store,
    keep: (statements) => store.write(statements),
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
