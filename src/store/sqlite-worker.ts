/** The thread that holds the SQLite database: answers requests, in order, until it is told to close. */
import { parentPort, workerData } from "node:worker_threads";
import { openFile, type OpenedFile } from "./sqlite-file.ts";
import { createGroupCommit, createRunner, failureOf } from "./sqlite-group-commit.ts";
import type { FromWorker, Reply, Request, WorkerSettings } from "./sqlite-protocol.ts";
import { markSuspect } from "./sqlite-salvage.ts";

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
  const writes = createGroupCommit({ db, run, reply, gatherMs, busyWaitMs });

  port?.on("message", (request: Request) => {
    switch (request.kind) {
      case "write":
        return writes.add(request);
      case "read":
        return reply([read(request.id, () => run(request.statement))]);
      case "close":
        void writes.settled().then(() => {
          file.close();
          port.close();
        });
    }
  });
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
