/**
 * The figures of figures-schema.ts in PostgreSQL's words: the same tables, kept by triggers that count the
 * same. Exports the migration's statements and the two selections that statistics go by.
 */

export const postgresPartsOf = (call: string): string =>
  `jsonb_array_elements(${call}.facts::jsonb -> 'conversations') AS part`;

type Places = {
  readonly call: string;
  /** "call, ", or "" in a trigger. */
  readonly from: string;
  /** About the call. */
  readonly where: string;
};

/** As talksOf in figures-schema.ts. */
export function postgresTalks({ call, from, where }: Places): string {
  const isAnswered = "(part.value ->> 'result' = 'answered')";
  const some = (direction: string, fits: string): string =>
    `CASE WHEN ${call}.direction = '${direction}' AND bool_or(${fits}) THEN 1 ELSE 0 END`;
  return `SELECT ${call}.started_at AS started_at, part.value ->> 'extension' AS extension,
      ${some("inbound", isAnswered)} AS answered_in,
      ${some("inbound", `NOT ${isAnswered}`)} AS rang_in,
      ${some("outbound", isAnswered)} AS answered_out,
      ${some("outbound", `NOT ${isAnswered}`)} AS rang_out,
      coalesce(sum(CASE WHEN ${isAnswered} THEN (part.value ->> 'talkSeconds')::float8 END), 0)
        AS talk_seconds
    FROM ${from}${postgresPartsOf(call)}
    WHERE ${where} AND ${call}.direction <> 'internal' AND (part.value ->> 'withClient')::boolean
    GROUP BY ${call}.id, 2`;
}

/** As answersOf in figures-schema.ts. */
export function postgresAnswers({ call, from, where }: Places): string {
  const ms = `(min((part.value ->> 'acceptedAt')::float8) - ${call}.started_at)`;
  return `SELECT ${call}.started_at AS started_at, trunc(${ms} / 1000.0 + 0.5)::bigint AS seconds
    FROM ${from}${postgresPartsOf(call)}
    WHERE ${where} AND ${call}.direction = 'inbound' AND ${call}.result = 'answered'
    GROUP BY ${call}.id HAVING ${ms} IS NOT NULL`;
}

/** @param given.tables as SQLite makes them @param given.talkColumns "answered_in, …" */
export function postgresFigures(given: {
  readonly tables: readonly string[];
  readonly indexes: readonly string[];
  readonly talkColumns: string;
  readonly quarterHourMs: number;
  readonly sixHoursMs: number;
}): readonly string[] {
  const { quarterHourMs, sixHoursMs } = given;
  const columns = given.talkColumns.split(", ");
  const numberOf = (at: string, widthMs: number): string => `trunc(${at} / ${widthMs})::bigint`;
  const removed = numberOf("least(old.started_at, old.accepted_at)", sixHoursMs);
  const addAll = (call: string, from: string): readonly string[] => [
    `INSERT INTO call_figure (quarter_hour, direction, result, calls)
     SELECT ${numberOf(`${call}.started_at`, quarterHourMs)}, ${call}.direction, ${call}.result,
            count(*) ${from === "" ? "" : "FROM call"} GROUP BY 1, 2, 3
     ON CONFLICT (quarter_hour, direction, result)
     DO UPDATE SET calls = call_figure.calls + excluded.calls`,
    `INSERT INTO talk_figure (six_hours, extension, ${given.talkColumns})
     SELECT ${numberOf("started_at", sixHoursMs)}, extension,
            ${columns.map((one) => `sum(${one})`).join(", ")}
     FROM (${postgresTalks({ call, from, where: "true" })}) AS talk
     WHERE extension IS NOT NULL GROUP BY 1, 2
     ON CONFLICT (six_hours, extension) DO UPDATE SET
       ${columns.map((one) => `${one} = talk_figure.${one} + excluded.${one}`).join(", ")}`,
    `INSERT INTO answer_figure (six_hours, seconds, calls)
     SELECT ${numberOf("started_at", sixHoursMs)}, seconds, count(*)
     FROM (${postgresAnswers({ call, from, where: "true" })}) AS answer GROUP BY 1, 2
     ON CONFLICT (six_hours, seconds)
     DO UPDATE SET calls = answer_figure.calls + excluded.calls`,
  ];
  // PostgreSQL reads no JSON in which half a character stands. Such a call is kept, and not counted.
  return [
    ...given.tables,
    ...addAll("call", "call, "),
    `CREATE FUNCTION count_call() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       BEGIN
         ${addAll("new", "").join("; ")};
       EXCEPTION WHEN data_exception THEN NULL;
       END;
       RETURN NULL;
     END $$`,
    `CREATE FUNCTION uncount_call() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       DELETE FROM call_figure WHERE quarter_hour < ${removed} * ${sixHoursMs / quarterHourMs};
       DELETE FROM talk_figure WHERE six_hours < ${removed};
       DELETE FROM answer_figure WHERE six_hours < ${removed};
       RETURN NULL;
     END $$`,
    "CREATE TRIGGER call_counted AFTER INSERT ON call FOR EACH ROW EXECUTE FUNCTION count_call()",
    "CREATE TRIGGER call_uncounted AFTER DELETE ON call FOR EACH ROW EXECUTE FUNCTION uncount_call()",
    ...given.indexes,
  ];
}
