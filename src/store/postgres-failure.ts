/** What PostgreSQL's and the network's codes mean for the operator. Exports `describePostgresError`. */
import { codeOf } from "../lib/failure.ts";
import type { FailureFields } from "./sqlite-failure.ts";

const AWAY = "start PostgreSQL, or look at the network; work goes on by itself";

/** By the first characters of an SQLSTATE. @source PostgreSQL, appendix A, "PostgreSQL Error Codes" */
const KNOWN: readonly (readonly [codes: RegExp, code: string, hint: string])[] = [
  [/^(08|57P0[1-5])/, "POSTGRES_AWAY", AWAY],
  [/^25P0[34]/, "POSTGRES_AWAY", AWAY],
  [/^(40|55P03|57014)/, "POSTGRES_BUSY", "look for a long transaction in pg_stat_activity"],
  [/^53300/, "POSTGRES_FULL", "raise PostgreSQL's max_connections; work goes on by itself"],
  [
    /^53/,
    "POSTGRES_FULL",
    "free disk space or memory on PostgreSQL's host; work goes on by itself",
  ],
  [/^25006/, "POSTGRES_READONLY", "let store.url name the primary, not a standby"],
  [/^28/, "POSTGRES_REFUSED", "look at user and password in store.url, and at pg_hba.conf"],
  [/^3D000/, "POSTGRES_REFUSED", "create the database that store.url names (docs/postgresql.md)"],
  [/^42501/, "POSTGRES_REFUSED", "let the user of store.url own its schema (docs/postgresql.md)"],
  [
    /^23/,
    "POSTGRES_CONSTRAINT",
    "report this as a bug: two facts in the store contradict each other",
  ],
  [/^XX00[12]/, "POSTGRES_CORRUPT", "PostgreSQL found damage: restore a backup"],
];

/** @returns undefined when the error is neither PostgreSQL's nor of the way to it: a bug of ours. */
export function describePostgresError(error: Error): FailureFields | undefined {
  const code = codeOf(error);
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && "severity" in error) {
    // Another version migrated meanwhile: what this connection has prepared holds no longer.
    if (error.message.startsWith("cached plan must not change"))
      return { code: "POSTGRES_AWAY", message: error.message, hint: AWAY };
    const known = KNOWN.find(([codes]) => codes.test(code));
    // Of values that do not fit, PostgreSQL's words hold the value.
    const words = code.startsWith("22") ? "a value does not fit" : error.message;
    const message = `${words} (${code})`;
    return known === undefined
      ? { code: "POSTGRES_ERROR", message, hint: "report this as a bug" }
      : { code: known[1], message, hint: known[2] };
  }
  if (isOfTheWay(error, code))
    return { code: "POSTGRES_AWAY", message: code ?? error.message, hint: AWAY };
  return undefined;
}

/** What was sent was not answered in time: the server hangs, or the way to it is dead. */
export const isSilence = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.message.startsWith("Query read timeout");

/** The server lives, and gave a statement up that took longer than it may. */
export const isTooLong = (thrown: unknown): boolean => codeOf(thrown) === "57014";

/** The driver tells some ends of a connection in words alone. */
const LOST =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed)|The server does not support SSL|There was an error establishing an SSL)/;

const isOfTheWay = (error: Error, code: string | undefined): boolean =>
  (code !== undefined &&
    /^(E[A-Z]{3,}|ERR_(TLS|SSL)_.*|DEPTH_.*|CERT_.*|SELF_SIGNED.*)$/.test(code)) ||
  LOST.test(error.message);

/** The server is gone, or the way to it: whether a commit that was asked for happened is not known. */
export const isCutOff = (error: Error): boolean =>
  describePostgresError(error)?.code === "POSTGRES_AWAY" || isFatal(error);

const isFatal = (error: Error): boolean =>
  "severity" in error && (error.severity === "FATAL" || error.severity === "PANIC");
