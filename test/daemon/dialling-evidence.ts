// What an office that dials has left behind: rows of the store, and how often the exchange was asked.
import { readDial, newestDials, type DialRow } from "../../src/originate/schema.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { join } from "node:path";
import type { DiallingOffice } from "./dialling-office.ts";

/** The oldest first. */
export async function dialRows(office: DiallingOffice): Promise<readonly DialRow[]> {
  const path = join(office.folder, "store.db");
  const opened = await openSqliteStore({ path, migrations: storeMigrations, access: "look" });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const rows = (await opened.value.read(newestDials(1_000))).map(readDial);
  await opened.value.close();
  return rows.toReversed();
}

/** Dials that reached the exchange. */
export const originatesOf = (office: DiallingOffice): number => office.pbx.originates().length;
