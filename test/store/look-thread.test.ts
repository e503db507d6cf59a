import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { createLookThread } from "../../src/store/look-thread.ts";
import { sql } from "../../src/store/store.ts";
import { noteMigrations, storeFolder } from "./store-folder.ts";

const countNotes = sql("SELECT count(*) AS notes FROM note");

/** How many threads of this process look into a store. */
const lookers = (): number =>
  readdirSync("/proc/self/task").filter(
    (id) => readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim() === "store-look",
  ).length;

test("the thread for long questions is there while somebody asks, and comes again", async () => {
  await using place = storeFolder();
  const store = await place.open();
  const { path } = place;
  const looking = createLookThread({
    path,
    migrations: noteMigrations,
    instead: store,
    staysForMs: 1,
  });

  const before = lookers();
  const [first] = await Promise.all([1, 2, 3].map(() => looking.read(countNotes)));
  while (lookers() > 0) await wait(10);
  await store.write([sql("INSERT INTO note (text) VALUES ('one')")]);
  const second = await looking.read(countNotes);
  await looking.close();

  expect(before).toBe(0);
  expect([first, second]).toEqual([[{ notes: 0 }], [{ notes: 1 }]]);
  await expect(looking.read(countNotes)).rejects.toMatchObject({ code: "STORE_CLOSED" });
});

test("where the thread cannot be had, the store itself answers", async () => {
  await using place = storeFolder();
  const store = await place.open();
  const path = `${place.path}.nowhere`;
  const looking = createLookThread({ path, migrations: noteMigrations, instead: store });

  const told = await looking.read(countNotes);
  await looking.close();

  expect(told).toEqual([{ notes: 0 }]);
});
