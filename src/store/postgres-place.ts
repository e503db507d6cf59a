/** Where in PostgreSQL an installation is, and what it is locked by. */
import { createHash } from "node:crypto";
import type { OpenFailure } from "./store.ts";

export type PostgresPlace = {
  /** "postgres://user:password@host:5432/database" */
  readonly url: string;
  /** Of the installation: many share one database, each in a schema of its own. */
  readonly name: string;
};

export const schemaOf = ({ name }: Pick<PostgresPlace, "name">): string => `ak_${name}`;

/** What a lock is for; the installation is its second number. Any number that nobody else uses. */
export const LOCKS = { write: 0x616b01, daemon: 0x616b02, migrate: 0x616b03 } as const;

/** All locks of PostgreSQL are numbers: this one is the installation's. */
export const lockNumber = (place: Pick<PostgresPlace, "name">): number =>
  createHash("sha256").update(schemaOf(place)).digest().readInt32BE();

/** The two numbers of an advisory lock, for SQL. */
export const lockNumbers = (use: keyof typeof LOCKS, place: Pick<PostgresPlace, "name">): string =>
  `${LOCKS[use]}, ${lockNumber(place)}`;

/**
 * Begins a transaction in which the installation's tables are found, under one of its locks. Before that
 * a connection finds no tables at all, so that nothing lands where it does not belong.
 */
export const beginIn = (place: Pick<PostgresPlace, "name">, lock: keyof typeof LOCKS): string =>
  `BEGIN; SET LOCAL search_path TO ${schemaOf(place)};
   SELECT pg_advisory_xact_lock(${lockNumbers(lock, place)})`;

export const inUse = ({ name }: Pick<PostgresPlace, "name">): OpenFailure => ({
  kind: "in-use",
  reason: `another asterisk-kommo is running on the store ${name} of PostgreSQL`,
  hint: "stop it first (systemctl stop asterisk-kommo), or give this one another store.schema",
});
