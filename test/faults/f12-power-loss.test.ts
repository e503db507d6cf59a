// F12: the power fails. What SQLite had not flushed is gone, in whole or in part; what was
// acknowledged was flushed before, and is there.
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";
import { sql } from "../../src/store/store.ts";
import { storeFolder, type StoreFolder } from "../store/store-folder.ts";

const WRITES = 60;
const CUTS = 200;

/** How long the log was when the store was opened, and when each write was acknowledged. */
async function writeNotes(place: StoreFolder): Promise<number[]> {
  const store = await place.open();
  const lengths = [statSync(`${place.path}-wal`).size];
  for (let write = 0; write < WRITES; write++) {
    await store.write([sql("INSERT INTO note (text) VALUES (?)", `${write} `.repeat(100))]);
    lengths.push(statSync(`${place.path}-wal`).size);
  }
  return lengths;
}

/** The disk as it is found afterwards. */
function imageOf(place: StoreFolder, number: number): string {
  const image = join(place.folder, `image-${number}.db`);
  copyFileSync(place.path, image);
  copyFileSync(`${place.path}-wal`, `${image}-wal`);
  return image;
}

function look(image: string): { notes: number; check: unknown } {
  const db = new DatabaseSync(image);
  const [row] = db.prepare("SELECT count(*) AS notes FROM note").all();
  const check = db.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
  db.close();
  return { notes: Number(row?.["notes"]), check };
}

test("F12: a log cut at any byte holds every write that was acknowledged before", async () => {
  await using place = storeFolder();
  const random = seededRandom(12);
  const lengths = await writeNotes(place);
  const least = (cut: number): number => lengths.slice(1).filter((length) => length <= cut).length;

  const found = Array.from({ length: CUTS }, (_, number) => {
    const image = imageOf(place, number);
    const [from = 0, to = 0] = [lengths[0], lengths.at(-1)];
    const cut = from + Math.floor(random() * (to - from));
    truncateSync(`${image}-wal`, cut);
    return { acknowledged: least(cut), ...look(image) };
  });

  expect(found.filter(({ check }) => check !== "ok")).toEqual([]);
  expect(found.filter(({ notes, acknowledged }) => notes < acknowledged)).toEqual([]);
});

test("F12: sectors of a write that was not flushed, in any state, take no earlier write along", async () => {
  await using place = storeFolder();
  const random = seededRandom(120);
  const lengths = await writeNotes(place);

  const found = Array.from({ length: CUTS }, (_, number) => {
    const image = imageOf(place, number);
    const acknowledged = Math.floor(random() * WRITES);
    const log = readFileSync(`${image}-wal`);
    for (let at = lengths[acknowledged] ?? 0; at < log.length; at += 512)
      if (random() < 0.5) log.fill(0, at, Math.min(log.length, at + 512));
    writeFileSync(`${image}-wal`, log);
    return { acknowledged, ...look(image) };
  });

  expect(found.filter(({ check }) => check !== "ok")).toEqual([]);
  expect(found.filter(({ notes, acknowledged }) => notes < acknowledged)).toEqual([]);
});
