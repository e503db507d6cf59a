/** PostgreSQL, through pg; loaded only when CEL is read there. */
import { codeOf, toError } from "../../lib/failure.ts";
import { splitName } from "./mysql-session.ts";
import type { SqlServer } from "./mysql-session.ts";
import { notReadable, tookTooLong, type CelFailure } from "./source.ts";
import type { SqlSession, TimeKind } from "./sql-source.ts";

const CONNECT_MS = 5_000;
const QUERY_MS = 60_000;

export async function openPostgres(server: SqlServer, signal: AbortSignal): Promise<SqlSession> {
  const { default: pg } = await import("pg");
  const { host, port = 5432, user, password, database } = server;
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database,
    application_name: "asterisk-kommo",
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: QUERY_MS,
    query_timeout: QUERY_MS + 5_000,
    options: "-c default_transaction_read_only=on -c TimeZone=UTC",
    // Everything as text: what a value means is decided where rows are read.
    types: { getTypeParser: () => (value: unknown) => value },
  });
  // A server that goes away between two questions: the next one fails and says so.
  client.on("error", () => undefined);
  const cut = (): void => void client.end().catch(toError);
  signal.addEventListener("abort", cut, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect();
  } catch (thrown) {
    cut();
    throw thrown;
  }
  const rows: SqlSession["rows"] = async (sql, values) => {
    const answer = await client.query({ text: sql, values: [...values], rowMode: "array" });
    return answer.rows as unknown[][];
  };
  const [schema, table] = splitName(server.table);
  return {
    rows,
    columns: async () => {
      const found = await rows(
        `SELECT column_name, data_type FROM information_schema.columns
         WHERE table_name = $1 AND table_schema = ${schema === undefined ? "ANY (current_schemas(false))" : "$2"}
         ORDER BY ordinal_position`,
        schema === undefined ? [table] : [table, schema],
      );
      return found.map(([name, type]) => ({ name: String(name), type: String(type) }));
    },
    timeKindOf: timeKind,
    quote: (name) => `"${name.replaceAll('"', '""')}"`,
    placeholder: (index) => `$${index}`,
    close: async () => {
      signal.removeEventListener("abort", cut);
      await client.end();
    },
  };
}

function timeKind(type: string): TimeKind {
  if (/with time zone/i.test(type)) return "instant";
  if (/^timestamp/i.test(type)) return "wall";
  return /char|text/i.test(type) ? "text" : "number";
}

/** No message of the driver is repeated: it may hold a query. */
export function postgresFailure(
  { host, port = 5432, database, table }: SqlServer,
  thrown: unknown,
): CelFailure {
  const where = `PostgreSQL at ${host} port ${port}`;
  const code = codeOf(thrown) ?? "";
  const refused = (what: string, hint: string): CelFailure => ({
    kind: "refused",
    reason: `${where} ${what}`,
    hint,
  });
  switch (code) {
    case "28P01":
    case "28000":
      return refused("does not take the user or the password", "look at cel.user and cel.password");
    case "42501":
      return refused(
        "does not let the user read the table",
        `GRANT SELECT ON ${table} to the user`,
      );
    case "3D000":
      return refused(`has no database ${database}`, "look at cel.database");
    case "57014":
      return tookTooLong(where);
    default:
      return notReadable(where, code === "" ? toError(thrown).name : code);
  }
}
