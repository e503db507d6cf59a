/**
 * Every row of the store that holds a number, whichever room it is of: all tables are looked through, so
 * that a room added later is not forgotten here. Reads only, in pages, beside the daemon's own threads.
 */
import type { Row, SqlValue, Statement, Store } from "../../store/store.ts";
import { rowsOf, tablesOf } from "../../store/tables.ts";
import type { PhoneTraces } from "./phone-traces.ts";

export type FoundRow = {
  readonly table: string;
  readonly place: SqlValue;
  /** Columns in which the number stands, with their whole texts. */
  readonly texts: readonly (readonly [column: string, text: string])[];
  readonly row: Row;
};

/** Rejects with StoreFailure. */
export async function findRows(
  store: Pick<Store, "read">,
  traces: PhoneTraces,
): Promise<readonly FoundRow[]> {
  const found: FoundRow[] = [];
  for (const table of await tablesOf(store)) {
    const columns = table.columns.filter(({ isText }) => isText).map(({ name }) => name);
    if (columns.length === 0) continue;
    // The engine looks at the digits alone, which finds too much rather than too little.
    const text = columns.map((column) => `${onlyDigits(`"${column}"`)} LIKE ?`).join(" OR ");
    const where = { text, values: columns.map(() => `%${traces.key}%`) };
    for await (const page of rowsOf(store, table, where)) {
      for (const { place, row } of page) {
        const texts = columns.flatMap((column) => {
          const value = row[column];
          return typeof value === "string" && traces.isIn(value) ? [[column, value] as const] : [];
        });
        if (texts.length > 0) found.push({ table: table.name, place, texts, row });
      }
    }
  }
  return found;
}

/**
 * What is done to a row, as long as the number stands in it: in PostgreSQL a changed row stands elsewhere,
 * and another one may have its place.
 */
export function ofFoundRow(found: FoundRow, text: string, ...values: SqlValue[]): Statement {
  const [column = "", held = ""] = found.texts[0] ?? [];
  return {
    sql: `${text} WHERE rowid = ? AND "${column}" = ?`,
    postgres: `${text} WHERE ctid = CAST(? AS tid) AND "${column}" = ?`,
    values: [...values, found.place, held],
  };
}

const onlyDigits = (column: string): string =>
  [" ", "-", "(", ")", ".", "/", "\u00a0", "\u2010", "\u2011", "\u2012", "\u2013"].reduce(
    (text, sign) => `replace(${text}, '${sign}', '')`,
    column,
  );
