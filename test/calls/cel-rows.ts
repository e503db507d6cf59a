// CEL of the recordings: as records, rows and files, whole or changed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readCelRow } from "../../src/calls/cel/cel-row.ts";
import type { CelRecord, CelRow } from "../../src/calls/cel/cel-row.ts";
import { tellCalls } from "../../src/calls/cel/tell.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { allTraces, labSettings, traceFolder } from "./recorded-traces.ts";

export const reading = { settings: labSettings, recordingsPath: "/var/spool/asterisk/monitor" };

const celFile = (name: string, exchange = "ast22"): string =>
  join(traceFolder(name, exchange), "cel.csv.gz");

export const tracesWithCel = (): readonly { name: string; exchange: string }[] =>
  allTraces().filter(({ name, exchange }) => existsSync(celFile(name, exchange)));

export const celText = (name: string, exchange = "ast22"): string =>
  gunzipSync(readFileSync(celFile(name, exchange))).toString("utf8");

/** Every cell stands in quotes there but the header's. */
export function celRecords(name: string, exchange = "ast22"): CelRecord[] {
  const [header = "", ...lines] = celText(name, exchange).trim().split("\n");
  const fields = header.split(",");
  return lines.map((line) => {
    const cells = [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, cell = ""]) => cell);
    return Object.fromEntries(
      fields.map((field, index) => [field, (cells[index] ?? "").replaceAll('""', '"')]),
    );
  });
}

export const rowsOf = (records: readonly CelRecord[]): CelRow[] =>
  records.map((record) => readCelRow(record, "UTC")).filter((row) => row !== undefined);

export const celRows = (name: string, exchange = "ast22"): CelRow[] =>
  rowsOf(celRecords(name, exchange));

export const toldFromCel = (name: string, exchange = "ast22"): FinishedCall[] =>
  tellCalls(celRows(name, exchange), reading);

export const without = (records: readonly CelRecord[], ...fields: string[]): CelRecord[] =>
  records.map((record) =>
    Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field))),
  );
