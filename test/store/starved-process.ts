// A process of its own that opens a store, may then open no more files, and opens it a second time to
// look; prints what that gave, and whether the first one still writes: a small write, and one that needs
// a temporary file, and waits until whoever reads "waits" lets this process open files again.
import { execFileSync } from "node:child_process";
import { systemClock } from "../../src/lib/clock.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { sql } from "../../src/store/store.ts";
import { writeUntilKept } from "../../src/store/write-until-kept.ts";

const file = {
  path: process.argv[2] ?? "",
  migrations: [
    {
      id: "test-1",
      statements: [
        "CREATE TABLE note (id INTEGER PRIMARY KEY)",
        "CREATE TABLE long_note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)",
      ],
    },
  ],
};
const opened = await openSqliteStore(file);
if (!opened.ok) throw new Error(opened.failure.reason);
const { value: store } = opened;
await store.write(
  Array.from({ length: 500 }, (_, at) =>
    sql("INSERT INTO long_note (text) VALUES (?)", `${at} ${"x".repeat(1_000)}`),
  ),
);
execFileSync("prlimit", ["--pid", String(process.pid), "--nofile=3:4096"]);
const second = await openSqliteStore({ ...file, access: "look" });
await store.write([sql("INSERT INTO note DEFAULT VALUES")]);
const [row] = await store.read(sql("SELECT count(*) AS notes FROM note"));
const waited: string[] = [];
const onWait = ({ code }: { code: string }): void => {
  waited.push(code);
  process.stdout.write("waits\n");
};
const { signal } = new AbortController();
// What it changes is kept aside, in memory at first: one row may break the constraint, and undo the others.
await writeUntilKept({ store, clock: systemClock, signal, onWait }, [
  sql("INSERT INTO note DEFAULT VALUES"),
  sql("UPDATE long_note SET text = text || ?", "y"),
]);
const changed = sql("SELECT count(*) AS notes FROM long_note WHERE text LIKE ?", "%y");
const [last] = await store.read(changed);
await store.close();
process.stdout.write(
  JSON.stringify({ second, notes: row?.["notes"], waited, changed: last?.["notes"] }),
);
