/**
 * A second thread for long questions (statistics, housekeeping), so that they hold up neither the loop nor
 * a commit. It is there while somebody asks: a thread costs ten megabytes, and most daemons run for hours
 * without such a question. Exports `createLookThread`.
 */
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
import { closedFailure, type Store } from "./store.ts";

export type LookThread = Pick<Store, "read" | "close">;

export type LookThreadOptions = Pick<SqliteStoreOptions, "path" | "migrations"> & {
  /** Asked where the thread cannot be had. */
  readonly instead: Pick<Store, "read">;
  /** How long it stays after its last answer. Default 30,000. */
  readonly staysForMs?: number;
};

export function createLookThread(options: LookThreadOptions): LookThread {
  const { path, migrations, instead, staysForMs = 30_000 } = options;
  let opening: ReturnType<typeof openSqliteStore> | undefined;
  let asking = 0;
  let leaving: NodeJS.Timeout | undefined;
  let ending: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  function leave(): void {
    const left = opening;
    opening = undefined;
    ending = Promise.resolve(left).then((opened) =>
      opened?.ok ? opened.value.close() : undefined,
    );
  }

  return {
    async read(statement) {
      if (isClosed) throw closedFailure();
      clearTimeout(leaving);
      asking += 1;
      try {
        opening ??= openSqliteStore({ path, migrations, access: "look" });
        const opened = await opening;
        return await (opened.ok ? opened.value : instead).read(statement);
      } finally {
        asking -= 1;
        if (asking === 0 && !isClosed) leaving = setTimeout(leave, staysForMs).unref();
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(leaving);
      await ending;
      leave();
      await ending;
    },
  };
}
