/**
 * CEL in a table of a database. Exports `createSqlSource`; what differs between the engines is an
 * `SqlSession` (mysql-session.ts, postgres-session.ts). Only SELECT is ever sent.
 */
import type { LinkedId } from "../../ami/ids.ts";
import { failed, succeeded, toError } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";
import { readCelRow } from "./cel-row.ts";
import type { CelRecord, CelRow } from "./cel-row.ts";
import { wallTimeOf } from "./cel-time.ts";
import type { CelZone } from "./cel-time.ts";
import { findColumns } from "./columns.ts";
import type { CelColumns, CelField } from "./columns.ts";
import type { CelFailure, CelRows, CelSource, CelWindow } from "./source.ts";

/** How `eventtime` is kept, which decides how it is asked for. */
export type TimeKind =
  | "wall" // date and time without a zone
  | "instant" // read and asked for in UTC
  | "number"
  | "text";

export type SqlColumn = { readonly name: string; readonly type: string };

export type SqlSession = {
  columns(): Promise<readonly SqlColumn[]>;
  timeKindOf(type: string): TimeKind;
  readonly quote: (name: string) => string;
  placeholder(index: number): string;
  rows(sql: string, values: readonly (string | number)[]): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
};

export type SqlTable = {
  readonly table: string;
  readonly zone: CelZone;
  readonly columns: ReadonlyMap<string, string>;
};

export type SqlDeps = SqlTable & {
  /** The session is cut when the signal is aborted. */
  readonly connect: (signal: AbortSignal) => Promise<SqlSession>;
  readonly failureOf: (thrown: unknown) => CelFailure;
  /** Rows of one question; more are left. */
  readonly maxRows: number;
};

/** Ids in one question. */
const IDS_AT_ONCE = 300;
/** Merged calls lead to others; more than this is no call any more. */
const MAX_ROUNDS = 4;

export function createSqlSource(deps: SqlDeps): CelSource {
  const { maxRows } = deps;

  async function reading(
    signal: AbortSignal,
    read: (table: OpenTable) => Promise<CelRows>,
  ): Promise<Result<CelRows, CelFailure>> {
    let session: SqlSession | undefined;
    try {
      session = await deps.connect(signal);
      const table = await openTable(session, deps, maxRows);
      return table.ok ? succeeded(await read(table.value)) : table;
    } catch (thrown) {
      return failed(signal.aborted ? tooSlow(deps.table) : deps.failureOf(thrown));
    } finally {
      await session?.close().catch(toError);
    }
  }

  return {
    readWindow: (window, signal) => reading(signal, (table) => table.window(window)),
    readCalls: (linkedIds, signal) => reading(signal, (table) => table.calls(linkedIds)),
    close: () => Promise.resolve(),
  };
}

type OpenTable = {
  window(window: CelWindow): Promise<CelRows>;
  calls(linkedIds: readonly LinkedId[]): Promise<CelRows>;
};

async function openTable(
  session: SqlSession,
  deps: SqlDeps,
  maxRows: number,
): Promise<Result<OpenTable, CelFailure>> {
  const present = await session.columns();
  if (present.length === 0) return failed(noTable(deps.table));
  const { columns, missing } = findColumns(
    present.map(({ name }) => name),
    deps.columns,
  );
  if (missing.length > 0) return failed(noColumns(deps.table, missing));
  const timeColumn = columns.get("eventtime") ?? "";
  const type = present.find(({ name }) => name === timeColumn)?.type ?? "";
  let kind = session.timeKindOf(type);
  const quoted = (field: CelField): string => session.quote(columns.get(field) ?? field);
  const from = `FROM ${deps.table.split(".").map(session.quote).join(".")}`;
  const select = `SELECT ${[...columns.keys()].map(quoted).join(", ")} ${from}`;
  // Times may be whole seconds: then the number of the row tells the order.
  const id = present.find(({ name }) => /^(id|cel_id)$/i.test(name))?.name;
  const order = `ORDER BY ${[quoted("eventtime"), ...(id === undefined ? [] : [session.quote(id)])].join(", ")} LIMIT ${maxRows + 1}`;
  if (kind === "text") {
    const [first] = await session.rows(`SELECT ${quoted("eventtime")} ${from} LIMIT 1`, []);
    // Unix seconds of one length sort as text does.
    kind = /^\d/.test(String(first?.[0])) && !/^\d{4}-/.test(String(first?.[0])) ? "text" : "wall";
  }

  const rowsOf = (records: readonly (readonly unknown[])[]): CelRows => {
    const zone = kind === "instant" ? "UTC" : deps.zone;
    const rows = records
      .slice(0, maxRows)
      .map((record) => readCelRow(recordOf(columns, record), zone))
      .filter((row) => row !== undefined);
    const isWhole = records.length <= maxRows;
    return { rows, skipped: Math.min(records.length, maxRows) - rows.length, isWhole };
  };

  const byIds = async (
    field: "linkedid" | "uniqueid",
    ids: readonly string[],
  ): Promise<CelRows> => {
    const found: CelRow[] = [];
    let skipped = 0;
    let isWhole = true;
    for (let at = 0; at < ids.length && isWhole; at += IDS_AT_ONCE) {
      const some = ids.slice(at, at + IDS_AT_ONCE);
      const list = some.map((_, index) => session.placeholder(index + 1)).join(", ");
      const records = await session.rows(
        `${select} WHERE ${quoted(field)} IN (${list}) ${order}`,
        some,
      );
      const read = rowsOf(records);
      found.push(...read.rows);
      skipped += read.skipped;
      isWhole = read.isWhole && found.length <= maxRows;
    }
    return { rows: found, skipped, isWhole };
  };

  return succeeded({
    async window(window) {
      const [one, two] = [session.placeholder(1), session.placeholder(2)];
      const time = quoted("eventtime");
      const limits = [window.from, window.to].map((at) =>
        kind === "number"
          ? at / 1000
          : kind === "text"
            ? String(at / 1000)
            : wallTimeOf(at, kind === "instant" ? "UTC" : deps.zone),
      );
      return rowsOf(
        await session.rows(
          `${select} WHERE ${time} >= ${one} AND ${time} < ${two} ${order}`,
          limits,
        ),
      );
    },
    calls: (linkedIds) => followMerges(linkedIds, byIds),
  });
}

type ById = (field: "linkedid" | "uniqueid", ids: readonly string[]) => Promise<CelRows>;

/**
 * All rows of calls: a channel that was merged into a call has rows under its former linkedid too,
 * and these lead to the other channels of that one.
 */
async function followMerges(linkedIds: readonly LinkedId[], byIds: ById): Promise<CelRows> {
  const rows: CelRow[] = [];
  const asked = new Set<string>();
  const channels = new Set<string>();
  let wanted: readonly string[] = linkedIds;
  let skipped = 0;
  for (let round = 0; round < MAX_ROUNDS && wanted.length > 0; round++) {
    for (const id of wanted) asked.add(id);
    const read = await byIds("linkedid", wanted);
    rows.push(...read.rows);
    skipped += read.skipped;
    if (!read.isWhole) return { rows, skipped, isWhole: false };
    const fresh = new Set(read.rows.map(({ channel }) => channel.id as string));
    const unasked = [...fresh].filter((id) => !channels.has(id));
    for (const id of unasked) channels.add(id);
    const others = await byIds("uniqueid", unasked);
    wanted = [...new Set(others.rows.map(({ channel }) => channel.linked as string))].filter(
      (id) => !asked.has(id),
    );
  }
  return { rows, skipped, isWhole: true };
}

function recordOf(columns: CelColumns, values: readonly unknown[]): CelRecord {
  const record: { [field in CelField]?: unknown } = {};
  let index = 0;
  for (const field of columns.keys()) record[field] = values[index++];
  return record;
}

const tooSlow = (table: string): CelFailure => ({
  kind: "too-slow",
  reason: `reading the table ${table} took too long`,
  hint: "ask for less time at once, or add an index on eventtime",
});

const noTable = (table: string): CelFailure => ({
  kind: "columns",
  reason: `there is no table ${table}, or the user may not read it`,
  hint: `look at cel.database and cel.table, and GRANT SELECT ON ${table} to the user`,
});

const noColumns = (table: string, missing: readonly string[]): CelFailure => ({
  kind: "columns",
  reason: `the table ${table} has no column ${missing.join(", ")}`,
  hint: "name the columns in cel.columns",
});
