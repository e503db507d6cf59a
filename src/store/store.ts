/**
 * The one way to the database, over either engine. Statements are SQL that both engines understand,
 * with `?` for values. All writing goes through `write`: one call is one transaction, and calls that
 * meet within a few milliseconds share one commit to the disk, each still whole or not at all.
 */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

export type Statement = {
  readonly sql: string;
  /** Where PostgreSQL cannot be told the same in the same words; the values are the same. */
  readonly postgres?: string;
  readonly values: readonly SqlValue[];
};

export const sql = (text: string, ...values: SqlValue[]): Statement => ({ sql: text, values });

export type Store = {
  /**
   * Resolves once the transaction is on the disk. Rows are those of `RETURNING`, one list a statement.
   * Rejects with `StoreFailure`; then nothing of this call was kept, but for `isBroken`, where only
   * the next start can tell.
   * @param guard asked first, in the same transaction: without a row of it nothing of the call is kept,
   *   and it rejects with the code FENCED
   */
  write(statements: readonly Statement[], guard?: Statement): Promise<readonly (readonly Row[])[]>;
  /** Sees every write that has resolved. Rejects with `StoreFailure`. */
  read(statement: Statement): Promise<readonly Row[]>;
  /** Waits for what is under way, then closes the database. Whatever comes later is rejected. */
  close(): Promise<void>;
};

/** As the daemon has it: what was deleted can be made to leave no trace. */
export type DaemonStore = Store & {
  /**
   * Leaves nothing of what was deleted in SQLite's write-ahead log; `isWhole`: nor in the file, which is
   * then written anew, while writes wait. In PostgreSQL what was deleted can be overwritten from then on
   * (VACUUM), and its log is not ours. Rejects with `StoreFailure`.
   */
  scrub(isWhole: boolean): Promise<void>;
  /** Meanwhile nobody is answered. */
  isScrubbing(): boolean;
};

/**
 * One step of the schema, applied once and in one transaction. Each room brings its own list; ids are
 * unique over all rooms ("outbox-1") and never change once released. One that begins with "+" only adds
 * (see `isAddition`).
 */
export type Migration = {
  readonly id: string;
  readonly statements: readonly string[];
  /** For PostgreSQL, where it is not the same but for the names of types. */
  readonly postgres?: readonly string[];
};

/**
 * A step that versions before need not know, and therefore opens to them: new tables, new indexes that
 * forbid nothing, new columns that may be empty or have a default. What is changed or taken away comes a
 * version later, in a step that does not begin with "+".
 */
export const isAddition = (id: string): boolean => id.startsWith("+");

/** The code of a write whose guard found nothing: somebody else's turn has begun. */
export const FENCED = "STORE_FENCED";

/** The database refused or broke; the hint says what the operator can do. */
export class StoreFailure extends Error {
  /** "SQLITE_FULL", "POSTGRES_AWAY", or of the store itself: "STORE_CLOSED", "STORE_FENCED". */
  readonly code: string;
  readonly hint: string;
  constructor(message: string, { code, hint }: { code: string; hint: string }) {
    super(message);
    this.name = "StoreFailure";
    this.code = code;
    this.hint = hint;
  }
}

export const fencedFailure = (): StoreFailure =>
  new StoreFailure("another daemon has taken over, and nothing was written", {
    code: FENCED,
    hint: "nothing has to be done",
  });

export const closedFailure = (): StoreFailure =>
  new StoreFailure("the store is closed", {
    code: "STORE_CLOSED",
    hint: "start the daemon again",
  });

const PASSING = new Set([
  ...["SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_NOMEM"],
  "SQLITE_CANTOPEN", // of a store that is open: no temporary file can be, for want of descriptors
  ...["POSTGRES_AWAY", "POSTGRES_BUSY", "POSTGRES_FULL", "POSTGRES_IN_USE"],
  ...["POSTGRES_READONLY", "POSTGRES_REFUSED"],
]);
const BROKEN = new Set([
  ...["SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "STORE_WORKER", "POSTGRES_CORRUPT"],
]);

/** true: the same write may succeed later (a full disk, another program's lock, a server that is away). */
export const isPassing = ({ code }: { code: string }): boolean => PASSING.has(code);

/** true: a row like it is there already, or is not where it has to be; nothing of the write was kept. */
export const isConstraint = ({ code }: { code: string }): boolean => code.endsWith("_CONSTRAINT");

/** true: nothing more can be trusted to this database until the daemon is started again. */
export const isBroken = ({ code }: { code: string }): boolean => BROKEN.has(code);

/** Why a store could not be opened. `reason` and `hint` are one sentence each, for the terminal. */
export type OpenFailure = {
  readonly kind:
    | "in-use"
    | "not-writable"
    | "newer-schema"
    | "not-ours"
    | "corrupt"
    | "not-migrated"
    | "full"
    | "unusable";
  readonly reason: string;
  readonly hint: string;
};
