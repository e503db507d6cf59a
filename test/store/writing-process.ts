// A process of its own that writes notes one after another and prints the id of each that is on the
// disk; or prints why the store was not opened.
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { sql } from "../../src/store/store.ts";

const opened = await openSqliteStore({
  path: process.argv[2] ?? "",
  migrations: [
    { id: "test-1", statements: ["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)"] },
  ],
});
if (opened.ok) {
  for (;;) {
    const [rows] = await opened.value.write([sql("INSERT INTO note DEFAULT VALUES RETURNING id")]);
    process.stdout.write(`${rows?.[0]?.["id"]}\n`);
  }
} else {
  process.stdout.write(JSON.stringify(opened.failure));
}
