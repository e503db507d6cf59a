/** `replay --cel`: what the calls of a trace folder were, told from its cel.csv alone. */
import { access } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { readCelCsv } from "../calls/cel/csv-source.ts";
import { tellCalls } from "../calls/cel/tell.ts";
import type { CelReading } from "../calls/cel/tell.ts";
import { failed, succeeded } from "../lib/failure.ts";
import type { Result } from "../lib/failure.ts";
import type { NoTrace } from "./replay-source.ts";
import type { ReplayedTrace } from "./replay-trace.ts";

/** More than an exchange writes in a month: a file that is longer is read by `calls backfill`. */
const MAX_ROWS = 1_000_000;

/** @param path a trace folder with cel.csv (or cel.csv.gz), or such a file itself */
export async function replayCel(
  path: string,
  reading: CelReading,
): Promise<Result<ReplayedTrace, NoTrace>> {
  const file = await celFileOf(path);
  const read = await readCelCsv(
    { path: file, zone: "local" },
    { row: () => true, limit: MAX_ROWS },
  );
  if (!read.ok) return failed({ hint: `${read.failure.reason}; ${read.failure.hint}.` });
  if (!read.value.isWhole) {
    return failed({ hint: `${file} has more than ${MAX_ROWS} rows; cut it by time.` });
  }
  const trace = basename(resolve(path)).replace(/\.csv(\.gz)?$/, "");
  return succeeded({ trace, calls: tellCalls(read.value.rows, reading) });
}

async function celFileOf(path: string): Promise<string> {
  if (/\.csv(\.gz)?$/.test(path)) return path;
  const plain = join(path, "cel.csv");
  const isThere = await access(plain).then(
    () => true,
    () => false,
  );
  return isThere ? plain : join(path, "cel.csv.gz");
}
