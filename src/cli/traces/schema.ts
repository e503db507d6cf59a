/**
 * What was said with Kommo about calls, word for word, for a while: `kommo_exchange`. Statements only.
 *   calls   ids of the calls it was about, each between two spaces: requests carry several calls
 *   status  of HTTP; NULL: there was no answer
 * Events of the exchange stand in `past_event` (calls/past-events.ts).
 */
import { sql, type Migration, type Row, type Statement } from "../../store/store.ts";

export const traceMigrations: readonly Migration[] = [
  {
    id: "kommo-exchange-1",
    statements: [
      `CREATE TABLE kommo_exchange (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        calls TEXT NOT NULL,
        method TEXT NOT NULL,
        path TEXT NOT NULL,
        status INTEGER,
        ms INTEGER NOT NULL,
        request TEXT NOT NULL,
        answer TEXT NOT NULL
      )`,
    ],
  },
];

export type KeptExchange = {
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  /** With what is asked behind "?". */
  readonly path: string;
  readonly status: number | null;
  readonly ms: number;
  /** Bodies as they went, without secrets; long ones are cut. "": none. */
  readonly request: string;
  readonly answer: string;
};

export const addExchange = (calls: readonly string[], told: KeptExchange): Statement =>
  sql(
    `INSERT INTO kommo_exchange (at, calls, method, path, status, ms, request, answer)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    Math.round(told.at),
    ` ${calls.join(" ")} `,
    told.method,
    told.path,
    told.status,
    Math.round(told.ms),
    told.request,
    told.answer,
  );

/** The table is small by its limits, and `calls` stands before what is long in its rows. */
export const exchangesOf = (call: string): Statement =>
  sql(
    `SELECT at, method, path, status, ms, request, answer FROM kommo_exchange
     WHERE ${IS_OF} ORDER BY id`,
    patternOf(call),
  );

export const forgetExchangesOf = (call: string): Statement =>
  sql(`DELETE FROM kommo_exchange WHERE ${IS_OF}`, patternOf(call));

const IS_OF = "calls LIKE ? ESCAPE '\\'";
const patternOf = (call: string): string => `% ${call.replace(/[\\%_]/g, "\\$&")} %`;

export const readExchange = (row: Row): KeptExchange => ({
  at: Number(row["at"]),
  method: String(row["method"]),
  path: String(row["path"]),
  status: typeof row["status"] === "number" ? row["status"] : null,
  ms: Number(row["ms"]),
  request: String(row["request"]),
  answer: String(row["answer"]),
});
