/**
 * The two seams at which a scenario fails: the store's and the network's Nth operation. Exports
 * `createFailingStore`, `createFailingClient`.
 */
import { DatabaseSync } from "node:sqlite";
import type { KommoClient } from "../../src/kommo/client.ts";
import { failed } from "../../src/lib/failure.ts";
import { commitGroup, createRunner } from "../../src/store/sqlite-group-commit.ts";
import { StoreFailure, type Migration, type Store } from "../../src/store/store.ts";

/**
 * full: nothing is kept, and the next try succeeds. broken: nothing is kept, and the process has to be
 * started again; broken-after: the same, but it was kept.
 */
export type StoreFault = "full" | "broken" | "broken-after";
/** unreachable: nothing was sent. lost-before, -after: the answer is lost, and Kommo did nothing, or all. */
export type NetworkFault = "unreachable" | "lost-before" | "lost-after" | "error-after";

/** Counts down; strikes once. */
export type Countdown = { left: number; hasStruck: boolean };

const strikes = (countdown: Countdown): boolean => {
  countdown.left -= 1;
  if (countdown.left !== 0) return false;
  countdown.hasStruck = true;
  return true;
};

/** The disk: outlives the processes of a scenario. */
export function createDisk(migrations: readonly Migration[]): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  for (const { statements } of migrations) for (const statement of statements) db.exec(statement);
  return db;
}

/** A store of one process on this disk. */
export function createFailingStore(
  db: DatabaseSync,
  { fault, countdown }: { fault: StoreFault | undefined; countdown: Countdown },
  onBroken: (failure: StoreFailure) => void,
): Store {
  const run = createRunner(db);
  let gone: StoreFailure | undefined;

  function fail(code: string): never {
    const failure = new StoreFailure("a fault of the test", { code, hint: "none" });
    if (code !== "SQLITE_FULL") {
      gone = failure;
      onBroken(failure);
    }
    throw failure;
  }

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  return {
    async write(statements) {
      await turn();
      if (gone !== undefined) throw gone;
      const isStruck = fault !== undefined && strikes(countdown);
      if (isStruck && fault === "full") fail("SQLITE_FULL");
      if (isStruck && fault === "broken") fail("SQLITE_IOERR");
      const replies = commitGroup(db, run, [{ kind: "write", id: 1, statements }]);
      if (isStruck) fail("SQLITE_IOERR");
      const [reply] = replies === "busy" ? [] : replies;
      if (reply === undefined) throw new Error("the store did not answer");
      if ("rows" in reply) return reply.rows;
      const { code, message } = reply.failure;
      // Jest's own Error class hides the code that SQLite gave.
      if (message.includes("constraint failed"))
        throw new StoreFailure(message, { code: "SQLITE_CONSTRAINT", hint: "none" });
      if (code === undefined) throw new Error(message);
      throw new StoreFailure(message, reply.failure);
    },
    async read(statement) {
      await turn();
      if (gone !== undefined) throw gone;
      return run(statement);
    },
    close: () => Promise.resolve(),
  };
}

export function createFailingClient(
  client: KommoClient,
  { fault, countdown }: { fault: NetworkFault | undefined; countdown: Countdown },
): KommoClient {
  const lost = failed({
    kind: "lost-answer",
    retry: "after-look-up",
    detail: "a fault of the test",
    hint: "none",
  } as const);
  return {
    close: () => client.close(),
    async request(request) {
      if (fault === undefined || !strikes(countdown)) return client.request(request);
      if (fault === "unreachable")
        return failed({ kind: "unreachable", retry: "later", detail: "none there", hint: "none" });
      if (fault === "lost-before") return lost;
      await client.request(request);
      if (fault === "lost-after") return lost;
      return failed({
        kind: "server-error",
        retry: "after-look-up",
        status: 502,
        detail: "status 502",
        hint: "none",
      });
    },
  };
}
