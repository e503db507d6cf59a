/**
 * The PostgreSQL engine of the store: one installation in a schema of its own, so that many share a
 * database. It goes on through restarts and failovers of the server: reads wait for it, writes are tried
 * again. Loaded only where `store.url` is given.
 */
import { setTimeout as pause } from "node:timers/promises";
import { failed, succeeded, toError, type Result } from "../lib/failure.ts";
import {
  LONG_READING,
  ownConnections,
  READING,
  sharedConnections,
  type Connections,
} from "./postgres-connections.ts";
import { describePostgresError, isCutOff, isSilence, isTooLong } from "./postgres-failure.ts";
import { IN_USE } from "./postgres-keeper.ts";
import { migratePostgres, pendingMigrations } from "./postgres-migrations.ts";
import { schemaOf, type PostgresPlace } from "./postgres-place.ts";
import { toPostgres, type PostgresQuery } from "./postgres-sql.ts";
import { createPostgresWriter, toStoreError } from "./postgres-writer.ts";
import { closedFailure, isBroken, isPassing, StoreFailure } from "./store.ts";
import type { DaemonStore, Migration, OpenFailure, Row } from "./store.ts";

export type PostgresStoreOptions = PostgresPlace & {
  /** Those of all rooms, in order. */
  readonly migrations: readonly Migration[];
  /**
   * "own": the only one, as long as it is open (default). "share": beside others that share, each of
   * which guards its writes; over the connections that all of these in this process have in common.
   * "look": reads only, beside either.
   */
  readonly access?: "own" | "share" | "look";
  /** With "share": connections of its own all the same, where it waits for nobody. */
  readonly isApart?: boolean;
  /** Told when the one session of its own in which it writes has ended without being closed. */
  readonly onSessionLost?: () => void;
  /** How long a write is tried again while the server is away, before it fails. Default 5,000. */
  readonly retryForMs?: number;
  /** Told when the server stopped answering, and again, without a failure, when it answers. */
  readonly onTrouble?: (failure: StoreFailure | undefined) => void;
  /** Told once, when nothing more can be trusted to the database: the daemon has to leave. */
  readonly onBroken?: (failure: StoreFailure) => void;
};

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const MOST_LONG = 200;

/** @returns a failure with one sentence for the operator; the database is then as it was */
export async function openPostgresStore(
  options: PostgresStoreOptions,
): Promise<Result<DaemonStore, OpenFailure>> {
  const connections = connectionsFor(options);
  try {
    const ready = await makeReady(options, connections);
    if (ready.ok) return succeeded(createStore(options, connections));
    await connections.close(closedFailure());
    return ready;
  } catch (thrown) {
    await connections.close(closedFailure());
    return failed(openFailureOf(toError(thrown)));
  }
}

function connectionsFor(options: PostgresStoreOptions): Connections {
  const { url, name, access = "own", isApart, onSessionLost } = options;
  const place = { url, name };
  if (access === "share" && isApart !== true) return sharedConnections(place);
  return ownConnections(place, access === "look" ? undefined : access, onSessionLost);
}

/** Rejects with what the driver throws, or StoreFailure. */
async function makeReady(
  { url, name, migrations, access }: PostgresStoreOptions,
  connections: Connections,
): Promise<Result<void, OpenFailure>> {
  const place = { url, name };
  const { connection, end } = await (access === "look"
    ? connections.toRead()
    : connections.toWrite());
  try {
    if (access !== "look") return await migratePostgres(connection, { place, migrations });
    const pending = await pendingMigrations(connection, { place, migrations });
    if (!pending.ok) return pending;
    return pending.value.length > 0 ? failed(notMigrated) : succeeded(undefined);
  } catch (thrown) {
    if (isCutOff(toError(thrown))) connection.cut();
    throw thrown;
  } finally {
    end();
  }
}

function createStore(options: PostgresStoreOptions, connections: Connections): DaemonStore {
  const { access = "own", onTrouble, onBroken } = options;
  const place: PostgresPlace = { url: options.url, name: options.name };
  const schema = schemaOf(place);
  const closing = new AbortController();
  let isInTrouble = false;

  function tell(failure: Error | undefined): void {
    if (closing.signal.aborted) return;
    if (failure instanceof StoreFailure && isBroken(failure)) onBroken?.(failure);
    const isTrouble = failure instanceof StoreFailure && isPassing(failure);
    if (isTrouble === isInTrouble || (failure !== undefined && !isTrouble)) return;
    isInTrouble = isTrouble;
    onTrouble?.(isTrouble ? failure : undefined);
  }

  const writer = createPostgresWriter({
    ...{
      place,
      take: connections.toWrite,
      retryForMs: options.retryForMs ?? 5_000,
      onOutcome: tell,
    },
  });

  /** What was asked once and took long has more time from then on. */
  const long = new Set<string>();

  /** @param isLong it may take a minute */
  async function look(query: PostgresQuery, isLong = false): Promise<readonly Row[]> {
    const { connection, end } = await connections.toRead();
    const run = async (): Promise<readonly Row[]> => {
      if (!isLong) return connection.run(query);
      await connection.say(`SET statement_timeout = ${LONG_READING.statementMs}`);
      try {
        return await connection.run(query, { answerMs: LONG_READING.answerMs });
      } finally {
        if (connection.isOpen())
          await connection.say(`SET statement_timeout = ${READING.statementMs}`);
      }
    };
    try {
      const [, rows] = await Promise.all([connection.enter(schema), run()]);
      return rows;
    } catch (thrown) {
      if (isCutOff(toError(thrown))) connection.cut();
      if (isSilence(thrown)) connections.doubtReading();
      throw thrown;
    } finally {
      end();
    }
  }

  /** Waits until the server answers, however long. */
  async function read(query: PostgresQuery): Promise<readonly Row[]> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      if (closing.signal.aborted) throw closedFailure();
      try {
        const rows = await look(query, long.has(query.text));
        tell(undefined);
        return rows;
      } catch (thrown) {
        if (isTooLong(thrown) && !long.has(query.text)) {
          if (long.size >= MOST_LONG) long.clear();
          long.add(query.text);
          continue;
        }
        const failure = toStoreError(thrown);
        tell(failure);
        if (!(failure instanceof StoreFailure) || !isPassing(failure)) throw failure;
      }
      await pause(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  /** One table that is large or in use is left to the server's own housekeeping. */
  async function vacuum(): Promise<void> {
    const tables = await read({
      text: "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
      values: [],
    });
    for (const { name } of tables) {
      try {
        await look({ text: `VACUUM "${String(name)}"`, values: [] }, true);
      } catch (thrown) {
        const failure = toStoreError(thrown);
        if (!(failure instanceof StoreFailure) || !isPassing(failure)) throw failure;
      }
    }
  }

  return {
    write: (statements, guard) =>
      access === "look" ? Promise.reject(onlyLooking()) : writer.write(statements, guard),
    read: async (statement) => read(toPostgres(statement)),
    scrub: vacuum,
    isScrubbing: () => false,
    async close() {
      await writer.close();
      closing.abort();
      await connections.close(closedFailure());
    },
  };
}

const notMigrated: OpenFailure = {
  kind: "not-migrated",
  reason: "the store is not there, or was written by an older asterisk-kommo",
  hint: "start the daemon of this version once, which brings the store to its form",
};

const onlyLooking = (): StoreFailure =>
  new StoreFailure("the store was opened to look only", {
    code: "STORE_LOOK",
    hint: "report this as a bug",
  });

function openFailureOf(error: Error): OpenFailure {
  if (error instanceof StoreFailure && error.code === IN_USE)
    return { kind: "in-use", reason: error.message, hint: error.hint };
  const told = error instanceof StoreFailure ? error : describePostgresError(error);
  if (told === undefined) throw error;
  return {
    kind: told.code === "POSTGRES_REFUSED" ? "not-writable" : "unusable",
    reason: `PostgreSQL cannot be used: ${told.message}`,
    hint: told.hint,
  };
}
