/**
 * Look-ups in the thread that asks, for whoever must answer at once: a few rows by their index come out of
 * the page cache in some ten microseconds, while waking another thread and being woken by it takes longer
 * than the whole answer. Not for lists and sums, which would hold up the loop. Exports `openGlance`.
 */
import { DatabaseSync } from "node:sqlite";
import { toError } from "../lib/failure.ts";
import { createRunner, failureOf, type RunStatement } from "./sqlite-group-commit.ts";
import { closedFailure, StoreFailure, type Row, type Statement, type Store } from "./store.ts";

export type Glance = Pick<Store, "read"> & { close(): void };

/** Opened with the first question. @param path a store that is open, and of the newest schema */
export function openGlance(path: string): Glance {
  let db: DatabaseSync | undefined;
  let run: RunStatement | undefined;
  let isClosed = false;

  function look(statement: Statement): readonly Row[] {
    if (isClosed) throw closedFailure();
    // Readers of a write-ahead log wait for nobody; where one would have to, it is told so at once.
    db ??= new DatabaseSync(path, { readOnly: true, timeout: 0 });
    run ??= createRunner(db);
    return run(statement);
  }

  return {
    read(statement) {
      try {
        return Promise.resolve(look(statement));
      } catch (thrown) {
        return Promise.reject(toStoreError(thrown));
      }
    },
    close() {
      isClosed = true;
      db?.close();
      db = undefined;
    },
  };
}

/** A bug stays what it is. */
function toStoreError(thrown: unknown): Error {
  const failure = failureOf(thrown);
  return failure.code === undefined ? toError(thrown) : new StoreFailure(failure.message, failure);
}
