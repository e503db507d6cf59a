/**
 * The threads that hold SQLite databases. Each holds many, so that a host of hundreds of accounts has no
 * more of them than a few: a thread by itself costs ten megabytes. Exports `joinThread`, `MOST_THREADS`.
 */
import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import type { ToThread, WorkerSettings } from "./sqlite-protocol.ts";

/** One database's place in a thread. */
export type Seat = {
  /** To and from the thread, about this database only. */
  readonly port: MessagePort;
  /** Resolves when the thread is gone, with the error that ended it; undefined: it just ended. */
  readonly gone: Promise<Error | undefined>;
  /** When the database is closed. Resolves when the thread has ended, where it was the last. */
  leave(): Promise<void>;
};

type Gone = (error: Error | undefined) => void;
type Thread = { readonly worker: Worker; readonly seats: Set<Gone> };

type Access = WorkerSettings["access"];

/** One slow disk or long question is not everybody's; more would not be faster on few cores. */
export const MOST_THREADS: Readonly<Record<Access, number>> = { own: 4, look: 2 };
const threads: Readonly<Record<Access, Set<Thread>>> = { own: new Set(), look: new Set() };

// Runs from src by Node's type stripping and from dist as JavaScript: the same folder either way.
const workerFile = new URL(
  import.meta.url.endsWith(".ts") ? "./sqlite-worker.ts" : "./sqlite-worker.js",
  import.meta.url,
);

/** The database is opened by the thread, which says first what came of it. */
export function joinThread(settings: WorkerSettings): Seat {
  const { access } = settings;
  const thread = threadFor(access);
  const { port1, port2 } = new MessageChannel();
  const gone = Promise.withResolvers<Error | undefined>();
  thread.seats.add(gone.resolve);
  thread.worker.postMessage({ settings, port: port2 } satisfies ToThread, [port2]);
  return {
    ...{ port: port1, gone: gone.promise },
    async leave() {
      port1.close();
      if (thread.seats.size > 1) return void thread.seats.delete(gone.resolve);
      threads[access].delete(thread);
      thread.worker.postMessage("end" satisfies ToThread);
      await gone.promise;
    },
  };
}

/** The one that holds the fewest, or a new one. */
function threadFor(access: Access): Thread {
  const all = [...threads[access]].toSorted((one, other) => one.seats.size - other.seats.size);
  const [emptiest] = all;
  if (emptiest !== undefined && all.length >= MOST_THREADS[access]) return emptiest;
  const worker = new Worker(workerFile, { name: access === "own" ? "store" : "store-look" });
  const thread = { worker, seats: new Set<Gone>() };
  const end: Gone = (error) => {
    threads[access].delete(thread);
    thread.seats.forEach((gone) => gone(error));
  };
  // Listened for from the beginning: a thread that ends at once tells both in the same turn.
  worker.once("error", end);
  worker.once("exit", () => end(undefined));
  threads[access].add(thread);
  return thread;
}
