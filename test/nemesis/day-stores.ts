/**
 * Where the daemon of a day keeps what it knows: in a file on its small disk, or in PostgreSQL. Exports
 * `IN_FILE` and `inPostgres`.
 */
import { createRequire } from "node:module";
import { openPostgresAsker } from "./ask-postgres.ts";
import { openAsker, type Asker } from "./ask-store.ts";
import type { SmallDisk } from "./small-disk.ts";

export type DayStore = {
  /** Of the configuration, beside the path. */
  readonly place: object;
  /** For each start of the daemon. */
  readonly environment: Readonly<Record<string, string>>;
  /** Answers "ok" where nothing is wrong with the store; PostgreSQL has no such question. */
  readonly check?: string;
  openAsker(disk: SmallDisk, file: string): Asker;
};

export const IN_FILE: DayStore = {
  place: {},
  environment: {},
  check: "PRAGMA integrity_check",
  openAsker,
};

export const inPostgres = (place: { url: string; schema: string }): DayStore => ({
  place,
  environment: { NEMESIS_DRIVER: createRequire(import.meta.url).resolve("pg") },
  openAsker: () => openPostgresAsker(place),
});
