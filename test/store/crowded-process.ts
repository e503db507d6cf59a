// A process of its own in which stores are open, in as many threads as there may be, and all descriptors but
// a few are taken: prints what opening another store gives with none to spare, with one and so on until it opens.
import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { MOST_THREADS } from "../../src/store/sqlite-thread.ts";

const folder = process.argv[2] ?? "";
const migrations = [{ id: "test-1", statements: ["CREATE TABLE note (id INTEGER PRIMARY KEY)"] }];
const first = [];
while (first.length < MOST_THREADS.own)
  first.push(await openSqliteStore({ path: `${folder}/first-${first.length}.db`, migrations }));
execFileSync("prlimit", ["--pid", String(process.pid), "--nofile=128:4096"]);
for (let spare = 0; spare < 30; spare++) {
  const taken = takeAllBut(spare);
  const opened = await openSqliteStore({ path: `${folder}/${spare}.db`, migrations });
  if (opened.ok) await opened.value.close();
  taken.forEach((file) => closeSync(file));
  const { ok } = opened;
  process.stdout.write(`${JSON.stringify(ok ? { ok } : { ok, ...opened.failure })}\n`);
  if (ok) break;
}
for (const opened of first) if (opened.ok) await opened.value.close();

function takeAllBut(spare: number): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    taken.splice(0, spare).forEach((file) => closeSync(file));
    return taken;
  }
}
