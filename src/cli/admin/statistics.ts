/**
 * What a head of sales asks of a stretch of days: how many calls, when, by whom, and who of those who
 * were missed was called back. Counted by the database, in a thread that nobody else waits for.
 */
import type { CallResult, Direction } from "../../http/admin/contract.ts";
import type {
  EmployeeFigures,
  Figures,
  StatisticsAnswer,
} from "../../http/admin/contract-pages.ts";
import {
  answersOf,
  figuresTodo,
  QUARTER_HOUR_MS,
  SIX_HOURS_MS,
  TALK_COLUMNS,
  talksOf,
} from "../../calls/figures-schema.ts";
import { postgresAnswers, postgresTalks } from "../../calls/figures-postgres.ts";
import { sql, type Store } from "../../store/store.ts";
import { dayBounds, localTimeOf, stretchesOf } from "./zone-days.ts";

export type StatisticsDeps = {
  readonly store: Pick<Store, "read">;
  readonly nameOf: (extension: string) => string | null;
  readonly timeZone: string;
};

export type Period = { readonly from: number; readonly to: number };

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 7;
export const MOST_DAYS = 92;
/** Who was not called back by then was not called back. */
const CALL_BACK_MS = 7 * DAY_MS;

/** @param query from and to as days of the zone, "2026-11-01", both included; else the last week */
export function readPeriod(
  query: Readonly<Record<string, string>>,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): Period {
  const today = localTimeOf(now, timeZone).day;
  const last = dayBounds(query["to"] ?? today, timeZone) ?? dayBounds(today, timeZone);
  const to = last?.to ?? now;
  const wished = dayBounds(query["from"] ?? "", timeZone)?.from;
  const usual = localTimeOf(to - DEFAULT_DAYS * DAY_MS + DAY_MS / 2, timeZone).day;
  const from = wished !== undefined && wished < to ? wished : dayBounds(usual, timeZone)?.from;
  return { from: Math.max(from ?? to - DAY_MS, to - MOST_DAYS * DAY_MS), to };
}

export async function readStatistics(
  period: Period,
  deps: StatisticsDeps,
): Promise<StatisticsAnswer> {
  const { from, to } = period;
  const earlier = { from: from - (to - from), to: from };
  const hours = await readHours(period, deps);
  const employees = await readEmployees(period, deps);
  return {
    ...{ from, to, timeZone: deps.timeZone, employees },
    isCounting: (await deps.store.read(figuresTodo())).length > 0,
    days: await readDays(period, deps),
    now: await figuresOf(period, { counts: hours, employees, deps }),
    before: await figuresOf(earlier, {
      counts: await readHours(earlier, deps),
      employees: await readEmployees(earlier, deps),
      deps,
    }),
    hours: byHour(hours),
    results: resultsOf(hours),
  };
}

type Count = {
  /** Of the zone's clock. */
  readonly hour: number;
  readonly direction: Direction;
  readonly result: CallResult;
  readonly calls: number;
};

/** Numbers are bound as broken ones: a day would be divided into as many groups as it has quarters. */
const WHOLE = "CAST(? AS INTEGER)";

async function readHours(period: Period, { store, timeZone }: StatisticsDeps): Promise<Count[]> {
  const counts: Count[] = [];
  for (const { from, to, offset } of stretchesOf(period, timeZone)) {
    const rows = await store.read(
      sql(
        `SELECT (quarter_hour * ${QUARTER_HOUR_MS} + ${WHOLE}) / 3600000 % 24 AS hour, direction, result,
                sum(calls) AS calls
         FROM call_figure WHERE quarter_hour >= ? AND quarter_hour < ? GROUP BY 1, 2, 3`,
        offset,
        ...quartersOf(from, to),
      ),
    );
    counts.push(
      ...rows.map((row) => ({
        hour: Number(row["hour"]),
        direction: String(row["direction"]) as Direction,
        result: String(row["result"]) as CallResult,
        calls: Number(row["calls"]),
      })),
    );
  }
  return counts;
}

async function readDays(
  period: Period,
  { store, timeZone }: StatisticsDeps,
): Promise<StatisticsAnswer["days"]> {
  const days = new Map<string, { day: string; answered: number; missed: number }>();
  const named = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
  for (const { from, to, offset } of stretchesOf(period, timeZone)) {
    const last = Math.floor((to + offset - 1) / DAY_MS);
    for (let day = Math.floor((from + offset) / DAY_MS); day <= last; day += 1)
      if (!days.has(named(day))) days.set(named(day), { day: named(day), answered: 0, missed: 0 });
    const rows = await store.read(
      sql(
        `SELECT (quarter_hour * ${QUARTER_HOUR_MS} + ${WHOLE}) / ${DAY_MS} AS day,
                result = 'answered' AS is_answered, sum(calls) AS calls
         FROM call_figure WHERE quarter_hour >= ? AND quarter_hour < ? AND direction <> 'internal'
         GROUP BY 1, 2`,
        offset,
        ...quartersOf(from, to),
      ),
    );
    for (const row of rows) {
      const day = days.get(named(Number(row["day"])));
      if (day !== undefined)
        day[row["is_answered"] === 1 ? "answered" : "missed"] += Number(row["calls"]);
    }
  }
  return [...days.values()];
}

function byHour(counts: readonly Count[]): StatisticsAnswer["hours"] {
  const hours = Array.from({ length: 24 }, (_, hour) => ({ hour, answered: 0, missed: 0 }));
  for (const { hour, direction, result, calls } of counts) {
    const here = hours[hour];
    if (direction !== "internal" && here !== undefined)
      here[result === "answered" ? "answered" : "missed"] += calls;
  }
  return hours;
}

/** Days and changes of a clock begin with a quarter of an hour in every time zone. */
const quartersOf = (from: number, to: number): readonly number[] =>
  [from, to].map((at) => Math.round(at / QUARTER_HOUR_MS));

type Cut = {
  /** Six-hour figures that lie within, the last one excluded. */
  readonly whole: Period;
  /** What lies before and after them: a night's calls, which are looked at one by one. */
  readonly edges: readonly Period[];
};

function cut({ from, to }: Period): Cut {
  const first = Math.ceil(from / SIX_HOURS_MS);
  const last = Math.max(first, Math.floor(to / SIX_HOURS_MS));
  return {
    whole: { from: first, to: last },
    edges: [
      { from, to: Math.min(to, first * SIX_HOURS_MS) },
      { from: Math.min(to, last * SIX_HOURS_MS), to },
    ],
  };
}

const valuesOf = ({ whole, edges }: Cut): readonly number[] =>
  [whole, ...edges].flatMap(({ from, to }) => [from, to]);

/** Only what was spoken with clients; a consultation is no talk of theirs. */
async function readEmployees(period: Period, deps: StatisticsDeps): Promise<EmployeeFigures[]> {
  const sums = TALK_COLUMNS.split(", ").map((column) => `sum(${column}) AS ${column}`);
  const text = (talks: string): string => {
    const edge = `SELECT extension, ${TALK_COLUMNS} FROM (${talks}) AS talk`;
    return `SELECT extension, ${sums.join(", ")}
       FROM (SELECT extension, ${TALK_COLUMNS} FROM talk_figure
             WHERE six_hours >= ? AND six_hours < ? UNION ALL ${edge} UNION ALL ${edge}) AS talk
       WHERE extension IS NOT NULL GROUP BY extension`;
  };
  const rows = await deps.store.read({
    sql: text(talksOf("call", ONE_BY_ONE)),
    postgres: text(postgresTalks({ call: "call", ...ONE_BY_ONE })),
    values: valuesOf(cut(period)),
  });
  return rows
    .map((row) => {
      const extension = String(row["extension"]);
      const inbound = Number(row["answered_in"]);
      const answered = inbound + Number(row["answered_out"]);
      const talkSeconds = Math.round(Number(row["talk_seconds"]));
      return {
        ...{ extension, name: deps.nameOf(extension), answered, talkSeconds, inbound },
        outbound: Number(row["answered_out"]) + Number(row["rang_out"]),
        notAnswered: Number(row["rang_in"]),
        meanTalkSeconds: answered === 0 ? 0 : Math.round(talkSeconds / answered),
      };
    })
    .toSorted((one, other) => other.talkSeconds - one.talkSeconds);
}

/** Calls of an edge. */
const ONE_BY_ONE = { from: "call, ", where: "call.started_at >= ? AND call.started_at < ?" };

type Told = {
  readonly counts: readonly Count[];
  readonly employees: readonly EmployeeFigures[];
  readonly deps: StatisticsDeps;
};

async function figuresOf(period: Period, { counts, employees, deps }: Told): Promise<Figures> {
  const withClients = counts.filter(({ direction }) => direction !== "internal");
  const sum = (fits: (count: Count) => boolean): number =>
    withClients.filter(fits).reduce((total, { calls }) => total + calls, 0);
  return {
    calls: sum(() => true),
    inbound: sum(({ direction }) => direction === "inbound"),
    outbound: sum(({ direction }) => direction === "outbound"),
    answered: sum(({ result }) => result === "answered"),
    missed: sum(({ result }) => result === "missed"),
    talkSeconds: employees.reduce((total, one) => total + one.talkSeconds, 0),
    ...(await callBacks(period, deps)),
    medianAnswerSeconds: await medianAnswer(period, deps),
  };
}

const secondsOf = (ms: unknown): number | null =>
  typeof ms === "number" ? Math.round(ms / 1_000) : null;

async function callBacks(
  { from, to }: Period,
  { store }: StatisticsDeps,
): Promise<Pick<Figures, "missedClients" | "calledBack" | "cameBack" | "medianCallBackSeconds">> {
  const later = (fits: string): string =>
    `(SELECT min(later.started_at) FROM call AS later WHERE later.client_key = missed.client_key
      AND later.started_at > missed.at AND later.started_at < missed.at + ${CALL_BACK_MS}
      AND ${fits})`;
  const [row = {}] = await store.read(
    sql(
      `WITH followed AS MATERIALIZED (
         SELECT missed.at AS at, ${later("later.direction = 'outbound'")} AS called,
                ${later("later.direction = 'inbound' AND later.result = 'answered'")} AS came
         FROM (SELECT client_key, min(started_at) AS at FROM call
               WHERE started_at >= ? AND started_at < ? AND direction = 'inbound'
                 AND result = 'missed' AND client_key <> '' GROUP BY client_key) AS missed),
       waits AS MATERIALIZED (
         SELECT called - at AS ms FROM followed
         WHERE called IS NOT NULL AND (came IS NULL OR called < came))
       SELECT (SELECT count(*) FROM followed) AS clients, (SELECT count(*) FROM waits) AS called,
              (SELECT count(*) FROM followed WHERE came IS NOT NULL
                 AND (called IS NULL OR called >= came)) AS came,
              (SELECT ms FROM waits ORDER BY ms
                 LIMIT 1 OFFSET (SELECT count(*) / 2 FROM waits)) AS median`,
      from,
      to,
    ),
  );
  return {
    missedClients: Number(row["clients"]),
    calledBack: Number(row["called"]),
    cameBack: Number(row["came"]),
    medianCallBackSeconds: secondsOf(row["median"]),
  };
}

/** From the first channel to the first employee who answered. */
async function medianAnswer(period: Period, { store }: StatisticsDeps): Promise<number | null> {
  const text = (answers: string): string => {
    const edge = `SELECT seconds, 1 FROM (${answers}) AS answer`;
    return `WITH waits AS MATERIALIZED (
         SELECT seconds, sum(calls) AS calls
         FROM (SELECT seconds, calls FROM answer_figure WHERE six_hours >= ? AND six_hours < ?
               UNION ALL ${edge} UNION ALL ${edge}) AS answer
         GROUP BY seconds)
       SELECT seconds
       FROM (SELECT seconds, sum(calls) OVER (ORDER BY seconds) AS so_far FROM waits) AS summed
       WHERE so_far > (SELECT sum(calls) / 2 FROM waits) ORDER BY seconds LIMIT 1`;
  };
  const [row] = await store.read({
    sql: text(answersOf("call", ONE_BY_ONE)),
    postgres: text(postgresAnswers({ call: "call", ...ONE_BY_ONE })),
    values: valuesOf(cut(period)),
  });
  const seconds = row?.["seconds"];
  return typeof seconds === "number" ? seconds : null;
}

function resultsOf(counts: readonly Count[]): StatisticsAnswer["results"] {
  const groups = Map.groupBy(counts, ({ direction, result }) => `${direction} ${result}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { direction, result } = first;
    return [{ direction, result, calls: group.reduce((sum, { calls }) => sum + calls, 0) }];
  });
}
