/**
 * Loaded into the daemon by `--import` in tests alone: dies at a labelled step, and has a clock that
 * can be set. The daemon itself knows nothing of it.
 *
 *   NEMESIS_CRASH  "after:sending#2": SIGKILL from within, the second time that step is passed
 *   NEMESIS_DRIVER where the driver of PostgreSQL is, if the store is there
 *   NEMESIS_CLOCK  a file with milliseconds, read on SIGUSR2: so much the host's clock was set
 */
import http from "node:http";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { DatabaseSync, StatementSync, type SQLInputValue } from "node:sqlite";
import { isMainThread } from "node:worker_threads";

/** A transaction is called by the most telling of its statements. */
const STEPS: readonly (readonly [label: string, statement: RegExp])[] = [
  ["migrate", /CREATE TABLE/],
  ["accept", /INSERT INTO call /],
  ["sending", /SET state = 'sending'/],
  ["done", /SET state = 'done'/],
  ["absent", /repeats = repeats \+ 1/],
  ["look", /SET due_at = [^,]+, looked_at/],
  ["recover", /SET state = 'unknown', given_up_at/],
  ["unknown", /SET state = 'unknown', reason/],
  ["later", /SET state = 'ready', reason/],
  ["forget", /DELETE FROM live_event WHERE linked/],
  ["live", /INSERT INTO live_event/],
];

const [label, count] = (process.env["NEMESIS_CRASH"] ?? "").split("#");
let left = Number(count ?? 1);

function pass(step: string): void {
  if (step === label && --left === 0) process.kill(process.pid, "SIGKILL");
}

type Transaction = {
  readonly note: (sql: string) => void;
  /** Nothing of it counts; the next one begins. */
  readonly drop: () => void;
  /** Passes its steps before the commit. @returns passes those after it; the next one begins */
  readonly commit: () => () => void;
};

function newTransaction(): Transaction {
  const run = new Set<string>();
  return {
    note(sql) {
      const step = STEPS.find(([, statement]) => statement.test(sql))?.[0];
      if (step !== undefined) run.add(step);
    },
    drop: () => run.clear(),
    commit() {
      const steps = STEPS.map(([step]) => step).filter((step) => run.has(step));
      run.clear();
      for (const step of steps) pass(`before:${step}`);
      return () => {
        for (const step of steps) pass(`after:${step}`);
      };
    },
  };
}

function watchFile(): void {
  const texts = new WeakMap<StatementSync, string>();
  const { note, commit } = newTransaction();
  const prepare = methodOf<Prepare>(DatabaseSync.prototype, "prepare");
  const exec = methodOf<Exec>(DatabaseSync.prototype, "exec");
  const all = methodOf<All>(StatementSync.prototype, "all");
  Object.assign(DatabaseSync.prototype, {
    prepare(this: DatabaseSync, sql: string) {
      const statement = prepare.call(this, sql);
      texts.set(statement, sql);
      return statement;
    },
    exec(this: DatabaseSync, sql: string) {
      note(sql);
      if (!sql.startsWith("COMMIT")) return exec.call(this, sql);
      const passAfter = commit();
      exec.call(this, sql);
      passAfter();
    },
  });
  Object.assign(StatementSync.prototype, {
    all(this: StatementSync, ...values: SQLInputValue[]) {
      note(texts.get(this) ?? "");
      return all.apply(this, values);
    },
  });
}

type Prepare = (this: DatabaseSync, sql: string) => StatementSync;
type Exec = (this: DatabaseSync, sql: string) => void;
type All = (this: StatementSync, ...values: SQLInputValue[]) => unknown[];

const methodOf = <Method>(prototype: object, name: string): Method =>
  Reflect.get(prototype, name) as Method;

/** Statements are sent before those before them are answered: what is sent ahead of a commit goes with it. */
function watchDriver(file: string): void {
  const { Client } = createRequire(import.meta.url)(file) as { Client: { prototype: object } };
  const query = methodOf<Query>(Client.prototype, "query");
  const transactions = new WeakMap<object, Transaction>();
  Object.assign(Client.prototype, {
    query(this: object, asked: string | { readonly text: string }): unknown {
      const sql = typeof asked === "string" ? asked : asked.text;
      const transaction = transactions.get(this) ?? newTransaction();
      transactions.set(this, transaction);
      if (/^(BEGIN|ROLLBACK)/.test(sql)) transaction.drop();
      transaction.note(sql);
      if (!sql.startsWith("COMMIT")) return query.call(this, asked);
      const passAfter = transaction.commit();
      return query.call(this, asked).then((answer) => {
        passAfter();
        return answer;
      });
    },
  });
}

type Query = (this: object, asked: string | { readonly text: string }) => Promise<unknown>;

function watchRequests(): void {
  const { request } = http;
  const watched = (...given: Parameters<typeof request>): http.ClientRequest => {
    pass("before:request");
    return request(...given)
      .once("finish", () => pass("sent:request"))
      .once("response", () => pass("answered:request"));
  };
  Object.assign(http, { request: watched });
}

function shiftClock(file: string): void {
  const HostDate = Date;
  let offsetMs = 0;
  class ShiftedDate extends HostDate {
    constructor(...given: []) {
      if (given.length > 0) super(...given);
      else super(HostDate.now() + offsetMs);
    }
    static override now(): number {
      return HostDate.now() + offsetMs;
    }
  }
  globalThis.Date = ShiftedDate as DateConstructor;
  function read(): void {
    try {
      offsetMs = Number(readFileSync(file, "utf8"));
    } catch (thrown) {
      // No descriptor is free for it now; a file that is not there yet says nothing.
      if (thrown instanceof Error && "code" in thrown && thrown.code === "EMFILE")
        setTimeout(read, 20);
    }
  }
  process.on("SIGUSR2", read);
  read(); // set before this process was started
}

if (label !== undefined && label !== "") {
  const driver = process.env["NEMESIS_DRIVER"];
  if (driver === undefined) watchFile();
  else if (isMainThread) watchDriver(driver);
  if (isMainThread) watchRequests();
}
const clockFile = process.env["NEMESIS_CLOCK"];
if (clockFile !== undefined && isMainThread) shiftClock(clockFile);
