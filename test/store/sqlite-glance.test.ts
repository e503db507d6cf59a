import { DatabaseSync } from "node:sqlite";
import { expect, test } from "@jest/globals";
import { openGlance } from "../../src/store/sqlite-glance.ts";
import { sql } from "../../src/store/store.ts";
import { storeFolder } from "./store-folder.ts";

const addNote = sql("INSERT INTO note (text) VALUES (?)", "written");
const countNotes = sql("SELECT count(*) AS notes FROM note");

test("a glance sees each write that has resolved, and writes nothing itself", async () => {
  await using place = storeFolder();
  const store = await place.open();
  const glance = openGlance(place.path);

  const before = await glance.read(countNotes);
  await store.write([addNote]);
  const after = await glance.read(countNotes);

  expect([before, after]).toEqual([[{ notes: 0 }], [{ notes: 1 }]]);
  await expect(glance.read(addNote)).rejects.toMatchObject({ code: "SQLITE_READONLY" });
  glance.close();
});

test("a glance at a store that is not there, or that was closed, is a failure with a hint", async () => {
  await using place = storeFolder();
  const nowhere = openGlance(`${place.path}.nowhere`);
  await place.open();
  const closed = openGlance(place.path);
  await closed.read(countNotes);

  closed.close();

  await expect(nowhere.read(countNotes)).rejects.toMatchObject({ code: "SQLITE_CANTOPEN" });
  await expect(closed.read(countNotes)).rejects.toMatchObject({ code: "STORE_CLOSED" });
  await expect(closed.read(countNotes)).rejects.toHaveProperty("hint", "start the daemon again");
});

test("a glance waits for no commit that is under way", async () => {
  await using place = storeFolder();
  const store = await place.open();
  const glance = openGlance(place.path);
  const shell = new DatabaseSync(place.path);
  shell.exec("BEGIN IMMEDIATE");
  const writing = store.write([addNote]);

  const during = await glance.read(countNotes);
  shell.exec("COMMIT");
  shell.close();
  await writing;

  expect(during).toEqual([{ notes: 0 }]);
  expect(await glance.read(countNotes)).toEqual([{ notes: 1 }]);
  glance.close();
});
