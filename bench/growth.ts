/**
 * What a large archive costs: a durable accept, and a look-up of a call with its steps, in a store of
 * many calls and in one of few, in turn and in the same run.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callById } from "../src/calls/archive.ts";
import { storeMigrations } from "../src/cli/daemon/store-migrations.ts";
import { listCalls } from "../src/cli/calls/kept-calls.ts";
import { stepsOf } from "../src/outbox/story.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";
import type { Store } from "../src/store/store.ts";
import { bookingOf } from "./booked-call.ts";
import { bulkId, writeManyCalls } from "./bulk-calls.ts";
import { medianOf } from "./median.ts";

export type GrowthBench = {
  readonly few: SizedStore;
  readonly many: SizedStore;
  /** That of many calls, in that of few: medians of the rounds. */
  readonly accept: number;
  readonly lookUp: number;
  readonly list: number;
};

export type SizedStore = {
  readonly calls: number;
  readonly gigabytes: number;
  readonly secondsToWrite: number;
  readonly msToOpen: number;
  readonly msToAccept: number;
  readonly msToLookUp: number;
  readonly msToList: number;
};

const ROUNDS = 7;
const ACCEPTS = 100;
const LOOK_UPS = 30;
/** Look-ups under way together: of one alone, most is the waking of a thread that slept. */
const AT_ONCE = 10;

type Opened = { store: Store; calls: number; next: number; rounds: Round[] };
type Round = { accept: number; lookUp: number; list: number };

export async function benchGrowth(sizes: { few: number; many: number }): Promise<GrowthBench> {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-growth-"));
  try {
    const made = [];
    for (const calls of [sizes.few, sizes.many]) {
      const path = join(folder, `${calls}.db`);
      const secondsToWrite = await writeManyCalls(path, calls);
      const begun = performance.now();
      const opened = await openSqliteStore({ path, migrations: storeMigrations });
      if (!opened.ok) throw new Error(opened.failure.reason);
      const msToOpen = performance.now() - begun;
      const one: Opened = { store: opened.value, calls, next: calls + 1, rounds: [] };
      const gigabytes = statSync(path).size / 1e9;
      made.push({ ...one, secondsToWrite, msToOpen, gigabytes });
    }
    for (let round = 0; round <= ROUNDS; round++)
      for (const one of made) {
        const times = await playRound(one);
        if (round > 0) one.rounds.push(times); // the first warms the caches
      }
    for (const { store } of made) await store.close();
    const [few, many] = made.map(({ rounds, calls, gigabytes, secondsToWrite, msToOpen }) => ({
      ...{ calls, gigabytes, secondsToWrite, msToOpen },
      msToAccept: medianOf(rounds.map(({ accept }) => accept)),
      msToLookUp: medianOf(rounds.map(({ lookUp }) => lookUp)),
      msToList: medianOf(rounds.map(({ list }) => list)),
    }));
    if (few === undefined || many === undefined) throw new Error("two sizes are compared");
    return {
      ...{ few, many },
      accept: many.msToAccept / few.msToAccept,
      lookUp: many.msToLookUp / few.msToLookUp,
      list: many.msToList / few.msToList,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function playRound(one: Opened): Promise<Round> {
  const { store } = one;
  const accept = await medianMs(ACCEPTS, () =>
    store.write(bookingOf(bulkId(one.next++), one.next)),
  );
  const lookUp = await medianMs(LOOK_UPS, async () => {
    await Promise.all(Array.from({ length: AT_ONCE }, () => lookUpOne(one)));
  });
  const list = await medianMs(5, () => listCalls(store, { limit: 20 }));
  return { accept, lookUp: lookUp / AT_ONCE, list };
}

async function lookUpOne({ store, calls }: Opened): Promise<void> {
  const id = bulkId(1 + Math.floor(Math.random() * calls));
  const [[call], steps] = await Promise.all([store.read(callById(id)), store.read(stepsOf(id))]);
  if (call === undefined || steps.length === 0) throw new Error("a call is missing");
}

async function medianMs(times: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const begun = performance.now();
    await work();
    took.push(performance.now() - begun);
  }
  return medianOf(took);
}

if (import.meta.main) {
  const [few = 10_000, many = 1_000_000] = process.argv.slice(2).map(Number);
  process.stdout.write(`${JSON.stringify(await benchGrowth({ few, many }), null, 2)}\n`);
}
