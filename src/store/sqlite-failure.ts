/** What SQLite's result codes mean for the operator. */

export type FailureFields = {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
};

const SHM_CANNOT_GROW = 4874; // SQLITE_IOERR_SHMSIZE: the -shm file could not be made larger

const KNOWN: Readonly<Record<number, readonly [code: string, hint: string]>> = {
  3: ["SQLITE_PERM", "let the daemon's user read and write the store's folder"],
  5: ["SQLITE_BUSY", "close the other program that holds the store locked, such as sqlite3"],
  6: ["SQLITE_LOCKED", "close the other program that holds the store locked, such as sqlite3"],
  7: ["SQLITE_NOMEM", "free memory on this host"],
  8: ["SQLITE_READONLY", "let the daemon's user write the store's file and folder"],
  10: ["SQLITE_IOERR", "look at the disk's health (dmesg), then start the daemon again"],
  11: ["SQLITE_CORRUPT", "stop the daemon, move the store's files away and restore a backup"],
  13: ["SQLITE_FULL", "free disk space; work goes on by itself"],
  14: [
    "SQLITE_CANTOPEN",
    "let the daemon open more files (LimitNOFILE), and its user read and write the store's folder",
  ],
  19: ["SQLITE_CONSTRAINT", "report this as a bug: two facts in the store contradict each other"],
  26: ["SQLITE_NOTADB", "store.path names a file that is no store: correct it or move it away"],
};

/** @returns undefined when the error is not SQLite's: a bug of ours. */
export function describeSqliteError(error: Error): FailureFields | undefined {
  if (!("errcode" in error) || typeof error.errcode !== "number") return undefined;
  const primary = error.errcode === SHM_CANNOT_GROW ? 13 : error.errcode & 0xff;
  const [code, hint] = KNOWN[primary] ?? ["SQLITE_ERROR", "report this as a bug"];
  return { code, message: error.message, hint };
}
