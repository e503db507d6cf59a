// What is left of a number in PostgreSQL after `asterisk-kommo forget`: no row of any table.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { forgetNumber } from "../../src/cli/forget/forget-number.ts";
import { copyStore } from "../../src/cli/store/copy-store.ts";
import { createMp3Folder } from "../../src/recordings/mp3-folder.ts";
import { openStore } from "../../src/store/open-store.ts";
import { sql, type DaemonStore } from "../../src/store/store.ts";
import { rowsOf, tablesOf } from "../../src/store/tables.ts";
import { CLIENT, filled, KEY, NAME } from "../cli/forget-scene.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

let server: PostgresServer;
let folder: string;

beforeAll(async () => {
  server = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-forget-"));
}, 120_000);

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function everythingIn(store: DaemonStore): Promise<string> {
  const texts: string[] = [];
  for (const table of await tablesOf(store))
    for await (const page of rowsOf(store, table))
      texts.push(...page.map(({ row }) => `${table.name} ${JSON.stringify(row)}`));
  return texts.join("\n");
}

test("no row of any table holds the number, and the other client is as before", async () => {
  await using bookings = await filled();
  const place = { path: join(folder, "store.db"), url: server.url, schema: "forget" };
  const file = { path: bookings.storePath, schema: "default" };
  const copied = await copyStore(file, place, { isDry: false });
  const opened = await openStore(place, { migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  // Two rows that are known by the number, and without it would be the same.
  await store.write([
    sql("INSERT INTO used_token VALUES (?, 1), (?, 1)", `${CLIENT}`, `+${CLIENT}`),
  ]);
  const before = await everythingIn(store);

  const done = await forgetNumber("8 (916) 123-45-67", {
    ...{ store, reader: store, place, folder: createMp3Folder(join(folder, "recordings")) },
    now: () => 1,
  });
  const after = await everythingIn(store);
  const calls = await store.read(sql("SELECT id FROM call"));
  await store.close();

  expect(copied.ok).toBe(true);
  expect(before).toContain(KEY);
  expect(done).toMatchObject({ ok: true, value: { calls: 2, recordings: 1, left: [] } });
  expect(after.replace(/[ ().\-/\u00a0\u2010-\u2013]/g, "")).not.toContain(KEY);
  expect(after).not.toContain(NAME);
  expect(after).toContain("9035550001");
  expect(calls).toHaveLength(3);
}, 120_000);
