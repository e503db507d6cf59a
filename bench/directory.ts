/**
 * The directory with a million contacts: its size on the disk, and a look-up as a ratio to a bare SELECT
 * of the same SQLite file in the same run. In CI with a fifth of the contacts.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createDirectory } from "../src/directory/directory.ts";
import { findByPhone, keepCard } from "../src/directory/rows.ts";
import { directoryMigrations } from "../src/directory/schema.ts";
import { systemClock } from "../src/lib/clock.ts";
import { phoneKey } from "../src/lib/phone.ts";
import { openGlance } from "../src/store/sqlite-glance.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";
import type { Store } from "../src/store/store.ts";

export type DirectoryBench = {
  readonly contacts: number;
  /** Of the file, for a million contacts. */
  readonly megabytesPerMillion: number;
  readonly bareUs: number;
  /** From asking to the answer, through the store's thread. */
  readonly lookUpMs: { readonly half: number; readonly most: number };
  /** The same while the store commits page after page of changes. */
  readonly lookUpBesideWritesMs: { readonly half: number; readonly most: number };
  readonly secondsToFill: number;
};

/** A million take a minute to write. */
export const CONTACTS = process.env["CI"] === undefined ? 1_000_000 : 200_000;
export const PAGE = 250;
const LOOK_UPS = 2_000;
const DAY_S = 86_400;

export const phoneOf = (index: number): string =>
  `+7 9${String(100_000_000 + ((index * 7_919) % 899_999_963))}`;

const contact = (index: number) => ({
  type: "contacts" as const,
  id: 60_000_000 + index,
  name: `Client number ${String(index)} of the town`,
  phones: [phoneOf(index)],
  responsibleUserId: 9_100_000 + (index % 40),
  updatedAt: DAY_S,
  isDeleted: false,
});

/** Every tenth contact has an open lead. */
const lead = (index: number) => ({
  type: "leads" as const,
  id: 30_000_000 + index,
  name: `Deal ${String(index)}`,
  responsibleUserId: 9_100_000 + (index % 40),
  updatedAt: DAY_S,
  isOpen: true,
  owners: [{ type: "contacts" as const, id: 60_000_000 + index }],
});

export async function benchDirectory(): Promise<DirectoryBench> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-bench-"));
  const path = join(folder, "store.db");
  const file = { path, migrations: directoryMigrations };
  const own = await openSqliteStore(file);
  const glance = openGlance(path);
  if (!own.ok) throw new Error("the bench could not open its store");
  try {
    const startedAt = performance.now();
    for (let first = 0; first < CONTACTS; first += PAGE) await own.value.write(page(first));
    const secondsToFill = (performance.now() - startedAt) / 1_000;

    const directory = createDirectory({
      glance,
      keep: () => Promise.resolve(),
      clock: systemClock,
    });
    const timed = async (): Promise<{ half: number; most: number }> => {
      const times: number[] = [];
      for (let turn = 0; turn < LOOK_UPS; turn++) {
        const index = (turn * 104_729) % CONTACTS;
        const askedAt = performance.now();
        const found = await directory.find(phoneOf(index));
        times.push(performance.now() - askedAt);
        if (found?.card.id !== contact(index).id) throw new Error("the wrong card was found");
      }
      times.sort((one, other) => one - other);
      return { half: at(times, 0.5), most: at(times, 0.99) };
    };
    await timed();
    const lookUpMs = await timed();
    const writing = keepWriting(own.value);
    const lookUpBesideWritesMs = await timed();
    await writing.stop();
    const bareUs = bareSelect(path);
    glance.close();
    await own.value.close();
    return {
      contacts: CONTACTS,
      megabytesPerMillion: statSync(path).size / CONTACTS,
      bareUs,
      lookUpMs,
      lookUpBesideWritesMs,
      secondsToFill,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is written of the contacts from `first` on. */
export const page = (first: number) =>
  Array.from({ length: Math.min(PAGE, CONTACTS - first) }, (_, offset) => first + offset).flatMap(
    (index) => [...keepCard(contact(index)), ...(index % 10 === 0 ? keepCard(lead(index)) : [])],
  );

function keepWriting(store: Store): { stop(): Promise<void> } {
  let isWanted = true;
  const run = async (): Promise<void> => {
    for (let first = 0; isWanted; first = (first + PAGE) % CONTACTS) await store.write(page(first));
  };
  const running = run();
  return {
    stop() {
      isWanted = false;
      return running;
    },
  };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;

/** The same question in this thread, prepared once. */
function bareSelect(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  const select = db.prepare(findByPhone("").sql);
  const times: number[] = [];
  for (let turn = 0; turn < LOOK_UPS; turn++) {
    const key = phoneKey(phoneOf((turn * 104_729) % CONTACTS));
    const askedAt = performance.now();
    select.all(key);
    times.push((performance.now() - askedAt) * 1_000);
  }
  db.close();
  return at(
    times.sort((one, other) => one - other),
    0.5,
  );
}
