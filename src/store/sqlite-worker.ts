/** The thread that holds the SQLite database: answers requests, in order, until it is told to close. */
import { parentPort, workerData } from "node:worker_threads";
import { openFile, type OpenedFile } from "./sqlite-file.ts";
import { createGroupCommit, createRunner, failureOf } from "./sqlite-group-commit.ts";
import type { FromWorker, Reply, Request, WorkerSettings } from "./sqlite-protocol.ts";
import { markSuspect } from "./sqlite-salvage.ts";
import { createReserve } from "./reserve.ts";

const settings = workerData as WorkerSettings;
const port = parentPort;
if (port === null) throw new Error("sqlite-worker runs only as a worker thread");

const tell = (message: FromWorker): void => port.postMessage(message);

function serve(file: OpenedFile): void {
  const { db } = file;
  const run = createRunner(db);
  const reply = (replies: readonly Reply[]): void => {
    if (replies.some(tellsOfDamage)) markSuspect(settings.path);
    tell({ kind: "replies", replies });
  };
  const { gatherMs, busyWaitMs } = settings;
  const reserve = keepReserve();
  const writes = createGroupCommit({
    ...{ db, run, reply, gatherMs, busyWaitMs },
    makeRoom: () => reserve.giveUp(),
  });

  port?.on("message", (request: Request) => {
    switch (request.kind) {
      case "write":
        return writes.add(request);
      case "read":
        return reply([read(request.id, () => run(request.statement))]);
      case "scrub":
        return void writes
          .settled()
          .then(() => reply([read(request.id, () => scrub(db, request.isWhole))]));
      case "close":
        void writes.settled().then(() => {
          reserve.close();
          file.close();
          port.close();
        });
    }
  });
}

/**
 * Brings all of the log into the file and empties it. Whole: without the free pages, in which rows that
 * were deleted still stand; that takes as long as writing the file once, and as much room.
 */
function scrub(db: OpenedFile["db"], isWhole: boolean): [] {
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!isWhole) return [];
  db.exec("VACUUM");
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return [];
}

/** A start is not held up by it, and a disk that is filling is not raced. */
const RESERVE_EVERY_MS = 5_000;

function keepReserve(): { giveUp(): boolean; close(): void } {
  if (settings.access === "look" || settings.reserveBytes === 0)
    return { giveUp: () => false, close: () => undefined };
  const reserve = createReserve(settings.path, settings.reserveBytes);
  const closing = new AbortController();
  let isInUse = false;
  let isMaking = false;
  async function remake(): Promise<void> {
    if (isMaking) return;
    isMaking = true;
    await reserve.remake(closing.signal);
    isMaking = false;
    if (!isInUse || closing.signal.aborted || !reserve.isWhole()) return;
    isInUse = false;
    tell({ kind: "reserve", state: "whole" });
  }
  const timer = setInterval(() => void remake(), RESERVE_EVERY_MS);
  timer.unref();
  return {
    giveUp() {
      const gave = reserve.giveUp();
      if (gave && !isInUse) tell({ kind: "reserve", state: "in-use" });
      isInUse ||= gave;
      return gave;
    },
    close() {
      clearInterval(timer);
      closing.abort();
    },
  };
}

const tellsOfDamage = (reply: Reply): boolean =>
  "failure" in reply && reply.failure.code === "SQLITE_CORRUPT";

function read(id: number, rows: () => ReturnType<ReturnType<typeof createRunner>>): Reply {
  try {
    return { id, rows: [rows()] };
  } catch (thrown) {
    return { id, failure: failureOf(thrown) };
  }
}

const opened = openFile(settings);
if (opened.ok) {
  serve(opened.value);
  tell({ kind: "opened", damage: opened.value.damage });
} else {
  tell({ kind: "not-opened", failure: opened.failure });
}
