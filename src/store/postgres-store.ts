/**
 * The PostgreSQL engine of the store: one installation in a schema of its own, so that many share a
 * database. It goes on through restarts and failovers of the server: reads wait for it, writes are tried
 * again. Loaded only where `store.url` is given.
 */
import { setTimeout as pause } from "node:timers/promises";
import { failed, succeeded, toError, type Result } from "../lib/failure.ts";
import { createConnections, lockNumbers } from "./postgres-connections.ts";
import type { Connections, PostgresPlace, Writer } from "./postgres-connections.ts";
import { describePostgresError } from "./postgres-failure.ts";
import { migratePostgres, pendingMigrations } from "./postgres-migrations.ts";
import { toPostgres, type PostgresQuery } from "./postgres-sql.ts";
import { createPostgresWriter, toStoreError } from "./postgres-writer.ts";
import { closedFailure, isBroken, isPassing, StoreFailure } from "./store.ts";
import type { DaemonStore, Migration, OpenFailure, Row } from "./store.ts";

export type PostgresStoreOptions = PostgresPlace & {
  /** Those of all rooms, in order. */
  readonly migrations: readonly Migration[];
  /**
   * "own": the only one, as long as it is open (default). "share": beside others that share, each of
   * which guards its writes. "look": reads only, beside either.
   */
  readonly access?: "own" | "share" | "look";
  /** How long a write is tried again while the server is away, before it fails. Default 5,000. */
  readonly retryForMs?: number;
  /** Told when the server stopped answering, and again, without a failure, when it answers. */
  readonly onTrouble?: (failure: StoreFailure | undefined) => void;
  /** Told once, when nothing more can be trusted to the database: the daemon has to leave. */
  readonly onBroken?: (failure: StoreFailure) => void;
};

const LOCK_WAIT_MS = 1_000; // a daemon that is just leaving
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** @returns a failure with one sentence for the operator; the database is then as it was */
export async function openPostgresStore(
  options: PostgresStoreOptions,
): Promise<Result<DaemonStore, OpenFailure>> {
  const { migrations, access = "own" } = options;
  const place = { url: options.url, name: options.name };
  const connections = await createConnections(place);
  let first: Writer | undefined;
  try {
    first = await connections.openWriter();
    if (access === "look") {
      const pending = await pendingMigrations(first, { place, migrations });
      await first.close();
      if (!pending.ok) return pending;
      if (pending.value.length > 0) return failed(notMigrated);
      return succeeded(createStore(options, { connections, first: undefined }));
    }
    const until = performance.now() + LOCK_WAIT_MS;
    while (!(await takesPlace(first, { place, access }))) {
      if (performance.now() > until) {
        await first.close();
        return failed(inUse(place));
      }
      await pause(FIRST_PAUSE_MS);
    }
    const migrated = await migratePostgres(first, { place, migrations });
    if (migrated.ok) return succeeded(createStore(options, { connections, first }));
    await first.close();
    return migrated;
  } catch (thrown) {
    first?.cut();
    return failed(openFailureOf(toError(thrown)));
  }
}

type Given = { readonly connections: Connections; readonly first: Writer | undefined };

function createStore(options: PostgresStoreOptions, { connections, first }: Given): DaemonStore {
  const { access = "own", onTrouble, onBroken } = options;
  const place = { url: options.url, name: options.name };
  const closing = new AbortController();
  let ready = first;
  let isInTrouble = false;

  function tell(failure: Error | undefined): void {
    if (closing.signal.aborted) return;
    if (failure instanceof StoreFailure && isBroken(failure)) onBroken?.(failure);
    const isTrouble = failure instanceof StoreFailure && isPassing(failure);
    if (isTrouble === isInTrouble || (failure !== undefined && !isTrouble)) return;
    isInTrouble = isTrouble;
    onTrouble?.(isTrouble ? failure : undefined);
  }

  /** A connection whose session holds the place again: the one before may not be given up yet. */
  async function connect(): Promise<Writer> {
    const kept = ready;
    ready = undefined;
    if (kept?.isOpen() === true) return kept;
    const writer = await connections.openWriter();
    if (access !== "look" && (await takesPlace(writer, { place, access }))) return writer;
    writer.cut();
    throw new StoreFailure(inUse(place).reason, { code: "POSTGRES_BUSY", hint: inUse(place).hint });
  }

  const writer = createPostgresWriter({
    ...{ place, connect, retryForMs: options.retryForMs ?? 5_000, onOutcome: tell },
  });

  /** Waits until the server answers, however long. */
  async function read(query: PostgresQuery): Promise<readonly Row[]> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      if (closing.signal.aborted) throw closedFailure();
      try {
        const rows = await connections.read(query);
        tell(undefined);
        return rows;
      } catch (thrown) {
        const failure = toStoreError(thrown);
        tell(failure);
        if (!(failure instanceof StoreFailure) || !isPassing(failure)) throw failure;
      }
      await pause(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  return {
    write: (statements, guard) =>
      access === "look" ? Promise.reject(onlyLooking()) : writer.write(statements, guard),
    read: async (statement) => read(toPostgres(statement)),
    scrub: () => Promise.resolve(),
    isScrubbing: () => false,
    async close() {
      await writer.close();
      await ready?.close();
      closing.abort();
      await connections.close();
    },
  };
}

async function takesPlace(
  writer: Writer,
  { place, access }: { place: PostgresPlace; access: "own" | "share" },
): Promise<boolean> {
  const take = access === "own" ? "pg_try_advisory_lock" : "pg_try_advisory_lock_shared";
  const [row] = await writer.say(`SELECT ${take}(${lockNumbers("daemon", place)}) AS is_taken`);
  return row?.["is_taken"] === 1;
}

const inUse = ({ name }: PostgresPlace): OpenFailure => ({
  kind: "in-use",
  reason: `another asterisk-kommo is running on the store ${name} of PostgreSQL`,
  hint: "stop it first (systemctl stop asterisk-kommo), or give this one another store.schema",
});

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
  const told = describePostgresError(error);
  if (told === undefined) throw error;
  return {
    kind: told.code === "POSTGRES_REFUSED" ? "not-writable" : "unusable",
    reason: `PostgreSQL cannot be used: ${told.message}`,
    hint: told.hint,
  };
}
