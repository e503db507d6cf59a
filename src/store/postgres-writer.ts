/**
 * The one writer of an open store. Writes that wait while a commit is under way share the next one, in
 * the order in which they came; where one of them fails, each gets a transaction of its own.
 *
 * A connection that dies while a commit is asked for leaves open whether it happened. So each
 * transaction also notes its number in `last_write`, and takes the installation's lock before all else.
 * The next connection takes the lock as well, which waits until the server is through with the old
 * transaction, and reads the number: the transaction was kept, or it is run again. Before it is, a higher
 * number is noted: whatever of the old one is still on its way is refused then.
 *
 * A group of writes that ask for no rows is sent in one piece with its commit, which the server answers
 * with a rollback where one of them failed.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf, toError } from "../lib/failure.ts";
import { within, type Connection } from "./postgres-connection.ts";
import { describePostgresError, isCutOff } from "./postgres-failure.ts";
import { beginIn, LOCKS, schemaOf, lockNumber, type PostgresPlace } from "./postgres-place.ts";
import type { Turn } from "./postgres-pool.ts";
import { toPostgres, type PostgresQuery } from "./postgres-sql.ts";
import {
  closedFailure,
  fencedFailure,
  isPassing,
  StoreFailure,
  type Row,
  type Statement,
} from "./store.ts";

/** More would not make a commit cheaper, and hold up reads of what is locked. */
const MOST_WRITES_IN_A_GROUP = 64;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Of a store that is closed while the server does not answer: the daemon stops within 5 s. */
const GRACE_MS = 1_000;

export type PostgresWriter = {
  write(statements: readonly Statement[], guard?: Statement): Promise<readonly (readonly Row[])[]>;
  /** Waits for what is under way as long as the server answers; what comes later is rejected. */
  close(): Promise<void>;
};

export type PostgresWriterDeps = {
  readonly place: PostgresPlace;
  /** For one transaction. Rejects with what the driver throws, or StoreFailure. */
  readonly take: () => Promise<Turn>;
  /** How long a write is tried again when the server is away, before it fails as a passing failure. */
  readonly retryForMs: number;
  /** Told of each try: why it failed, or nothing. */
  readonly onOutcome: (failure: Error | undefined) => void;
};

type Rows = readonly (readonly Row[])[];
type Asked = {
  readonly queries: readonly PostgresQuery[];
  readonly guard: PostgresQuery | undefined;
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: Error) => void;
};

/** A transaction of which it is not known whether it was kept; `rows` are its answers if it was. */
type Doubt = { readonly number: number; readonly rows: readonly Rows[] };

export function createPostgresWriter(deps: PostgresWriterDeps): PostgresWriter {
  const { place, take, retryForMs, onOutcome } = deps;
  const name = randomUUID();
  const schema = schemaOf(place);
  const begin = beginIn(place, "write");
  const note = (number: number): PostgresQuery => ({
    text: NOTE,
    values: [name, number, LOCKS.write, lockNumber(place)],
  });
  const closing = new AbortController();
  const queue: Asked[] = [];
  let turn: Turn | undefined;
  let lastNumber = 0;
  let working: Promise<void> | undefined;
  let isGone = false;

  async function work(): Promise<void> {
    while (queue.length > 0) await settle(queue.splice(0, MOST_WRITES_IN_A_GROUP));
    working = undefined;
  }

  /** Answers every write of the group. */
  async function settle(group: readonly Asked[]): Promise<void> {
    const outcome = await commitWhereAnswered(group).catch(toStoreError);
    if (!(outcome instanceof Error)) {
      group.forEach(({ resolve }, index) => resolve(outcome[index] ?? []));
    } else if (group.length === 1 || isPassing({ code: codeOfFailure(outcome) })) {
      group.forEach(({ reject }) => reject(outcome));
    } else {
      for (const alone of group) await settle([alone]);
    }
  }

  /** Tries until the server has said what came of it. Rejects with StoreFailure or a bug. */
  async function commitWhereAnswered(group: readonly Asked[]): Promise<readonly Rows[]> {
    const until = performance.now() + retryForMs;
    let doubt: Doubt | undefined;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      try {
        turn = await take();
        const { connection } = turn;
        if (isGone) throw closedFailure();
        if (doubt !== undefined) {
          if (await wasKept(connection, doubt)) return doubt.rows;
          doubt = undefined;
        }
        const answers = send(connection, group);
        const number = lastNumber;
        let rows = answersOfNothing(group);
        const committed = rows && connection.say("COMMIT");
        committed?.catch(() => undefined); // what failed before it is why
        try {
          rows = await answers;
          await (committed ?? connection.say("COMMIT"));
        } catch (thrown) {
          // An error that leaves the connection open is an answer: it was not kept.
          if (rows !== undefined && isCutOff(toError(thrown))) doubt = { number, rows };
          throw thrown;
        }
        onOutcome(undefined);
        return rows;
      } catch (thrown) {
        const failure = toStoreError(thrown);
        onOutcome(failure);
        if (isCutOff(toError(thrown))) turn?.connection.cut();
        else await turn?.connection.say("ROLLBACK").catch(() => turn?.connection.cut());
        const isForGood = !isPassing({ code: codeOfFailure(failure) });
        const isTooLong = performance.now() > until;
        if (closing.signal.aborted || (doubt === undefined && (isForGood || isTooLong)))
          throw failure;
      } finally {
        turn?.end();
        turn = undefined;
      }
      await pause(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  /** All but the commit, in one piece. */
  async function send(writer: Connection, group: readonly Asked[]): Promise<readonly Rows[]> {
    const run = (query: PostgresQuery): Promise<readonly Row[]> => writer.run(query, { schema });
    const begun = [
      writer.say(`BEGIN; SET LOCAL search_path TO ${schema}`),
      run(note(++lastNumber)),
    ];
    const guards = distinct(group.flatMap(({ guard }) => guard ?? [])).map((guard) =>
      run(orFail(guard)),
    );
    const answers = group.map(({ queries }) => queries.map(run));
    const all = await Promise.allSettled([...begun, ...guards, ...answers.flat()]);
    // The first that failed is why; what came after it in the transaction failed for that alone.
    const first = all.findIndex(({ status }) => status === "rejected");
    const failedFirst = all[first];
    if (failedFirst?.status === "rejected") {
      const isGuard = first >= begun.length && first < begun.length + guards.length;
      throw isGuard && codeOf(failedFirst.reason) === DIVIDED_BY_ZERO
        ? fencedFailure()
        : failedFirst.reason;
    }
    return Promise.all(answers.map((rows) => Promise.all(rows)));
  }

  /** Under the lock: the old transaction is over, however it ended, or it comes too late. */
  async function wasKept(writer: Connection, { number }: Doubt): Promise<boolean> {
    await writer.say(begin);
    const [row] = await writer.say(`SELECT number FROM last_write WHERE writer = '${name}'`);
    if (row?.["number"] !== number) await writer.run(note(++lastNumber), { schema });
    await writer.say("COMMIT");
    return row?.["number"] === number;
  }

  return {
    write(statements, guard) {
      if (closing.signal.aborted) return Promise.reject(closedFailure());
      return new Promise((resolve, reject) => {
        const asked = {
          queries: statements.map(toPostgres),
          guard: guard === undefined ? undefined : toPostgres(guard),
        };
        queue.push({ ...asked, resolve, reject });
        working ??= work();
      });
    },
    async close() {
      closing.abort();
      await within(GRACE_MS, working);
      isGone = true;
      turn?.connection.cut();
    },
  };
}

/**
 * Takes the installation's lock, and notes the transaction. One that comes after a later one breaks the
 * constraint NOT NULL, and nothing of it is kept.
 */
const NOTE = `INSERT INTO last_write (writer, number, at)
  SELECT $1::text, $2::bigint, now() FROM pg_advisory_xact_lock($3::int, $4::int)
  ON CONFLICT (writer) DO UPDATE SET at = excluded.at,
    number = CASE WHEN last_write.number < excluded.number THEN excluded.number END`;

const DIVIDED_BY_ZERO = "22012";

/** A guard that finds nothing fails, and so does all that comes after it. */
const orFail = ({ text, values }: PostgresQuery): PostgresQuery => ({
  text: `SELECT 1 / count(*) AS is_held FROM (${text}) AS held`,
  values,
});

const distinct = (queries: readonly PostgresQuery[]): readonly PostgresQuery[] => [
  ...new Map(queries.map((query) => [JSON.stringify(query), query])).values(),
];

/** @returns undefined where rows are asked for, which have to be known before the commit */
function answersOfNothing(group: readonly Asked[]): readonly Rows[] | undefined {
  const isSilent = ({ text }: PostgresQuery): boolean =>
    /^\s*(INSERT|UPDATE|DELETE)\b/i.test(text) && !/\bRETURNING\b/i.test(text);
  return group.every(({ queries }) => queries.every(isSilent))
    ? group.map(({ queries }) => queries.map(() => []))
    : undefined;
}

const codeOfFailure = (error: Error): string => (error instanceof StoreFailure ? error.code : "");

/** A bug stays what it is. */
export function toStoreError(thrown: unknown): Error {
  const error = toError(thrown);
  const told = error instanceof StoreFailure ? undefined : describePostgresError(error);
  return told === undefined ? error : new StoreFailure(told.message, told);
}
