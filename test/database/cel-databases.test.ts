// CEL in real tables: FreePBX's of MariaDB, Asterisk's sample of PostgreSQL, and stranger ones.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import mysql from "mysql2/promise";
import pg from "pg";
import { linkedId } from "../../src/ami/ids.ts";
import type { CelRecord } from "../../src/calls/cel/cel-row.ts";
import { readCelTime, wallTimeOf } from "../../src/calls/cel/cel-time.ts";
import { findCalls } from "../../src/calls/cel/find-calls.ts";
import type { CelWish } from "../../src/calls/cel/find-calls.ts";
import { openCelSource } from "../../src/calls/cel/open-source.ts";
import type { CelSettings } from "../../src/calls/cel/open-source.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { celRecords, reading, toldFromCel } from "../calls/cel-rows.ts";
import { startPostgres } from "./postgres-server.ts";
import { startMariadb } from "./throw-away-servers.ts";
import type { TestServer } from "./throw-away-servers.ts";

const FIELDS =
  "eventtype,channame,cidnum,exten,context,appname,appdata,uniqueid,linkedid,peer,extra".split(",");
const NAMES = [
  "in-answered-101",
  "xfer-att-refer-completed",
  "in-queue-local-members",
  "conference-three",
];
const records = NAMES.flatMap((name) => celRecords(name));
const truth = NAMES.flatMap((name) => toldFromCel(name));
const DAY = {
  from: epochMs(Date.parse("2026-11-21T00:00:00Z")),
  to: epochMs(Date.parse("2026-11-22T00:00:00Z")),
};

type Database = {
  readonly run: (sql: string, values?: readonly unknown[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

/** `?` for values in both. */
const engines = {
  mysql: {
    start: startMariadb,
    open: async ({ host, port, user, password, database }: TestServer): Promise<Database> => {
      const connection = await mysql.createConnection({ host, port, user, password, database });
      return {
        run: (sql, values = []) => connection.query(sql, [...values]),
        close: () => connection.end(),
      };
    },
    id: "id INT AUTO_INCREMENT PRIMARY KEY",
    times: {
      wall: "DATETIME(6)",
      instant: "TIMESTAMP(6) NULL",
      number: "DOUBLE",
      text: "VARCHAR(40)",
      seconds: "DATETIME",
    },
  },
  postgres: {
    start: startPostgres,
    open: async ({ host, port, user, password, database }: TestServer): Promise<Database> => {
      const client = new pg.Client({ host, port, user, password, database });
      await client.connect();
      return {
        run: (sql, values = []) => {
          let index = 0;
          return client.query(
            sql.replace(/\?/g, () => `$${++index}`),
            [...values],
          );
        },
        close: () => client.end(),
      };
    },
    id: "id SERIAL PRIMARY KEY",
    times: {
      wall: "TIMESTAMP",
      instant: "TIMESTAMPTZ",
      number: "DOUBLE PRECISION",
      text: "TEXT",
      seconds: "TIMESTAMP(0)",
    },
  },
} as const;

const timeOf = ({ eventtime }: CelRecord): number => readCelTime(eventtime, "UTC") ?? 0;

describe.each(["mysql", "postgres"] as const)("in %s", (type) => {
  const engine = engines[type];
  let server: TestServer;
  let database: Database;

  beforeAll(async () => {
    server = await engine.start();
    database = await engine.open(server);
  }, 120_000);

  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  const settings = (table: string, rest: Partial<CelSettings> = {}): CelSettings => ({
    type,
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: server.database,
    table,
    columns: new Map(),
    path: "/nonexistent",
    timezone: "Europe/Madrid",
    ...rest,
  });

  async function fill(
    table: string,
    timeType: string,
    timeValue: (record: CelRecord) => string | number,
    rows: readonly CelRecord[] = records,
  ): Promise<void> {
    const columns = FIELDS.map(
      (field) =>
        `${field === "cidnum" ? "cid_num" : field} ${field === "extra" ? "TEXT" : "VARCHAR(255)"}`,
    );
    await database.run(
      `CREATE TABLE ${table} (${engine.id}, eventtime ${timeType}, ${columns.join(", ")})`,
    );
    const names = ["eventtime", ...FIELDS.map((field) => (field === "cidnum" ? "cid_num" : field))];
    for (const record of rows) {
      const cells = FIELDS.map((field) => (record as Record<string, string>)[field] ?? "");
      await database.run(
        `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
        [timeValue(record), ...cells],
      );
    }
  }

  async function found(cel: CelSettings, wish: CelWish, maxRows = 10_000): Promise<FinishedCall[]> {
    const source = openCelSource(cel, { maxRows });
    if (source === undefined) throw new Error("no source");
    const calls: FinishedCall[] = [];
    const deps = { source, reading, now: () => DAY.to, signal: AbortSignal.timeout(60_000) };
    for await (const read of findCalls(wish, deps)) {
      if (!read.ok) throw new Error(`${read.failure.reason}; ${read.failure.hint}`);
      calls.push(...read.value.map(({ call }) => call));
    }
    return calls;
  }

  const summary = (calls: readonly FinishedCall[]): string[] =>
    calls
      .map(
        (call) =>
          `${call.linkedId} ${call.result} ${call.answeredBy ?? ""} ${call.clientPhone ?? ""} ${call.endedAt}`,
      )
      .sort();

  test.each(["wall", "instant", "number", "text"] as const)(
    "the calls of a day are found, with times kept as %s",
    async (kind) => {
      const value = (record: CelRecord): string | number =>
        kind === "wall"
          ? wallTimeOf(epochMs(timeOf(record)), "Europe/Madrid")
          : kind === "instant"
            ? wallTimeOf(epochMs(timeOf(record)), "UTC") + (type === "postgres" ? "+00" : "")
            : kind === "number"
              ? timeOf(record) / 1000
              : String(record.eventtime);
      if (type === "mysql") await database.run("SET time_zone = '+00:00'");
      await fill(`cel_${kind}`, engine.times[kind], value);

      const calls = await found(settings(`cel_${kind}`), { kind: "began", window: DAY });

      expect(
        calls.map(({ linkedId: id, answeredBy, result }) => [id, answeredBy, result]).sort(),
      ).toEqual(
        truth.map(({ linkedId: id, answeredBy, result }) => [id, answeredBy, result]).sort(),
      );
      expect(
        calls.every(
          ({ startedAt }, index) =>
            Math.abs(
              startedAt - (truth.toSorted((a, b) => a.endedAt - b.endedAt)[index]?.startedAt ?? 0),
            ) < 2,
        ),
      ).toBe(true);
    },
    60_000,
  );

  test("calls that a piece of the time cuts are read whole, whatever the limit of rows", async () => {
    await fill("cel_pieces", engine.times.text, (record) => String(record.eventtime));

    const calls = await found(settings("cel_pieces"), { kind: "began", window: DAY }, 60);

    expect(summary(calls)).toEqual(summary(truth));
  });

  test("calls are found by id: merged ones by both, a conference with all who were in it", async () => {
    await fill("cel_ids", engine.times.text, (record) => String(record.eventtime));
    const ids = ["1795261884.74", "1795262009.116"].map(linkedId);

    const calls = await found(settings("cel_ids"), { kind: "ids", linkedIds: ids });

    const expected = truth.filter(({ linkedId: id }) =>
      ["1795261881.72", "1795262009.116"].includes(id),
    );
    expect(summary(calls)).toEqual(summary(expected));
  });

  test("with times of whole seconds, the number of the row keeps the order", async () => {
    const [calls0] = [celRecords("in-queue-local-members")];
    await fill(
      "cel_seconds",
      engine.times.seconds,
      (record) => wallTimeOf(epochMs(Math.floor(timeOf(record) / 1000) * 1000), "Europe/Madrid"),
      calls0,
    );

    const calls = await found(settings("cel_seconds"), { kind: "began", window: DAY });

    expect(calls).toMatchObject([
      { result: "answered", answeredBy: "102", clientPhone: "79161234567" },
    ]);
  });

  test.each([
    ["a wrong password", { password: "wrong-password" }, /does not take the user or the password/],
    ["a table that is not there", { table: "nothing" }, /there is no table nothing/],
    [
      "a database that is not there",
      { database: "nothing" },
      /has no database nothing|may not|does not let/,
    ],
    ["a server that is not there", { port: 1 }, /cannot be read \(ECONNREFUSED\)/],
    ["a column that is not there", { columns: new Map([["extra", "json"]]) }, /has no column json/],
  ] as const)("%s is told in one sentence without the password", async (_, rest, sentence) => {
    await database.run(
      "CREATE TABLE IF NOT EXISTS cel_none (eventtime TEXT, eventtype TEXT, channame TEXT, uniqueid TEXT, linkedid TEXT)",
    );

    const told = await found(settings("cel_none", rest), { kind: "began", window: DAY }).catch(
      (thrown: unknown) => String(thrown),
    );

    expect(told).toMatch(sentence);
    expect(told).not.toContain("password-");
    expect(told).not.toContain("wrong-password");
  });

  test("whatever stands in the table, nothing of it is a fault", async () => {
    await database.run(
      "CREATE TABLE cel_rubbish (eventtime TEXT, eventtype TEXT, channame TEXT, uniqueid TEXT, linkedid TEXT, extra TEXT)",
    );
    for (const cell of [
      "",
      "NULL",
      "{",
      "99999",
      "x".repeat(20_000),
      "'; DROP TABLE cel; --",
      "\u{1F4DE}",
    ]) {
      const time = `1795261714.${cell.length}`;
      await database.run("INSERT INTO cel_rubbish VALUES (?, ?, ?, ?, ?, ?)", [
        time,
        cell,
        cell,
        cell,
        cell,
        cell,
      ]);
      await database.run("INSERT INTO cel_rubbish VALUES (?, ?, ?, ?, ?, NULL)", [
        time,
        "HANGUP",
        cell,
        "1.1",
        null,
      ]);
    }

    const calls = await found(settings("cel_rubbish"), { kind: "began", window: DAY });

    expect(calls).toEqual([]);
  });

  test("nothing can be written by the way CEL is read", async () => {
    await fill(
      "cel_read",
      engine.times.text,
      (record) => String(record.eventtime),
      records.slice(0, 3),
    );

    await found(settings("cel_read"), { kind: "began", window: DAY });

    const rows = await database.run("SELECT COUNT(*) AS n FROM cel_read");
    expect(JSON.stringify(rows)).toMatch(/"n":"?3/);
  });

  test("a server that takes too long is left in time", async () => {
    const source = openCelSource(settings("cel_none"));
    const cut = new AbortController();
    cut.abort();

    const read = await source?.readWindow(DAY, cut.signal);

    expect(read).toMatchObject({ ok: false, failure: { kind: "too-slow" } });
  });
});
