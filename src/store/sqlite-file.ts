/**
 * Opens the database file: folder, rights, the lock that keeps a second daemon out, pragmas, schema.
 *
 * POSIX locks of a file fall when any descriptor of it is closed in this process, so a file that
 * SQLite may have open is never opened here by hand.
 */
import { accessSync, chownSync, closeSync, constants, existsSync, fsyncSync } from "node:fs";
import { mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { codeOf, failed, succeeded, toError, type Result } from "../lib/failure.ts";
import { tellMissingFiles, tellNoMoreFiles } from "../lib/no-more-files.ts";
import { describeSqliteError } from "./sqlite-failure.ts";
import { applyMigrations, pendingMigrations } from "./sqlite-migrations.ts";
import type { WorkerSettings } from "./sqlite-protocol.ts";
import { clearSuspect, isSuspect, salvage, setAside, type Damage } from "./sqlite-salvage.ts";
import type { OpenFailure } from "./store.ts";

export type OpenedFile = {
  readonly db: DatabaseSync;
  /** What was there before was damaged, and is set aside. */
  readonly damage: Damage | undefined;
  close(): void;
};

const LARGEST_CHECKED_BYTES = 32 * 1024 * 1024; // quick_check reads all of it: about 0.1 s for 32 MB
const FILES_OF_A_DATABASE = 3; // itself, its log, and the index of that
const LOCK_WAIT_MS = 1_000; // a daemon that is just leaving

/** @returns every expected trouble as a failure; throws only on a bug. */
export function openFile(settings: WorkerSettings): Result<OpenedFile, OpenFailure> {
  const opened: DatabaseSync[] = [];
  const close = (): void => opened.reverse().forEach((db) => db.close());
  try {
    const result = settings.access === "own" ? own(settings, opened) : look(settings, opened);
    if (!result.ok) close();
    return result.ok ? succeeded({ ...result.value, close }) : result;
  } catch (thrown) {
    const failure = openFailureOf(settings.path, toError(thrown)); // while what was opened is open
    close();
    return failed(failure);
  }
}

type Opened = Pick<OpenedFile, "db" | "damage">;

function own(settings: WorkerSettings, opened: DatabaseSync[]): Result<Opened, OpenFailure> {
  const { path, migrations } = settings;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
  const lockPath = `${path}.lock`;
  const wasOurs = !createPrivately(lockPath);
  const lock = new DatabaseSync(lockPath, { timeout: LOCK_WAIT_MS });
  opened.push(lock);
  if (!takeLock(lock)) return failed(inUse(path));

  const isNew = createPrivately(path);
  if (!isNew) accessSync(path, constants.R_OK | constants.W_OK);
  let db = new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
  opened.push(db);
  let damaged: string | undefined;
  if (!isNew && !isSound(db, path)) {
    // Where no daemon has been before, the file may be anything.
    if (!wasOurs) return failed(corrupt(path));
    opened.pop();
    db.close();
    damaged = setAside(path);
    createPrivately(path);
    db = new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
    opened.push(db);
  }
  clearSuspect(path);
  const pending = pendingMigrations(db, migrations);
  if (!pending.ok) return pending;
  const mode = db.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
  if (mode !== "wal") return failed(noWal(path));
  db.exec("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
  const applied = applyMigrations(db, path, pending.value);
  if (!applied.ok) return applied;
  const damage = damaged === undefined ? undefined : takeOver(damaged, db);
  db.exec("PRAGMA busy_timeout = 0"); // waiting is done between tries, so that reads go on
  return succeeded({ db, damage });
}

function takeOver(setAside: string, db: DatabaseSync): Damage {
  const damaged = new DatabaseSync(setAside);
  try {
    return { setAside, rows: salvage(damaged, db) };
  } finally {
    damaged.close();
  }
}

function look(settings: WorkerSettings, opened: DatabaseSync[]): Result<Opened, OpenFailure> {
  accessSync(settings.path, constants.R_OK);
  const db = new DatabaseSync(settings.path, { readOnly: true, timeout: LOCK_WAIT_MS });
  opened.push(db);
  const pending = pendingMigrations(db, settings.migrations);
  if (!pending.ok) return pending;
  if (pending.value.length === 0) return succeeded({ db, damage: undefined });
  return failed({
    kind: "not-migrated",
    reason: "the store was written by an older asterisk-kommo",
    hint: "start the daemon of this version once, which brings the store to its form",
  });
}

/** An open exclusive transaction: the kernel lets go of it when the process ends, however it ends. */
function takeLock(lock: DatabaseSync): boolean {
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return true;
  } catch (thrown) {
    if (describeSqliteError(toError(thrown))?.code === "SQLITE_BUSY") return false;
    throw thrown;
  }
}

/** @returns true if the file did not exist. Made by root, it is given to the owner of the folder. */
function createPrivately(path: string): boolean {
  if (existsSync(path)) return false;
  const file = openSync(path, "wx", 0o600);
  fsyncSync(file);
  closeSync(file);
  const { uid, gid } = statSync(dirname(path));
  if (process.getuid?.() === 0 && uid !== 0) chownSync(path, uid, gid);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
  return true;
}

function isSound(db: DatabaseSync, path: string): boolean {
  try {
    const isTooLarge = statSync(path).size > LARGEST_CHECKED_BYTES && !isSuspect(path);
    if (isTooLarge) return db.prepare("SELECT count(*) FROM sqlite_schema").get() !== undefined;
    return db.prepare("PRAGMA quick_check(1)").get()?.["quick_check"] === "ok";
  } catch (thrown) {
    const code = describeSqliteError(toError(thrown))?.code;
    if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") return false;
    throw thrown;
  }
}

const inUse = (path: string): OpenFailure => ({
  kind: "in-use",
  reason: `another asterisk-kommo is running on the store ${path}`,
  hint: "stop it first (systemctl stop asterisk-kommo), or name another file in store.path",
});

const corrupt = (path: string): OpenFailure => ({
  kind: "corrupt",
  reason: `the store ${path} is damaged`,
  hint: "move it away with its -wal and -shm files and restore a backup, or start with a new one",
});

const noWal = (path: string): OpenFailure => ({
  kind: "unusable",
  reason: `the file system of ${path} does not let SQLite keep a write-ahead log`,
  hint: "put the store on a local disk, not on a network share",
});

function openFailureOf(path: string, error: Error): OpenFailure {
  const sqlite = describeSqliteError(error);
  if (sqlite?.code === "SQLITE_CORRUPT" || sqlite?.code === "SQLITE_NOTADB") return corrupt(path);
  const isUnnamed = sqlite?.code === "SQLITE_CANTOPEN";
  const noFiles = isUnnamed ? tellMissingFiles(FILES_OF_A_DATABASE) : tellNoMoreFiles(error);
  const code = sqlite?.code ?? codeOf(error) ?? error.message;
  if (noFiles !== undefined) {
    const reason = `no more files can be opened for the store ${path} (${code})`;
    return { kind: "unusable", reason, hint: noFiles.hint };
  }
  const REFUSALS = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "EEXIST"];
  if ([...REFUSALS, "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM"].includes(code)) {
    return {
      kind: "not-writable",
      reason: `the store ${path} cannot be written by this user (${code})`,
      hint: `let the daemon's user own ${dirname(path)} and all in it (chown -R), on a disk that is not read-only`,
    };
  }
  return {
    kind: code === "SQLITE_FULL" || code === "ENOSPC" ? "full" : "unusable",
    reason: `the store ${path} cannot be opened (${code})`,
    hint:
      sqlite?.hint ??
      (code === "ENOENT"
        ? "start the daemon once, which creates it"
        : "look at the disk and the path"),
  };
}
