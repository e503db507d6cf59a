/** Until when the exchange was heard, as a row: where the gap of a restarted daemon begins. */
import { epochMs } from "../../lib/clock.ts";
import type { EpochMs } from "../../lib/clock.ts";
import type { Row, Statement } from "../../store/store.ts";

export const heardSchema = {
  id: "heard-1",
  statements: [`CREATE TABLE heard (id INTEGER PRIMARY KEY, until REAL NOT NULL)`],
};

/** Of exchanges that have a name: one row each. */
export const heardOfEachSchema = {
  id: "heard-2",
  statements: [`CREATE TABLE heard_exchange (name TEXT PRIMARY KEY, until REAL NOT NULL)`],
};

export const heardUntil = (exchange: string | undefined): Statement =>
  exchange === undefined
    ? { sql: `SELECT until FROM heard WHERE id = 1`, values: [] }
    : { sql: `SELECT until FROM heard_exchange WHERE name = ?`, values: [exchange] };

export const noteHeard = (exchange: string | undefined, at: EpochMs): Statement =>
  exchange === undefined
    ? {
        sql: `INSERT INTO heard (id, until) VALUES (1, ?)
              ON CONFLICT (id) DO UPDATE SET until = excluded.until`,
        values: [at],
      }
    : {
        sql: `INSERT INTO heard_exchange (name, until) VALUES (?, ?)
              ON CONFLICT (name) DO UPDATE SET until = excluded.until`,
        values: [exchange, at],
      };

export const readHeard = (row: Row | undefined): EpochMs | undefined =>
  row === undefined ? undefined : epochMs(Number(row["until"]));
