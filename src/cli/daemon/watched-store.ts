/** A store of which somebody is told how each write went. Exports `watchedStore`. */
import type { Clock } from "../../lib/clock.ts";
import { StoreFailure, type DaemonStore, type Statement } from "../../store/store.ts";

export type WriteTold = {
  readonly ms: number;
  /** The code of the failure ("SQLITE_FULL"); undefined: it is on the disk. */
  readonly failure: string | undefined;
};

export const watchedStore = (
  store: DaemonStore,
  {
    clock,
    onWrite,
    guard,
  }: {
    readonly guard?: Statement | undefined;
    readonly clock: Pick<Clock, "monotonicMs">;
    onWrite: (told: WriteTold) => void;
  },
): DaemonStore => ({
  ...store,
  async write(statements, own = guard) {
    const begunAt = clock.monotonicMs();
    const tell = (failure?: string): void =>
      onWrite({ ms: clock.monotonicMs() - begunAt, failure });
    try {
      const rows = await store.write(statements, own);
      tell();
      return rows;
    } catch (thrown) {
      tell(thrown instanceof StoreFailure ? thrown.code : "unknown");
      throw thrown;
    }
  },
});
