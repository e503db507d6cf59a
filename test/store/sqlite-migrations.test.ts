import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "@jest/globals";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { sql, type Migration } from "../../src/store/store.ts";
import { storeFolder } from "./store-folder.ts";

const first: Migration = { id: "calls-1", statements: ["CREATE TABLE call (id TEXT)"] };
const second: Migration = { id: "outbox-1", statements: ["CREATE TABLE step (id TEXT)"] };

test("F88: a room's new migration is applied to a store that exists, and a copy from before is kept", async () => {
  await using place = storeFolder();
  const old = await place.open({ migrations: [first] });
  await old.write([sql("INSERT INTO call VALUES ('1795261714.0')")]);
  await old.close();

  const store = await place.open({ migrations: [first, second] });

  const copy = new DatabaseSync(`${place.path}.before-1`, { readOnly: true });
  expect(await store.read(sql("SELECT id FROM call"))).toEqual([{ id: "1795261714.0" }]);
  expect(await store.read(sql("SELECT * FROM step"))).toEqual([]);
  expect(await store.read(sql("PRAGMA user_version"))).toEqual([{ user_version: 2 }]);
  expect(copy.prepare("SELECT id FROM call").all()).toHaveLength(1);
  expect(statSync(`${place.path}.before-1`).mode & 0o077).toBe(0);
  copy.close();
});

test("nothing is copied when there is nothing to migrate", async () => {
  await using place = storeFolder();
  await (await place.open({ migrations: [first] })).close();

  await place.open({ migrations: [first] });

  expect(existsSync(`${place.path}.before-1`)).toBe(false);
});

test("a higher user_version alone is enough to refuse", async () => {
  await using place = storeFolder();
  await (await place.open({ migrations: [first] })).close();
  const tampered = new DatabaseSync(place.path);
  tampered.exec("PRAGMA user_version = 2");
  tampered.close();

  const refused = await openSqliteStore({ path: place.path, migrations: [first] });

  expect(refused).toMatchObject({ ok: false, failure: { kind: "newer-schema" } });
});
