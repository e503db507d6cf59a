/**
 * Small things that a room keeps over restarts: one JSON value under each name, in a table of its own
 * with the columns `name` and `value`. Read leniently, because they outlive versions. Exports `keptValues`.
 */
import { sql, type Statement, type Store } from "./store.ts";

export type KeptValues<Name extends string> = {
  /** @returns undefined: not kept yet, or damaged by hand. Rejects with StoreFailure. */
  readonly readKept: (store: Pick<Store, "read">, name: Name) => Promise<unknown>;
  readonly keepValue: (name: Name, value: unknown) => Statement;
};

export function keptValues<Name extends string>(
  table: "altegio_kept" | "directory_kept",
): KeptValues<Name> {
  return {
    async readKept(store, name) {
      const [row] = await store.read(sql(`SELECT value FROM ${table} WHERE name = ?`, name));
      try {
        return row === undefined ? undefined : (JSON.parse(String(row["value"])) as unknown);
      } catch {
        return undefined;
      }
    },
    keepValue: (name, value) =>
      sql(
        `INSERT INTO ${table} (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        name,
        JSON.stringify(value),
      ),
  };
}
