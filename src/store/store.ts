/**
 * The one way to the database, over either engine. Statements are SQL that both engines understand,
 * with `?` for values. All writing goes through `write`: one call is one transaction, and calls that
 * meet within a few milliseconds share one commit to the disk, each still whole or not at all.
 */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

export type Statement = { readonly sql: string; readonly values: readonly SqlValue[] };

export const sql = (text: string, ...values: SqlValue[]): Statement => ({ sql: text, values });

export type Store = {
  /**
   * Resolves once the transaction is on the disk. Rows are those of `RETURNING`, one list a statement.
   * Rejects with `StoreFailure`; then nothing of this call was kept, but for `isBroken`, where only
   * the next start can tell.
   */
  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /** Sees every write that has resolved. Rejects with `StoreFailure`. */
  read(statement: Statement): Promise<readonly Row[]>;
  /** Waits for what is under way, then closes the database. Whatever comes later is rejected. */
  close(): Promise<void>;
};

/**
 * One step of the schema, applied once and in one transaction. Each room brings its own list; ids are
 * unique over all rooms ("outbox-1") and never change once released.
 */
export type Migration = { readonly id: string; readonly statements: readonly string[] };

/** The database refused or broke; the hint says what the operator can do. */
export class StoreFailure extends Error {
  /** SQLite's name ("SQLITE_FULL"), "STORE_CLOSED" or "STORE_WORKER". */
  readonly code: string;
  readonly hint: string;
  constructor(message: string, { code, hint }: { code: string; hint: string }) {
    super(message);
    this.name = "StoreFailure";
    this.code = code;
    this.hint = hint;
  }
}

const PASSING = new Set(["SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_NOMEM"]);
const BROKEN = new Set(["SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "STORE_WORKER"]);

/** true: the same write may succeed later (a full disk, a lock held by another program). */
export const isPassing = ({ code }: { code: string }): boolean => PASSING.has(code);

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
    | "unusable";
  readonly reason: string;
  readonly hint: string;
};
