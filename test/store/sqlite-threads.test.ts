// The accounts of a host have a file each, and a few threads in common that hold them.
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "@jest/globals";
import { sql, type Store } from "../../src/store/store.ts";
import { storeFolder, type StoreFolder } from "./store-folder.ts";

const addNote = (text: string): ReturnType<typeof sql> =>
  sql("INSERT INTO note (text) VALUES (?)", text);
const texts = async (store: Store): Promise<unknown[]> =>
  (await store.read(sql("SELECT text FROM note ORDER BY id"))).map(({ text }) => text);

const threads = (): number =>
  Number(/^Threads:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);

function folders(count: number): AsyncDisposable & { readonly all: readonly StoreFolder[] } {
  const all = Array.from({ length: count }, storeFolder);
  return {
    all,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((folder) => folder[Symbol.asyncDispose]()));
    },
  };
}

test("forty stores are held by few threads, and each keeps what is its own", async () => {
  await using places = folders(40);
  const before = threads();

  const stores = await Promise.all(places.all.map((place) => place.open()));
  await Promise.all(stores.map((store, at) => store.write([addNote(`${at}`)])));
  const after = threads();

  expect(after - before).toBeLessThan(15);
  for (const [at, store] of stores.entries()) expect(await texts(store)).toEqual([`${at}`]);
});

test("a store that another program has locked holds up none of those beside it", async () => {
  await using places = folders(9);
  const [locked, ...others] = await Promise.all(places.all.map((place) => place.open()));
  const other = new DatabaseSync(places.all[0]?.path ?? "");
  other.exec("BEGIN IMMEDIATE");
  let isKept = false;

  const write = locked?.write([addNote("late")]).then(() => (isKept = true));
  await Promise.all(others.map((store) => store.write([addNote("at once")])));
  const wasKeptMeanwhile = isKept;
  other.exec("COMMIT");
  other.close();
  await write;

  expect(wasKeptMeanwhile).toBe(false);
  expect(isKept).toBe(true);
});

test("a store that is closed leaves those beside it open, and can be opened again", async () => {
  await using places = folders(9);
  const stores = await Promise.all(places.all.map((place) => place.open()));

  await stores[0]?.close();
  await Promise.all(stores.slice(1).map((store) => store.write([addNote("goes on")])));
  const again = await places.all[0]?.open();
  await again?.write([addNote("again")]);

  expect(await texts(again as Store)).toEqual(["again"]);
});
