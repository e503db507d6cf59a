/**
 * What is kept of the widget's list of extensions.
 *
 * `widget_extension`: extension → user, where the configuration names nobody. `widget_extension_change`:
 *   one row for each entry of a saved list that changed something or was refused: who, when, what.
 * Times are milliseconds since 1970.
 */
import type { Migration, Row, SqlValue, Statement } from "../store/store.ts";
import type { ExtensionDecision } from "./extension-list.ts";

export const extensionMigrations: readonly Migration[] = [
  {
    id: "widget-extension-1",
    statements: [
      `CREATE TABLE widget_extension (
        extension TEXT PRIMARY KEY,
        user_id INTEGER NOT NULL,
        given_by INTEGER NOT NULL,
        given_at INTEGER NOT NULL
      )`,
      `CREATE TABLE widget_extension_change (
        changed_at INTEGER NOT NULL,
        changed_by INTEGER NOT NULL,
        user_id INTEGER NOT NULL,
        extension TEXT NOT NULL,
        outcome TEXT NOT NULL
      )`,
      "CREATE INDEX widget_extension_change_at ON widget_extension_change (changed_at)",
    ],
  },
];

export const KEPT_EXTENSIONS: Statement = {
  sql: "SELECT extension, user_id FROM widget_extension ORDER BY extension",
  values: [],
};

export const readKeptExtension = (row: Row): readonly [string, number] => [
  String(row["extension"]),
  Number(row["user_id"]),
];

/** All that a decision changes, with its audit rows, for one transaction. */
export function keepExtensions(
  { entries, next }: ExtensionDecision,
  change: {
    readonly before: ReadonlyMap<string, number>;
    readonly by: number;
    readonly at: number;
  },
): readonly Statement[] {
  const { before, by } = change;
  const at = Math.round(change.at);
  const gone = [...before].filter(([extension, user]) => next.get(extension) !== user);
  const given = [...next].filter(([extension, user]) => before.get(extension) !== user);
  const news = entries.filter(
    ({ user, extension, outcome }) =>
      outcome !== "kept" || (next.get(extension) === user && before.get(extension) !== user),
  );
  return [
    ...gone.map(([extension]) =>
      sql("DELETE FROM widget_extension WHERE extension = ?", extension),
    ),
    ...given.map(([extension, user]) =>
      sql(
        "INSERT INTO widget_extension (extension, user_id, given_by, given_at) VALUES (?, ?, ?, ?)",
        ...[extension, user, by, at],
      ),
    ),
    ...news.map(({ user, extension, outcome }) =>
      sql(
        `INSERT INTO widget_extension_change (changed_at, changed_by, user_id, extension, outcome)
         VALUES (?, ?, ?, ?, ?)`,
        ...[at, by, user, extension, outcome],
      ),
    ),
  ];
}

const sql = (text: string, ...values: SqlValue[]): Statement => ({ sql: text, values });
