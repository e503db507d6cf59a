/**
 * Every row of the store that holds a number, whichever room it is of: all tables are looked through, so
 * that a room added later is not forgotten here. Reads only, in pages, beside the daemon's own threads.
 */
import { sql, type Row, type Store } from "../../store/store.ts";
import type { PhoneTraces } from "./phone-traces.ts";

export type FoundRow = {
  readonly table: string;
  readonly rowid: number;
  /** Columns in which the number stands, with their whole texts. */
  readonly texts: readonly (readonly [column: string, text: string])[];
  readonly row: Row;
};

const PAGE = 200;

/** Rejects with StoreFailure. */
export async function findRows(
  store: Pick<Store, "read">,
  traces: PhoneTraces,
): Promise<readonly FoundRow[]> {
  const found: FoundRow[] = [];
  const tables = await store.read(
    sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"),
  );
  for (const { name } of tables) {
    const table = String(name);
    const columns = await textColumns(store, table);
    if (columns.length > 0) found.push(...(await rowsOf(store, { table, columns }, traces)));
  }
  return found;
}

async function textColumns(store: Pick<Store, "read">, table: string): Promise<string[]> {
  const rows = await store.read(sql(`SELECT name, type FROM pragma_table_info('${table}')`));
  return rows
    .filter(({ type }) => !/^(INTEGER|REAL)$/i.test(String(type)))
    .map(({ name }) => String(name));
}

/** The engine looks at the digits alone, which finds too much rather than too little. */
async function rowsOf(
  store: Pick<Store, "read">,
  { table, columns }: { table: string; columns: readonly string[] },
  traces: PhoneTraces,
): Promise<FoundRow[]> {
  const found: FoundRow[] = [];
  const holds = columns.map((column) => `${onlyDigits(`"${column}"`)} LIKE ?`).join(" OR ");
  const pattern = `%${traces.key}%`;
  for (let after = -Number.MAX_SAFE_INTEGER; ;) {
    const page = await store.read(
      sql(
        `SELECT rowid AS rowid_, * FROM "${table}" WHERE rowid > ? AND (${holds})
         ORDER BY rowid LIMIT ${PAGE}`,
        after,
        ...columns.map(() => pattern),
      ),
    );
    for (const row of page) {
      const texts = columns.flatMap((column) => {
        const text = row[column];
        return typeof text === "string" && traces.isIn(text) ? [[column, text] as const] : [];
      });
      if (texts.length > 0) found.push({ table, rowid: Number(row["rowid_"]), texts, row });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    after = Number(last["rowid_"]);
  }
}

const onlyDigits = (column: string): string =>
  [" ", "-", "(", ")", ".", "/", "\u00a0", "\u2010", "\u2011", "\u2012", "\u2013"].reduce(
    (text, sign) => `replace(${text}, '${sign}', '')`,
    column,
  );
