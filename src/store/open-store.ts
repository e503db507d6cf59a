/**
 * Where an installation's store is, and the engine that opens it. Exports `openStore`; PostgreSQL's engine
 * is loaded where the place is a database.
 */
import { dirname } from "node:path";
import { type Result } from "../lib/failure.ts";
import type { PostgresStoreOptions } from "./postgres-store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
import type { DaemonStore, OpenFailure } from "./store.ts";

/** The key `store` of the configuration. */
export type StorePlace = {
  /**
   * The database file. Where there is a `url`, no such file is made; what is not kept in the database
   * stands beside it and is named after it: requests of commands, new tokens, recordings as mp3.
   */
  readonly path: string;
  /** "postgres://user:password@host/database" */
  readonly url?: string | undefined;
  /** Which installation of those in the database. */
  readonly schema: string;
};

/** The folder of all that an installation keeps on this host. */
export const stateFolderOf = ({ path }: Pick<StorePlace, "path">): string => dirname(path);

/** `access` "share" is "own" for a file: that has one owner. */
export type StoreOptions = Omit<SqliteStoreOptions, "path" | "access"> &
  Pick<PostgresStoreOptions, "access" | "onTrouble">;

/** @returns a failure with one sentence for the operator; the database is then as it was */
export async function openStore(
  { path, url, schema }: StorePlace,
  options: StoreOptions,
): Promise<Result<DaemonStore, OpenFailure>> {
  if (url === undefined)
    return openSqliteStore({
      ...{ path, ...options, access: options.access === "look" ? "look" : "own" },
    });
  const { openPostgresStore } = await import("./postgres-store.ts");
  return openPostgresStore({ url, name: schema, ...options });
}

/** How the place is named to the operator: without user and password. */
export function nameOfStore({ path, url, schema }: StorePlace): string {
  const parsed = url === undefined ? null : URL.parse(url);
  if (parsed === null) return path;
  return `${schema} of PostgreSQL at ${parsed.host}${parsed.pathname}`;
}
