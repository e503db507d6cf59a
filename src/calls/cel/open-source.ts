/** `cel` of the configuration → where CEL is read from. Exports `openCelSource`. */
import { csvSource } from "./csv-calls.ts";
import { openMysql, mysqlFailure } from "./mysql-session.ts";
import type { SqlServer } from "./mysql-session.ts";
import { openPostgres, postgresFailure } from "./postgres-session.ts";
import { MAX_ROWS } from "./source.ts";
import type { CelSource } from "./source.ts";
import { createSqlSource } from "./sql-source.ts";

/** The keys of the section `cel`. */
export type CelSettings = {
  readonly type: "mysql" | "postgres" | "csv" | undefined;
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  readonly table: string;
  readonly columns: ReadonlyMap<string, string>;
  readonly path: string;
  readonly timezone: string;
};

/**
 * @param limits.maxRows of one question
 * @returns undefined where none is configured. Nothing is opened before something is read.
 */
export function openCelSource(
  cel: CelSettings,
  { maxRows = MAX_ROWS }: { maxRows?: number } = {},
): CelSource | undefined {
  const { type, table, columns, timezone: zone } = cel;
  if (type === undefined) return undefined;
  if (type === "csv") return csvSource({ path: cel.path, zone, columns }, maxRows);
  const { host, port, database, user = "", password = "" } = cel;
  const server: SqlServer = { host, port, user, password, database, table };
  const isMysql = type === "mysql";
  return createSqlSource({
    table,
    zone,
    columns,
    maxRows,
    connect: (signal) => (isMysql ? openMysql(server, signal) : openPostgres(server, signal)),
    failureOf: (thrown) =>
      isMysql ? mysqlFailure(server, thrown) : postgresFailure(server, thrown),
  });
}
