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
   * Rejects with `StoreFailure`; then nothing of this call was kept.
   */
  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  read(statement: Statement): Promise<readonly Row[]>;
  /** Waits for what is under way, then closes the database. */
  close(): Promise<void>;
};

/** The database refused or broke; the hint says what the operator can do. */
export class StoreFailure extends Error {
  readonly code: string;
  readonly hint: string;
  constructor(message: string, { code, hint }: { code: string; hint: string }) {
    super(message);
    this.name = "StoreFailure";
    this.code = code;
    this.hint = hint;
  }
}
