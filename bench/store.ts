/**
 * How many calls a second are accepted for good: the daemon's store with the rows of a booked call, as a
 * ratio to bare commits of one row on the same disk in the same run, each synced before the next.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { storeMigrations } from "../src/cli/daemon/store-migrations.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";
import { bookingOf } from "./booked-call.ts";
import { bulkId } from "./bulk-calls.ts";
import { medianOf } from "./median.ts";

export type StoreBench = {
  /** Medians, each a second. */
  readonly bareCommits: number;
  readonly oneByOne: number;
  readonly grouped: number;
  /** Medians of the rounds' own ratios to the bare commits. */
  readonly ratio: number;
  readonly groupedRatio: number;
};

const ROUNDS = 5;
const CALLS = 200;
const AT_ONCE = 100;

export async function benchStore(): Promise<StoreBench> {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-store-bench-"));
  const bare = new DatabaseSync(join(folder, "bare.db"));
  bare.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (text TEXT)");
  const insert = bare.prepare("INSERT INTO row (text) VALUES (?)");
  const path = join(folder, "store.db");
  const opened = await openSqliteStore({ path, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  let next = 1;
  const accept = (): Promise<unknown> => store.write(bookingOf(bulkId(next), next++));
  try {
    const rounds = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const bareCommits = await perSecond(CALLS, () => void insert.run("a row of a few words"));
      const oneByOne = await perSecond(CALLS, accept);
      const grouped = await perSecond(CALLS / AT_ONCE, () =>
        Promise.all(Array.from({ length: AT_ONCE }, accept)),
      );
      if (round > 0) rounds.push({ bareCommits, oneByOne, grouped: grouped * AT_ONCE });
    }
    return {
      bareCommits: medianOf(rounds.map((round) => round.bareCommits)),
      oneByOne: medianOf(rounds.map((round) => round.oneByOne)),
      grouped: medianOf(rounds.map((round) => round.grouped)),
      ratio: medianOf(rounds.map((round) => round.oneByOne / round.bareCommits)),
      groupedRatio: medianOf(rounds.map((round) => round.grouped / round.bareCommits)),
    };
  } finally {
    bare.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function perSecond(times: number, work: () => unknown): Promise<number> {
  const begun = performance.now();
  for (let time = 0; time < times; time++) await work();
  return (times * 1_000) / (performance.now() - begun);
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await benchStore(), null, 2)}\n`);
