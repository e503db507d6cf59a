/** A store of which somebody is told how each write went. Exports `watchedStore`. */
import type { Clock } from "../../lib/clock.ts";
import type { SqliteStore } from "../../store/sqlite-store.ts";
import { StoreFailure } from "../../store/store.ts";

export type WriteTold = {
  readonly ms: number;
  /** The code of the failure ("SQLITE_FULL"); undefined: it is on the disk. */
  readonly failure: string | undefined;
};

export const watchedStore = (
  store: SqliteStore,
  {
    clock,
    onWrite,
  }: { readonly clock: Pick<Clock, "monotonicMs">; onWrite: (told: WriteTold) => void },
): SqliteStore => ({
  ...store,
  async write(statements) {
    const begunAt = clock.monotonicMs();
    const tell = (failure?: string): void =>
      onWrite({ ms: clock.monotonicMs() - begunAt, failure });
    try {
      const rows = await store.write(statements);
      tell();
      return rows;
    } catch (thrown) {
      tell(thrown instanceof StoreFailure ? thrown.code : "unknown");
      throw thrown;
    }
  },
});
