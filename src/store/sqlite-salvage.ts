/**
 * A damaged database is set aside as it is, and what can still be read of it goes into a new one.
 * Exports `setAside`, `salvage` and the mark of a database that has to be looked through.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";

/** Told to the operator; `rows` could be taken over. */
export type Damage = { readonly setAside: string; readonly rows: number };

const suspectFile = (path: string): string => `${path}.suspect`;

/** SQLite met damage while the daemon ran: the next start looks through the whole file. */
export function markSuspect(path: string): void {
  closeSync(openSync(suspectFile(path), "w", 0o600));
}
export const isSuspect = (path: string): boolean => existsSync(suspectFile(path));
export const clearSuspect = (path: string): void => rmSync(suspectFile(path), { force: true });

/** @returns the path under which the database now lies, its log beside it */
export function setAside(path: string): string {
  const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  let aside = `${path}.damaged-${stamp}`;
  for (let copy = 2; existsSync(aside); copy++) aside = `${path}.damaged-${stamp}-${copy}`;
  for (const suffix of ["", "-wal", "-shm"])
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/**
 * Copies every row that can be read into the tables that `into` already has. Rows between two damaged
 * places of one table are lost. @returns how many rows were taken over
 */
export function salvage(from: DatabaseSync, into: DatabaseSync): number {
  const tables = into
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => name !== "migration");
  into.exec("BEGIN IMMEDIATE");
  const rows = tables.reduce((sum, table) => sum + salvageTable(from, into, table), 0);
  into.exec("COMMIT");
  return rows;
}

function salvageTable(from: DatabaseSync, into: DatabaseSync, table: string): number {
  const known = new Set(columnsOf(into, table));
  const columns = columnsOf(from, table).filter((column) => known.has(column));
  if (columns.length === 0) return 0;
  const names = columns.map((column) => `"${column}"`).join(", ");
  const insert = into.prepare(
    `INSERT OR IGNORE INTO "${table}" (rowid, ${names}) VALUES (?${", ?".repeat(columns.length)})`,
  );
  let copied = 0;
  let last = -Infinity;
  const copy = (order: "ASC" | "DESC"): void => {
    try {
      const read = `SELECT rowid AS salvaged_rowid, ${names} FROM "${table}" ORDER BY rowid ${order}`;
      for (const row of from.prepare(read).iterate()) {
        const rowid = Number(row["salvaged_rowid"]);
        if (order === "DESC" && rowid <= last) return;
        if (order === "ASC") last = rowid;
        const values = columns.map((column): SQLInputValue => row[column] ?? null);
        copied += Number(insert.run(rowid, ...values).changes);
      }
      last = Infinity;
    } catch {
      return; // here the damage begins; from the other end more may be read
    }
  };
  copy("ASC");
  copy("DESC");
  return copied;
}

function columnsOf(db: DatabaseSync, table: string): string[] {
  try {
    return db
      .prepare(`SELECT name FROM pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => String(name));
  } catch {
    return []; // not even the schema can be read
  }
}
