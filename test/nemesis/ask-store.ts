/**
 * Looks into the daemon's store while it runs. It lies on a small disk, which only a process within
 * sees: run by itself, this file is that process. Exports `askStoreWithin`.
 */
import { execFile } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import type { SmallDisk } from "./small-disk.ts";

export type Row = Readonly<Record<string, unknown>>;

/** @returns one list of rows for each statement */
export async function askStoreWithin(
  { enter }: Pick<SmallDisk, "enter">,
  file: string,
  statements: readonly string[],
): Promise<Row[][]> {
  const [command = "", ...args] = enter;
  const { stdout } = await promisify(execFile)(
    command,
    [...args, process.execPath, import.meta.filename, file, ...statements],
    { maxBuffer: 64 << 20 },
  );
  return JSON.parse(stdout) as Row[][];
}

function askStore(file: string, statements: readonly string[]): Row[][] {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return statements.map((sql) => db.prepare(sql).all());
  } finally {
    db.close();
  }
}

if (import.meta.main) {
  const [file = "", ...statements] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(askStore(file, statements)));
}
