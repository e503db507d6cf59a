/**
 * CEL in a CSV file, as cel_custom writes it. Exports `readCelCsv`: all its rows, by a filter, with
 * the file read from its start and never held as a whole.
 */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import type { Readable } from "node:stream";
import { codeOf, failed, succeeded, toError } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";
import { readCelRow } from "./cel-row.ts";
import type { CelRecord, CelRow } from "./cel-row.ts";
import type { CelZone } from "./cel-time.ts";
import { findColumns, SAMPLE_COLUMNS } from "./columns.ts";
import type { CelField } from "./columns.ts";
import { csvRecords } from "./csv-records.ts";
import type { CelFailure, CelRows } from "./source.ts";

export type CelFile = {
  readonly path: string;
  readonly zone: CelZone;
  readonly columns?: ReadonlyMap<string, string>;
};

/** @param wants which rows, and at most how many of them */
export async function readCelCsv(
  { path, zone, columns: given }: CelFile,
  wants: {
    readonly row: (row: CelRow) => boolean;
    readonly limit: number;
    readonly signal?: AbortSignal;
  },
): Promise<Result<CelRows, CelFailure>> {
  const rows: CelRow[] = [];
  let skipped = 0;
  let places: ReadonlyMap<CelField, number> | undefined;
  try {
    for await (const record of csvRecords(textOf(path, wants.signal))) {
      if (places === undefined) {
        const header = headerOf(record);
        const found = findColumns(header ?? SAMPLE_COLUMNS, given);
        if (found.missing.length > 0) return failed(lacks(path, found.missing));
        const names = header ?? SAMPLE_COLUMNS;
        places = new Map([...found.columns].map(([field, name]) => [field, names.indexOf(name)]));
        if (header !== undefined) continue;
      }
      const row = readCelRow(recordOf(record, places), zone);
      if (row === undefined) skipped++;
      else if (wants.row(row)) rows.push(row);
      if (rows.length > wants.limit) return succeeded({ rows, skipped, isWhole: false });
    }
  } catch (thrown) {
    return failed(unreadable(path, thrown));
  }
  if (rows.length === 0 && skipped > 0) return failed(nonsense(path));
  return succeeded({ rows, skipped, isWhole: true });
}

/** undefined: the first record is an event already. */
function headerOf(record: readonly string[]): readonly string[] | undefined {
  const names = new Set(record.map((cell) => cell.trim().toLowerCase()));
  return names.has("uniqueid") || names.has("linkedid") || names.has("eventtype")
    ? record.map((cell) => cell.trim())
    : undefined;
}

function recordOf(cells: readonly string[], places: ReadonlyMap<CelField, number>): CelRecord {
  const record: { [field in CelField]?: string } = {};
  for (const [field, place] of places) record[field] = cells[place] ?? "";
  return record;
}

async function* textOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const raw = createReadStream(path, { highWaterMark: 256 * 1024, signal });
  const stream: Readable = path.endsWith(".gz") ? raw.pipe(createGunzip()) : raw;
  raw.on("error", (error) => stream.destroy(error));
  const decoder = new TextDecoder();
  try {
    for await (const chunk of stream) {
      yield decoder.decode(chunk as Buffer, { stream: true });
    }
  } finally {
    raw.destroy();
  }
}

const lacks = (path: string, missing: readonly string[]): CelFailure => ({
  kind: "columns",
  reason: `${path} has no column ${missing.join(", ")}`,
  hint: "name the columns in cel.columns, or have cel_custom.conf write them",
});

const nonsense = (path: string): CelFailure => ({
  kind: "columns",
  reason: `${path} holds no row that could be read`,
  hint: "it should be CSV with a header such as eventtime,eventtype,channame,…,uniqueid,linkedid",
});

function unreadable(path: string, thrown: unknown): CelFailure {
  if (codeOf(thrown) === "ENOENT") {
    const hint = "look at cel_custom.conf for the name of the file";
    return { kind: "unreachable", reason: `${path} does not exist`, hint };
  }
  const { name, message } = toError(thrown);
  const reason = name === "AbortError" ? `reading ${path} took too long` : `${path}: ${message}`;
  return { kind: "unreachable", reason, hint: "see that the service's user may read the file" };
}
