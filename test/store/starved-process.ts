// A process of its own that opens a store, may then open no more files, and opens it a second time to
// look; prints what that gave, and whether the first one still writes.
import { execFileSync } from "node:child_process";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { sql } from "../../src/store/store.ts";

const file = {
  path: process.argv[2] ?? "",
  migrations: [{ id: "test-1", statements: ["CREATE TABLE note (id INTEGER PRIMARY KEY)"] }],
};
const opened = await openSqliteStore(file);
if (!opened.ok) throw new Error(opened.failure.reason);
execFileSync("prlimit", ["--pid", String(process.pid), "--nofile=3:4096"]);
const second = await openSqliteStore({ ...file, access: "look" });
await opened.value.write([sql("INSERT INTO note DEFAULT VALUES")]);
const [row] = await opened.value.read(sql("SELECT count(*) AS notes FROM note"));
await opened.value.close();
process.stdout.write(JSON.stringify({ second, notes: row?.["notes"] }));
