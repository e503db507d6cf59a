import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "@jest/globals";
import { sql, type Store } from "../../src/store/store.ts";
import { commitsInLog, storeFolder } from "./store-folder.ts";

const addNote = (text: string): ReturnType<typeof sql> =>
  sql("INSERT INTO note (text) VALUES (?) RETURNING id", text);
const texts = async (store: Store): Promise<unknown[]> =>
  (await store.read(sql("SELECT text FROM note ORDER BY id"))).map(({ text }) => text);

test("many writes at once share a few commits to the disk", async () => {
  await using place = storeFolder();
  const store = await place.open();
  const before = commitsInLog(place.path);

  await Promise.all(Array.from({ length: 100 }, (_, index) => store.write([addNote(`${index}`)])));

  expect(await texts(store)).toHaveLength(100);
  expect(commitsInLog(place.path) - before).toBeLessThan(20);
});

test("F07: a full disk refuses writes with a hint, loses nothing and heals by itself", async () => {
  await using place = storeFolder();
  const store = await place.open();
  await store.write([addNote("before")]);
  await store.read(sql("PRAGMA max_page_count = 6"));

  const full = store.write([addNote("x".repeat(100_000))]);
  await expect(full).rejects.toMatchObject({ code: "SQLITE_FULL" });
  await expect(full).rejects.toHaveProperty("hint", expect.stringContaining("free disk space"));
  await store.read(sql("PRAGMA max_page_count = 100000"));
  await store.write([addNote("after")]);

  expect(await texts(store)).toEqual(["before", "after"]);
});

test("F10: a lock of another program is waited for, while reading goes on", async () => {
  await using place = storeFolder();
  const store = await place.open();
  const shell = new DatabaseSync(place.path);
  shell.exec("BEGIN IMMEDIATE");
  const order: string[] = [];

  const written = store.write([addNote("late")]).then(() => order.push("written"));
  order.push(`read ${(await texts(store)).length}`);
  shell.exec("COMMIT");
  shell.close();
  await written;

  expect(order).toEqual(["read 0", "written"]);
});

test("a lock that is never released fails the write with a hint", async () => {
  await using place = storeFolder();
  const store = await place.open({ busyWaitMs: 40 });
  const shell = new DatabaseSync(place.path);
  shell.exec("BEGIN IMMEDIATE");

  await expect(store.write([addNote("never")])).rejects.toMatchObject({ code: "SQLITE_BUSY" });
  shell.close();
});

test("the store's files can be read by their owner only", async () => {
  await using place = storeFolder();
  const path = `${place.folder}/new/deeper/store.db`;
  await place.open({ path });

  const modes = [path, `${path}-wal`, `${path}.lock`].map((file) => statSync(file).mode & 0o777);

  expect(modes).toEqual([0o600, 0o600, 0o600]);
  expect(statSync(`${place.folder}/new`).mode & 0o777).toBe(0o700);
});
