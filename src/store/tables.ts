/**
 * What tables a store has, and all their rows, whichever engine keeps it: for whoever goes through all of
 * a store without knowing its rooms. Exports `tablesOf` and `rowsOf`.
 */
import { sql, type Row, type SqlValue, type Store } from "./store.ts";

export type Table = {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly isText: boolean }[];
};

/** `place`: where the row stands, as long as it is not written; a column of the same name is not in it. */
export type PlacedRow = { readonly place: SqlValue; readonly row: Row };

const PAGE = 200;
/** The engine's own. */
const NOT_OF_ROOMS = new Set(["migration", "last_write"]);

/** By name; without the engines' own. Rejects with StoreFailure. */
export async function tablesOf(store: Pick<Store, "read">): Promise<readonly Table[]> {
  const rows = await store.read({
    sql: `SELECT tables.name AS name, columns.name AS column_name, columns.type AS type
          FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
          WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
          ORDER BY tables.name, columns.cid`,
    postgres: `SELECT tables.table_name AS name, column_name, data_type AS type
          FROM information_schema.tables JOIN information_schema.columns
            USING (table_schema, table_name)
          WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
          ORDER BY tables.table_name COLLATE "C", ordinal_position`,
    values: [],
  });
  const groups = Map.groupBy(rows, ({ name }) => String(name));
  return [...groups]
    .filter(([name]) => !NOT_OF_ROOMS.has(name))
    .map(([name, columns]) => ({
      name,
      columns: columns.map(({ column_name: column, type }) => ({
        name: String(column),
        isText: /^text$/i.test(String(type)),
      })),
    }));
}

/**
 * In pages, so that a table may be larger than memory.
 * @param where further conditions, with their values; default: all rows
 */
export async function* rowsOf(
  store: Pick<Store, "read">,
  { name }: Pick<Table, "name">,
  where: { readonly text: string; readonly values: readonly SqlValue[] } = {
    text: "1 = 1",
    values: [],
  },
): AsyncGenerator<readonly PlacedRow[]> {
  let after: SqlValue | undefined;
  for (;;) {
    const isFirst = after === undefined;
    const page = await store.read({
      sql: `SELECT rowid AS place_, * FROM "${name}"
            WHERE ${isFirst ? "" : "rowid > ? AND "}(${where.text}) ORDER BY rowid LIMIT ${PAGE}`,
      postgres: `SELECT CAST(ctid AS text) AS place_, * FROM "${name}"
            WHERE ${isFirst ? "" : "ctid > CAST(? AS tid) AND "}(${where.text})
            ORDER BY ctid LIMIT ${PAGE}`,
      values: [...(after === undefined ? [] : [after]), ...where.values],
    });
    if (page.length > 0) yield page.map(({ place_: place = null, ...row }) => ({ place, row }));
    after = page.at(-1)?.["place_"];
    if (page.length < PAGE) return;
  }
}

export const countRows = (name: string) => sql(`SELECT count(*) AS rows FROM "${name}"`);
