/** MySQL and MariaDB, through mysql2; loaded only when CEL is read there. */
import type { Connection, RowDataPacket } from "mysql2/promise";
import { codeOf, toError } from "../../lib/failure.ts";
import { notReadable, tookTooLong, type CelFailure } from "./source.ts";
import type { SqlSession, TimeKind } from "./sql-source.ts";

export type SqlServer = {
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly table: string;
};

const CONNECT_MS = 5_000;
const QUERY_SECONDS = 60;

export async function openMysql(server: SqlServer, signal: AbortSignal): Promise<SqlSession> {
  const { createConnection } = await import("mysql2/promise");
  const { host, port = 3306, user, password, database } = server;
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    database,
    connectTimeout: CONNECT_MS,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    multipleStatements: false,
  });
  const cut = (): void => connection.destroy();
  signal.addEventListener("abort", cut, { once: true });
  // A server that goes away between two questions: the next one fails and says so.
  connection.on("error", () => undefined);
  try {
    await prepare(connection, signal);
  } catch (thrown) {
    connection.destroy();
    throw thrown;
  }
  const rows: SqlSession["rows"] = async (sql, values) => {
    const [found] = await connection.query<RowDataPacket[][]>({
      sql,
      values: [...values],
      rowsAsArray: true,
      timeout: QUERY_SECONDS * 1000,
    });
    return found;
  };
  const [schema, table] = splitName(server.table);
  return {
    rows,
    columns: async () => {
      const found = await rows(
        `SELECT column_name, data_type FROM information_schema.columns
         WHERE table_schema = ${schema === undefined ? "DATABASE()" : "?"} AND table_name = ?
         ORDER BY ordinal_position`,
        schema === undefined ? [table] : [schema, table],
      );
      return found.map(([name, type]) => ({ name: String(name), type: String(type) }));
    },
    timeKindOf: timeKind,
    quote: (name) => `\`${name.replaceAll("`", "``")}\``,
    placeholder: () => "?",
    close: async () => {
      signal.removeEventListener("abort", cut);
      await connection.end();
    },
  };
}

/** TIMESTAMP is an instant, shown in the session's zone; DATETIME is whatever was written. */
async function prepare(connection: Connection, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await connection.query("SET time_zone = '+00:00'");
  await connection.query("SET SESSION TRANSACTION READ ONLY");
  // Each of the two engines has its own word for this limit.
  await connection
    .query(`SET SESSION max_statement_time = ${QUERY_SECONDS}`)
    .catch(() => connection.query(`SET SESSION max_execution_time = ${QUERY_SECONDS * 1000}`))
    .catch(toError);
}

function timeKind(type: string): TimeKind {
  if (/^timestamp/i.test(type)) return "instant";
  if (/^datetime/i.test(type)) return "wall";
  return /char|text|binary|blob/i.test(type) ? "text" : "number";
}

export function splitName(name: string): readonly [schema: string | undefined, table: string] {
  const dot = name.indexOf(".");
  return dot < 0 ? [undefined, name] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** No message of the driver is repeated: it may hold a query. */
export function mysqlFailure(
  { host, port = 3306, database }: SqlServer,
  thrown: unknown,
): CelFailure {
  const where = `MySQL at ${host} port ${port}`;
  const code = codeOf(thrown) ?? "";
  switch (code) {
    case "ER_ACCESS_DENIED_ERROR":
    case "ER_ACCESS_DENIED_NO_PASSWORD_ERROR":
      return refused(
        where,
        "does not take the user or the password",
        "look at cel.user and cel.password",
      );
    case "ER_DBACCESS_DENIED_ERROR":
    case "ER_TABLEACCESS_DENIED_ERROR":
    case "ER_COLUMNACCESS_DENIED_ERROR":
      return refused(
        where,
        "does not let the user read the table",
        `GRANT SELECT ON ${database}.* to the user`,
      );
    case "ER_BAD_DB_ERROR":
      return refused(where, `has no database ${database}`, "look at cel.database");
    case "ER_STATEMENT_TIMEOUT":
    case "ER_QUERY_TIMEOUT":
    case "PROTOCOL_SEQUENCE_TIMEOUT":
      return tookTooLong(where);
    default:
      return notReadable(where, code === "" ? toError(thrown).name : code);
  }
}

const refused = (where: string, what: string, hint: string): CelFailure => ({
  kind: "refused",
  reason: `${where} ${what}`,
  hint,
});
