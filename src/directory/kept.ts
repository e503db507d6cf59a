/**
 * Small things that the directory knows and keeps over restarts, one JSON value under each name. Read
 * leniently, because they outlive versions.
 */
import { sql, type Statement, type Store } from "../store/store.ts";

export type KeptName =
  | "users"
  | "account"
  /** How far each list has been read: mirror-state.ts. */
  | "mirror"
  | "webhook-secret"
  /** The address that was last subscribed at Kommo. */
  | "webhook-address";

/** @returns undefined: not kept yet. Rejects with StoreFailure. */
export async function readKept(store: Pick<Store, "read">, name: KeptName): Promise<unknown> {
  const [row] = await store.read(sql("SELECT value FROM directory_kept WHERE name = ?", name));
  try {
    return row === undefined ? undefined : (JSON.parse(String(row["value"])) as unknown);
  } catch {
    return undefined; // damaged by hand: it is learnt anew
  }
}

export const keepValue = (name: KeptName, value: unknown): Statement =>
  sql(
    `INSERT INTO directory_kept (name, value) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    name,
    JSON.stringify(value),
  );
