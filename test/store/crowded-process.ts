// A process of its own in which a store is open and all descriptors but a few are taken: prints what opening
// another store gives with none to spare, with one, with two and so on until it opens.
import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";

const folder = process.argv[2] ?? "";
const migrations = [{ id: "test-1", statements: ["CREATE TABLE note (id INTEGER PRIMARY KEY)"] }];
const first = await openSqliteStore({ path: `${folder}/first.db`, migrations }); // starts the thread of all
execFileSync("prlimit", ["--pid", String(process.pid), "--nofile=64:4096"]);
for (let spare = 0; spare < 30; spare++) {
  const taken = takeAllBut(spare);
  const opened = await openSqliteStore({ path: `${folder}/${spare}.db`, migrations });
  if (opened.ok) await opened.value.close();
  taken.forEach((file) => closeSync(file));
  const { ok } = opened;
  process.stdout.write(`${JSON.stringify(ok ? { ok } : { ok, ...opened.failure })}\n`);
  if (ok) break;
}
if (first.ok) await first.value.close();

function takeAllBut(spare: number): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    taken.splice(0, spare).forEach((file) => closeSync(file));
    return taken;
  }
}
