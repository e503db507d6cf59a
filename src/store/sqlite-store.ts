/**
 * The SQLite engine of the store: Node's own `node:sqlite` in a worker thread, so that neither a flush nor
 * a lock ever stops the loop that reads from Asterisk.
 */
import { once } from "node:events";
import { failed, succeeded, type Result } from "../lib/failure.ts";
import { tellNoMoreFiles } from "../lib/no-more-files.ts";
import type { FromWorker, Reply, Request, ReserveState } from "./sqlite-protocol.ts";
import type { WorkerSettings } from "./sqlite-protocol.ts";
import { joinThread, type Seat } from "./sqlite-thread.ts";
import type { Damage } from "./sqlite-salvage.ts";
import {
  closedFailure,
  isBroken,
  StoreFailure,
  type Migration,
  type OpenFailure,
} from "./store.ts";
import type { DaemonStore, Row } from "./store.ts";

export type SqliteStoreOptions = {
  /** The database file; its folder is created if missing. `<path>.lock` stands beside it. */
  readonly path: string;
  /** Those of all rooms, in order. */
  readonly migrations: readonly Migration[];
  /** "look": reads only, beside a running daemon (`calls list`). Default "own". */
  readonly access?: "own" | "look";
  /** How long writes that keep coming are gathered into one commit. Default 5. */
  readonly gatherMs?: number;
  /** How long a write waits for another program's lock before it fails. Default 60,000. */
  readonly busyWaitMs?: number;
  /** Of a file beside the store whose room calls get when the disk is full. Default 0: none. */
  readonly reserveBytes?: number;
  /** Told when the reserve is given up, in whole or in part, and when it is whole again. */
  readonly onReserve?: (state: ReserveState) => void;
  /** Told once, when nothing more can be trusted to the database: the daemon has to leave. */
  readonly onBroken?: (failure: StoreFailure) => void;
  /** What was there was damaged: it is set aside, and a new store was begun with what could be read. */
  readonly onDamage?: (damage: Damage) => void;
};

/**
 * Opens or creates the store, alone (a second daemon is refused), and brings it to the newest schema.
 * @returns a failure with one sentence for the operator; the database is then as it was
 */
export async function openSqliteStore(
  options: SqliteStoreOptions,
): Promise<Result<DaemonStore, OpenFailure>> {
  const settings: WorkerSettings = {
    path: options.path,
    migrations: options.migrations,
    access: options.access ?? "own",
    gatherMs: options.gatherMs ?? 5,
    busyWaitMs: options.busyWaitMs ?? 60_000,
    reserveBytes: options.access === "look" ? 0 : (options.reserveBytes ?? 0),
  };
  const seat = joinThread(settings);
  const first = await firstOf(seat);
  if (first.kind === "opened" && first.damage !== undefined) options.onDamage?.(first.damage);
  if (first.kind === "opened" && first.reserve === "in-use") options.onReserve?.("in-use");
  if (first.kind !== "not-opened") return succeeded(createStore(seat, options));
  await seat.leave();
  return failed(first.failure);
}

async function firstOf({ port, gone }: Seat): Promise<FromWorker> {
  const said = once(port, "message") as Promise<[FromWorker]>;
  const told = await Promise.race([said, gone]);
  if (Array.isArray(told)) return told[0];
  const error = told ?? new Error("the store's thread ended");
  const refused = tellNoMoreFiles(error); // then the thread cannot even be started
  if (refused === undefined) throw error;
  return { kind: "not-opened", failure: { kind: "unusable", ...refused } };
}

type Waiting = {
  resolve(rows: readonly (readonly Row[])[]): void;
  reject(failure: Error): void;
};

function createStore(
  seat: Seat,
  { onBroken, onReserve }: Pick<SqliteStoreOptions, "onBroken" | "onReserve">,
): DaemonStore {
  const waiting = new Map<number, Waiting>();
  const { port } = seat;
  const closed = Promise.withResolvers<void>();
  let lastId = 0;
  let scrubs = 0;
  let gone: StoreFailure | undefined;

  function answer(reply: Reply): void {
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("rows" in reply) return asker?.resolve(reply.rows);
    const { failure } = reply;
    if (failure.code === undefined) return asker?.reject(new Error(failure.message));
    const storeFailure = new StoreFailure(failure.message, failure);
    asker?.reject(storeFailure);
    if (isBroken(storeFailure)) leave(storeFailure);
  }

  /** From now on everything is refused with this failure. */
  function leave(failure: StoreFailure): void {
    if (gone !== undefined) return;
    gone = failure;
    if (isBroken(failure)) onBroken?.(failure);
  }

  function refuseAll(failure: StoreFailure): void {
    leave(failure);
    for (const asker of waiting.values()) asker.reject(gone ?? failure);
    waiting.clear();
  }

  port.on("message", (message: FromWorker) => {
    if (message.kind === "replies") message.replies.forEach(answer);
    if (message.kind === "reserve") onReserve?.(message.state);
    if (message.kind === "closed") closed.resolve();
  });
  void seat.gone.then((error) => {
    refuseAll(workerFailure(error?.message ?? "it ended"));
    closed.resolve();
  });

  function ask(request: (id: number) => Request): Promise<readonly (readonly Row[])[]> {
    if (gone !== undefined) return Promise.reject(gone);
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      port.postMessage(request(id));
    });
  }

  return {
    write: (statements, guard) => ask((id) => ({ kind: "write", id, statements, guard })),
    read: async (statement) => (await ask((id) => ({ kind: "read", id, statement })))[0] ?? [],
    async scrub(isWhole) {
      scrubs++;
      await ask((id) => ({ kind: "scrub", id, isWhole })).finally(() => scrubs--);
    },
    isScrubbing: () => scrubs > 0,
    async close() {
      leave(closedFailure());
      port.postMessage({ kind: "close" } satisfies Request);
      await closed.promise;
      await seat.leave();
    },
  };
}

const workerFailure = (why: string): StoreFailure =>
  new StoreFailure(`the store's thread is gone: ${why}`, {
    code: "STORE_WORKER",
    hint: "start the daemon again",
  });
