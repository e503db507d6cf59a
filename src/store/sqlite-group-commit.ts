/**
 * Group commit: one commit to the disk costs a flush, whether it holds one transaction or a hundred.
 * A lone write is committed at once; while more keep coming it waits for them, `gatherMs` at most.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { toError } from "../lib/failure.ts";
import { describeSqliteError } from "./sqlite-failure.ts";
import type { Reply, WriteRequest } from "./sqlite-protocol.ts";
import { fencedFailure, isBroken, StoreFailure, type Row, type Statement } from "./store.ts";

const MOST_WRITES_IN_A_GROUP = 500; // keeps a read from waiting behind much more than 50 ms of writing
const BUSY_PAUSE_MS = 20; // between tries while another program holds the lock; reads go on meanwhile
const MOST_PREPARED = 200;

export type RunStatement = (statement: Statement) => readonly Row[];

/** Runs statements by their prepared form, which is kept for the next time. */
export function createRunner(db: DatabaseSync): RunStatement {
  const prepared = new Map<string, StatementSync>();
  return ({ sql, values }) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      const oldest = prepared.size < MOST_PREPARED ? undefined : prepared.keys().next().value;
      if (oldest !== undefined) prepared.delete(oldest);
      prepared.set(sql, statement);
    }
    return statement.all(...values) as readonly Row[];
  };
}

/**
 * Commits all writes of the group at once, each in its own savepoint: one that fails is rolled back
 * alone. If SQLite gives up the whole transaction (disk full), every write of the group has failed.
 * @returns one reply a write; "busy" when another program holds the lock, and nothing was done
 */
export function commitGroup(
  db: DatabaseSync,
  run: RunStatement,
  group: readonly WriteRequest[],
): readonly Reply[] | "busy" {
  try {
    db.exec("BEGIN IMMEDIATE");
  } catch (thrown) {
    const failure = failureOf(thrown);
    return failure.code === "SQLITE_BUSY" ? "busy" : refuse(group, failure);
  }
  try {
    const replies =
      group.length === 1
        ? group.map((write) => runAll(run, write))
        : group.map((write) => writeInSavepoint(db, run, write));
    db.exec("COMMIT");
    return replies;
  } catch (thrown) {
    if (db.isTransaction) db.exec("ROLLBACK");
    return refuse(group, failureOf(thrown));
  }
}

function runAll(run: RunStatement, { id, statements, guard }: WriteRequest): Reply {
  if (guard !== undefined && run(guard).length === 0) throw fencedFailure();
  return { id, rows: statements.map(run) };
}

function writeInSavepoint(db: DatabaseSync, run: RunStatement, write: WriteRequest): Reply {
  db.exec("SAVEPOINT write");
  try {
    const reply = runAll(run, write);
    db.exec("RELEASE write");
    return reply;
  } catch (thrown) {
    if (!db.isTransaction) throw thrown;
    db.exec("ROLLBACK TO write");
    db.exec("RELEASE write");
    return { id: write.id, failure: failureOf(thrown) };
  }
}

type Failure = Extract<Reply, { failure: unknown }>["failure"];

export function failureOf(thrown: unknown): Failure {
  const error = toError(thrown);
  if (error instanceof StoreFailure) {
    const { code, message, hint } = error;
    return { code, message, hint };
  }
  return describeSqliteError(error) ?? { code: undefined, message: error.message };
}

const refuse = (group: readonly WriteRequest[], failure: Failure): Reply[] =>
  group.map(({ id }) => ({ id, failure }));

const breakage = (reply: Reply): Failure | undefined =>
  "failure" in reply && reply.failure.code !== undefined && isBroken(reply.failure)
    ? reply.failure
    : undefined;

const isForWantOfRoom = (reply: Reply): boolean =>
  "failure" in reply && reply.failure.code === "SQLITE_FULL";

export type GroupCommit = {
  add(write: WriteRequest): void;
  /** Resolves when every write that was added has been answered. */
  settled(): Promise<void>;
};

export function createGroupCommit(deps: {
  db: DatabaseSync;
  run: RunStatement;
  reply: (replies: readonly Reply[]) => void;
  gatherMs: number;
  busyWaitMs: number;
  /** The disk is full. @returns true: it gave room, and the same is tried again at once */
  makeRoom: () => boolean;
}): GroupCommit {
  const { db, run, reply, gatherMs, busyWaitMs, makeRoom } = deps;
  const queue: WriteRequest[] = [];
  let isScheduled = false;
  let gatherSince = 0;
  let gathered = 1;
  let busySince: number | undefined;
  let brokenBy: Failure | undefined; // a flush that failed once may seem to succeed the next time
  let onSettled: (() => void)[] = [];

  function gather(): void {
    const isFlurry = queue.length > gathered && queue.length < MOST_WRITES_IN_A_GROUP;
    if (isFlurry && performance.now() - gatherSince < gatherMs) {
      gathered = queue.length;
      setImmediate(gather);
    } else {
      commit();
    }
  }

  function commitWhereRoom(group: readonly WriteRequest[]): readonly Reply[] | "busy" {
    for (;;) {
      const replies = commitGroup(db, run, group);
      // A full disk gives up the whole transaction: none of the group is kept.
      if (replies === "busy" || !replies.every(isForWantOfRoom) || !makeRoom()) return replies;
    }
  }

  function commit(): void {
    const group = queue.splice(0, MOST_WRITES_IN_A_GROUP);
    const replies = brokenBy === undefined ? commitWhereRoom(group) : refuse(group, brokenBy);
    if (replies === "busy") {
      busySince ??= performance.now();
      if (performance.now() - busySince < busyWaitMs) {
        queue.unshift(...group);
        setTimeout(commit, BUSY_PAUSE_MS);
        return;
      }
      reply(refuse(group, failureOf(Object.assign(new Error("locked too long"), { errcode: 5 }))));
    } else {
      busySince = undefined;
      brokenBy ??= replies.map(breakage).find((failure) => failure !== undefined);
      reply(replies);
    }
    isScheduled = false;
    if (queue.length > 0) schedule();
    else onSettled.splice(0).forEach((resolve) => resolve());
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    gatherSince = performance.now();
    gathered = 1;
    setImmediate(gather);
  }

  return {
    add(write) {
      queue.push(write);
      schedule();
    },
    settled: () =>
      new Promise((resolve) => {
        if (isScheduled) onSettled = [...onSettled, resolve];
        else resolve();
      }),
  };
}
