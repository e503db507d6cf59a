// Loaded before the daemon (NODE_OPTIONS): writes how SQLite goes about each statement that is prepared
// on a database with tables, one JSON line each, into the file that QUERY_PLANS names.
import { appendFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

export type QueryPlan = { readonly sql: string; readonly plan: readonly string[] };

const file = process.env["QUERY_PLANS"];
const prepare: DatabaseSync["prepare"] = Reflect.get(DatabaseSync.prototype, "prepare");

if (file !== undefined) {
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    const statement = Reflect.apply(prepare, this, [sql, ...rest]);
    if (/^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(sql)) {
      const rows = Reflect.apply(prepare, this, [`EXPLAIN QUERY PLAN ${sql}`]).all();
      const plan = rows.map(({ detail }) => String(detail));
      appendFileSync(file, `${JSON.stringify({ sql, plan } satisfies QueryPlan)}\n`);
    }
    return statement;
  };
}
