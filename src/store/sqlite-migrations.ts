/** Brings a database to the schema that the rooms ask for, or says why not and leaves it as it was. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { failed, succeeded, toError, type Result } from "../lib/failure.ts";
import { isAddition, type Migration, type OpenFailure } from "./store.ts";

/**
 * Which migrations a database still needs. `user_version` holds how many it has, the table
 * `migration` which; either one beyond ours means that a newer daemon has been here. What it only added
 * does not matter.
 */
export function pendingMigrations(
  db: DatabaseSync,
  migrations: readonly Migration[],
): Result<readonly Migration[], OpenFailure> {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const isOurs = tables.some(({ name }) => name === "migration");
  if (!isOurs && (tables.length > 0 || version > 0)) {
    return failed({
      kind: "not-ours",
      reason: "the file of store.path is a database of another program",
      hint: "name another file in store.path",
    });
  }
  const applied = isOurs ? db.prepare("SELECT id FROM migration").all() : [];
  const known = new Set(migrations.map(({ id }) => id));
  const unknown = applied.map(({ id }) => String(id)).filter((id) => !known.has(id));
  if (!unknown.every(isAddition) || version > migrations.length + unknown.length) {
    return failed({
      kind: "newer-schema",
      reason: "the store was written by a newer asterisk-kommo, and nothing in it was touched",
      hint: "install that version again, or restore the copy that was kept beside the store before the upgrade",
    });
  }
  const done = new Set(applied.map(({ id }) => String(id)));
  return succeeded(migrations.filter(({ id }) => !done.has(id)));
}

/**
 * Applies each migration in a transaction of its own. A database that already holds something is
 * copied first, to `<path>.before-<version>`.
 */
export function applyMigrations(
  db: DatabaseSync,
  path: string,
  pending: readonly Migration[],
): Result<void, OpenFailure> {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  try {
    if (pending.length > 0 && version > 0) keepCopy(db, `${path}.before-${version}`);
    pending.forEach((migration, index) => applyOne(db, migration, version + index + 1));
    return succeeded(undefined);
  } catch (thrown) {
    if (db.isTransaction) db.exec("ROLLBACK");
    return failed({
      kind: "not-migrated",
      reason: `the store could not be brought to this version's form: ${toError(thrown).message}`,
      hint: "free disk space as large as the store and start again; the version before still opens it",
    });
  }
}

function applyOne(db: DatabaseSync, migration: Migration, version: number): void {
  db.exec("BEGIN IMMEDIATE");
  db.exec("CREATE TABLE IF NOT EXISTS migration (id TEXT PRIMARY KEY, applied_at TEXT NOT NULL)");
  for (const statement of migration.statements) db.exec(statement);
  db.prepare("INSERT INTO migration (id, applied_at) VALUES (?, ?)").run(
    migration.id,
    new Date().toISOString(),
  );
  db.exec(`PRAGMA user_version = ${version}`);
  db.exec("COMMIT");
}

function keepCopy(db: DatabaseSync, copy: string): void {
  const unfinished = `${copy}.new`;
  rmSync(unfinished, { force: true });
  closeSync(openSync(unfinished, "wx", 0o600)); // SQLite would let everybody read it
  db.prepare("VACUUM INTO ?").run(unfinished);
  const file = openSync(unfinished, "r+");
  fsyncSync(file);
  closeSync(file);
  renameSync(unfinished, copy);
}
