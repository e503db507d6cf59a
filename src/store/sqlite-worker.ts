/** The thread that holds SQLite databases: of each it answers requests, in order, until told to close it. */
import { parentPort, type MessagePort } from "node:worker_threads";
import { succeeded, type Result } from "../lib/failure.ts";
import { openFile, type OpenedFile } from "./sqlite-file.ts";
import { createGroupCommit, createRunner, failureOf } from "./sqlite-group-commit.ts";
import type {
  FromWorker,
  OpenRequest,
  Reply,
  Request,
  ReserveState,
  ToThread,
  WorkerSettings,
} from "./sqlite-protocol.ts";
import { markSuspect } from "./sqlite-salvage.ts";
import { createReserve, type Reserve } from "./reserve.ts";
import type { OpenFailure } from "./store.ts";

type Tell = (message: FromWorker) => void;

function serve({ file, ...taken }: OpenedStore, { settings, port }: OpenRequest): void {
  const { db } = file;
  const tell = telling(port);
  const run = createRunner(db);
  const reply = (replies: readonly Reply[]): void => {
    if (replies.some(tellsOfDamage)) markSuspect(settings.path);
    tell({ kind: "replies", replies });
  };
  const { gatherMs, busyWaitMs } = settings;
  const reserve = keepReserve(taken, {
    tell,
    onState: (state) => db.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES[state]}`),
  });
  const writes = createGroupCommit({
    ...{ db, run, reply, gatherMs, busyWaitMs },
    makeRoom: () => reserve.giveUp(),
  });

  port.on("message", (request: Request) => {
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
          tell({ kind: "closed" });
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

/**
 * How long the log grows before it is brought into the file and used from its beginning again. Without room
 * its own length is most of what calls take.
 */
const LOG_PAGES: Readonly<Record<ReserveState, number>> = { whole: 1_000, "in-use": 50 };

type TakenReserve = {
  /** undefined: none is kept. */
  readonly reserve: Reserve | undefined;
  readonly state: ReserveState;
};

type OpenedStore = TakenReserve & { readonly file: OpenedFile };

/** On a full disk from the reserve: a daemon that is started then is to hear calls and keep them too. */
function open(settings: WorkerSettings): Result<OpenedStore, OpenFailure> {
  const isKept = settings.access === "own" && settings.reserveBytes > 0;
  let state: ReserveState = "whole";
  let opened = openFile(settings);
  const reserve = isKept ? createReserve(settings.path, settings.reserveBytes) : undefined;
  while (!opened.ok && opened.failure.kind === "full" && reserve?.giveUp() === true) {
    state = "in-use";
    opened = openFile(settings);
  }
  return opened.ok ? succeeded({ file: opened.value, reserve, state }) : opened;
}

function keepReserve(
  { reserve, state }: TakenReserve,
  { tell, onState }: { readonly tell: Tell; readonly onState: (state: ReserveState) => void },
): { giveUp(): boolean; close(): void } {
  if (reserve === undefined) return { giveUp: () => false, close: () => undefined };
  const closing = new AbortController();
  let isInUse = state === "in-use";
  if (isInUse) onState("in-use");
  let isMaking = false;
  async function remake(one: Reserve): Promise<void> {
    if (isMaking) return;
    isMaking = true;
    await one.remake(closing.signal);
    isMaking = false;
    if (!isInUse || closing.signal.aborted || !one.isWhole()) return;
    isInUse = false;
    onState("whole");
    tell({ kind: "reserve", state: "whole" });
  }
  const timer = setInterval(() => void remake(reserve), RESERVE_EVERY_MS);
  timer.unref();
  return {
    giveUp() {
      const gave = reserve.giveUp();
      if (gave && !isInUse) {
        onState("in-use");
        tell({ kind: "reserve", state: "in-use" });
      }
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

const telling =
  (port: MessagePort): Tell =>
  (message) =>
    port.postMessage(message);

parentPort?.on("message", (request: ToThread) => {
  if (request === "end") return parentPort?.close();
  const { settings, port } = request;
  const tell = telling(port);
  const opened = open(settings);
  if (!opened.ok) {
    tell({ kind: "not-opened", failure: opened.failure });
    port.close();
  } else {
    serve(opened.value, request);
    const { file, state } = opened.value;
    tell({ kind: "opened", damage: file.damage, reserve: state });
  }
});
