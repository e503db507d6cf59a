/** Until when the exchange was heard, as a row: where the gap of a restarted daemon begins. */
import { epochMs } from "../../lib/clock.ts";
import type { EpochMs } from "../../lib/clock.ts";
import type { Row, Statement } from "../../store/store.ts";

export const heardSchema = {
  id: "heard-1",
  statements: [`CREATE TABLE heard (id INTEGER PRIMARY KEY, until REAL NOT NULL)`],
};

export const heardUntil = (): Statement => ({
  sql: `SELECT until FROM heard WHERE id = 1`,
  values: [],
});

export const noteHeard = (at: EpochMs): Statement => ({
  sql: `INSERT INTO heard (id, until) VALUES (1, ?)
        ON CONFLICT (id) DO UPDATE SET until = excluded.until`,
  values: [at],
});

export const readHeard = (row: Row | undefined): EpochMs | undefined =>
  row === undefined ? undefined : epochMs(Number(row["until"]));
