/**
 * What is counted of calls as they are accepted, so that figures of a quarter of a year are not counted
 * anew each time somebody looks. Exports the schema, kept by triggers in the transaction that accepts a
 * call, and the pieces of SQL by which single calls are counted in the same way.
 *
 *   call_figure    calls by quarter of an hour, in which every time zone's hours and days begin
 *   talk_figure    an employee's calls with clients by six hours: those in which he talked, those in
 *                  which he let it ring (one call may be both), and seconds of talk
 *   answer_figure  inbound calls by whole seconds until the first employee answered, by six hours
 *
 * What was accepted before there were figures is counted by `countCalls`, which the daemon goes through.
 *
 * Quarters and sixes of hours are numbered from 1970. What is older than a call that the archive removed
 * goes with it.
 */
import type { Migration, Statement } from "../store/store.ts";
import { postgresFigures } from "./figures-postgres.ts";

export const QUARTER_HOUR_MS = 900_000;
export const SIX_HOURS_MS = 21_600_000;

/** The conversations of a call, to be joined with it. */
export const partsOf = (call: string): string =>
  `json_each(${call}.facts, '$.conversations') AS part`;

export const TALK_COLUMNS = "answered_in, rang_in, answered_out, rang_out, talk_seconds";

/**
 * `extension` and TALK_COLUMNS: one row for each employee whose telephone a client's call reached.
 * @param from "FROM …, or "" of a trigger; `where` is about the call
 */
export function talksOf(call: string, { from, where }: { from: string; where: string }): string {
  const isAnswered = "((part.value ->> '$.result') = 'answered')";
  const some = (direction: string, fits: string): string =>
    `${call}.direction = '${direction}' AND max(${fits})`;
  // "+": in the order of time, not of ids, of which all would be gone through.
  return `SELECT ${call}.started_at AS started_at, part.value ->> '$.extension' AS extension,
      ${some("inbound", isAnswered)} AS answered_in,
      ${some("inbound", `NOT ${isAnswered}`)} AS rang_in,
      ${some("outbound", isAnswered)} AS answered_out,
      ${some("outbound", `NOT ${isAnswered}`)} AS rang_out,
      coalesce(sum((part.value ->> '$.talkSeconds') * ${isAnswered}), 0) AS talk_seconds
    FROM ${from}${partsOf(call)}
    WHERE ${where} AND ${call}.direction <> 'internal' AND part.value ->> '$.withClient'
    GROUP BY +${call}.id, 2`;
}

/**
 * `started_at` and `seconds`, from the first sound to the first employee: one row for a call that is
 * known to have been answered. @param from "FROM …, or "" of a trigger
 */
export function answersOf(call: string, { from, where }: { from: string; where: string }): string {
  const ms = `(min(part.value ->> '$.acceptedAt') - ${call}.started_at)`;
  return `SELECT ${call}.started_at AS started_at, CAST(${ms} / 1000.0 + 0.5 AS INTEGER) AS seconds
    FROM ${from}${partsOf(call)}
    WHERE ${where} AND ${call}.direction = 'inbound' AND ${call}.result = 'answered'
    GROUP BY +${call}.id HAVING ${ms} IS NOT NULL`;
}

const sixHours = (startedAt: string): string => `CAST(${startedAt} / ${SIX_HOURS_MS} AS INTEGER)`;

function addCalls(call: string, from: string): string {
  return `INSERT INTO call_figure (quarter_hour, direction, result, calls)
    SELECT CAST(${call}.started_at / ${QUARTER_HOUR_MS} AS INTEGER), ${call}.direction,
           ${call}.result, count(*) ${from} GROUP BY 1, 2, 3
    ON CONFLICT (quarter_hour, direction, result) DO UPDATE SET calls = calls + excluded.calls`;
}

function addTalks(rows: string): string {
  const columns = TALK_COLUMNS.split(", ");
  return `INSERT INTO talk_figure (six_hours, extension, ${TALK_COLUMNS})
    SELECT ${sixHours("started_at")}, extension, ${columns.map((one) => `sum(${one})`).join(", ")}
    FROM (${rows}) WHERE extension IS NOT NULL GROUP BY 1, 2
    ON CONFLICT (six_hours, extension)
    DO UPDATE SET ${columns.map((one) => `${one} = ${one} + excluded.${one}`).join(", ")}`;
}

function addAnswers(rows: string): string {
  return `INSERT INTO answer_figure (six_hours, seconds, calls)
    SELECT ${sixHours("started_at")}, seconds, count(*) FROM (${rows}) WHERE true GROUP BY 1, 2
    ON CONFLICT (six_hours, seconds) DO UPDATE SET calls = calls + excluded.calls`;
}

const NEW = { from: "", where: "true" };
/** One of a clock that went wrong may begin in the future; the archive goes by when it was accepted. */
const REMOVED = sixHours("min(old.started_at, old.accepted_at)");

const TABLES = [
  `CREATE TABLE call_figure (
     quarter_hour INTEGER NOT NULL,
     direction TEXT NOT NULL,
     result TEXT NOT NULL,
     calls INTEGER NOT NULL,
     PRIMARY KEY (quarter_hour, direction, result)
   )`,
  `CREATE TABLE talk_figure (
     six_hours INTEGER NOT NULL,
     extension TEXT NOT NULL,
     answered_in INTEGER NOT NULL,
     rang_in INTEGER NOT NULL,
     answered_out INTEGER NOT NULL,
     rang_out INTEGER NOT NULL,
     talk_seconds REAL NOT NULL,
     PRIMARY KEY (six_hours, extension)
   )`,
  `CREATE TABLE answer_figure (
     six_hours INTEGER NOT NULL,
     seconds INTEGER NOT NULL,
     calls INTEGER NOT NULL,
     PRIMARY KEY (six_hours, seconds)
   )`,
];

/** One row while calls are still to be counted: those whose rowid is at most `upto`. */
const TODO = `CREATE TABLE IF NOT EXISTS figures_todo (id INTEGER PRIMARY KEY, upto INTEGER NOT NULL)`;

/** A store that was brought to figures by the version before has counted all. */
export const figuresTodoSchema: Migration = { id: "call-figures-2", statements: [TODO] };

export const figuresTodo = (): Statement => ({ sql: "SELECT upto FROM figures_todo", values: [] });

/** Counts the calls whose rowid is above `above` and at most `upto`, once: in one transaction. */
export function countCalls(above: number, upto: number): readonly Statement[] {
  const where = `call.rowid > ${above} AND call.rowid <= ${upto}`;
  const rows = { from: "call, ", where };
  return [
    addCalls("call", `FROM call WHERE ${where}`),
    addTalks(talksOf("call", rows)),
    addAnswers(answersOf("call", rows)),
    above > 0 ? `UPDATE figures_todo SET upto = ${above}` : "DELETE FROM figures_todo",
  ].map((text) => ({ sql: text, values: [] }));
}

const INDEXES = [
  // Who was missed, and what came of it, are read from these alone.
  `CREATE INDEX call_missed ON call (started_at, client_key)
     WHERE direction = 'inbound' AND result = 'missed'`,
  "DROP INDEX call_client",
  "CREATE INDEX call_client ON call (client_key, started_at, direction, result)",
];

export const callFiguresSchema: Migration = {
  id: "call-figures-1",
  statements: [
    ...TABLES,
    TODO,
    // What was accepted before there were figures is counted piece by piece, while the daemon works.
    "INSERT INTO figures_todo (id, upto) SELECT 1, max(rowid) FROM call HAVING max(rowid) IS NOT NULL",
    `CREATE TRIGGER call_counted AFTER INSERT ON call BEGIN
       ${addCalls("new", "WHERE true")};
       ${addTalks(talksOf("new", NEW))};
       ${addAnswers(answersOf("new", NEW))};
     END`,
    `CREATE TRIGGER call_uncounted AFTER DELETE ON call BEGIN
       DELETE FROM call_figure WHERE quarter_hour < ${REMOVED} * ${SIX_HOURS_MS / QUARTER_HOUR_MS};
       DELETE FROM talk_figure WHERE six_hours < ${REMOVED};
       DELETE FROM answer_figure WHERE six_hours < ${REMOVED};
     END`,
    ...INDEXES,
  ],
  postgres: postgresFigures({
    ...{ tables: TABLES, indexes: INDEXES, talkColumns: TALK_COLUMNS },
    ...{ quarterHourMs: QUARTER_HOUR_MS, sixHoursMs: SIX_HOURS_MS },
  }),
};
