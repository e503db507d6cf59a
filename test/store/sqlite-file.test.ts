import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "@jest/globals";
import type { Damage } from "../../src/store/sqlite-salvage.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../src/store/sqlite-store.ts";
import { sql, type OpenFailure } from "../../src/store/store.ts";
import { noteMigrations, storeFolder } from "./store-folder.ts";

async function refusal(options: Partial<SqliteStoreOptions>): Promise<OpenFailure> {
  const opened = await openSqliteStore({ path: "", migrations: noteMigrations, ...options });
  if (!opened.ok) return opened.failure;
  await opened.value.close();
  throw new Error("it was opened");
}

test("F01: a daemon that was killed leaves no lock behind, and all that it was told is kept", async () => {
  await using place = storeFolder();
  const daemon = spawn(process.execPath, [`${import.meta.dirname}/writing-process.ts`, place.path]);
  const [line] = (await once(daemon.stdout, "data")) as [Buffer];
  const meanwhile = await refusal({ path: place.path });
  daemon.kill("SIGKILL");
  await once(daemon, "exit");

  const store = await place.open();

  const kept = Number(String(line).trim().split("\n").at(-1));
  const [row] = await store.read(sql("SELECT max(id) AS last FROM note"));
  expect(meanwhile.kind).toBe("in-use");
  expect(kept).toBeGreaterThan(0);
  expect(Number(row?.["last"])).toBeGreaterThanOrEqual(kept);
});

test("looking into a store that does not exist says to start the daemon, and creates nothing", async () => {
  await using place = storeFolder();

  const failure = await refusal({ path: place.path, access: "look" });

  expect(failure.hint).toBe("start the daemon once, which creates it");
});

test("a file that is no database is refused and left as it is", async () => {
  await using place = storeFolder();
  writeFileSync(place.path, "these are the minutes of the meeting\n".repeat(100));

  const failure = await refusal({ path: place.path });

  expect(failure.kind).toBe("corrupt");
  expect(readFileSync(place.path, "utf8")).toMatch(/^these are the minutes/);
});

test("F11: a database with a damaged page is set aside, and what can be read is kept", async () => {
  await using place = storeFolder();
  const store = await place.open();
  for (const text of ["first", "x".repeat(50_000), "last"])
    await store.write([sql("INSERT INTO note (text) VALUES (?)", text)]);
  await store.close();
  const bytes = readFileSync(place.path);
  bytes.fill(0xa5, bytes.length - 4096 * 2);
  writeFileSync(place.path, bytes);
  const damages: Damage[] = [];

  const opened = await place.open({ onDamage: (damage) => damages.push(damage) });
  await opened.write([sql("INSERT INTO note (text) VALUES ('new')")]);
  const kept = await opened.read(sql("SELECT text FROM note WHERE length(text) < 10 ORDER BY id"));

  expect(kept).toContainEqual({ text: "first" });
  expect(kept).toContainEqual({ text: "new" });
  expect(damages).toHaveLength(1);
  expect(readFileSync(damages[0]?.setAside ?? "").equals(bytes)).toBe(true);
});

test.each([
  ["its end", (path: string) => truncateSync(path, 8192)],
  ["its beginning", (path: string) => writeFileSync(path, Buffer.alloc(4096, 1), { flag: "r+" })],
])("F11: a database that lost %s is set aside, and a new one takes writes", async (_, damage) => {
  await using place = storeFolder();
  const store = await place.open();
  await store.write([sql("INSERT INTO note (text) VALUES (?)", "x".repeat(50_000))]);
  await store.close();
  damage(place.path);
  const damages: Damage[] = [];

  const opened = await place.open({ onDamage: (found) => damages.push(found) });
  await opened.write([sql("INSERT INTO note (text) VALUES ('new')")]);
  const kept = await opened.read(sql("SELECT text FROM note WHERE text = 'new'"));

  expect(damages).toHaveLength(1);
  expect(kept).toHaveLength(1);
});

test("the database of another program is refused and left as it is", async () => {
  await using place = storeFolder();
  const other = new DatabaseSync(place.path);
  other.exec("CREATE TABLE cdr (id)");
  other.close();

  const failure = await refusal({ path: place.path });

  expect(failure).toMatchObject({ kind: "not-ours", hint: "name another file in store.path" });
});

test("a path that leads through a file is refused with the owner's hint", async () => {
  await using place = storeFolder();
  writeFileSync(`${place.folder}/file`, "");

  const failure = await refusal({ path: `${place.folder}/file/store.db` });

  expect(failure.kind).toBe("not-writable");
});

test("a path that is a folder is refused", async () => {
  await using place = storeFolder();
  mkdirSync(place.path);

  const failure = await refusal({ path: place.path });

  expect(failure.kind).toBe("not-writable");
});

test("F13: a user who may not write the folder gets one sentence and who has to own it", async () => {
  await using place = storeFolder();
  mkdirSync(`${place.folder}/theirs`);
  chmodSync(`${place.folder}/theirs`, 0o555);
  const program = [`${import.meta.dirname}/writing-process.ts`, `${place.folder}/theirs/store.db`];
  const node = [process.execPath, ...program];
  const isRoot = process.getuid?.() === 0; // root may write anywhere, unless it lays its rights down
  const command = isRoot ? ["setpriv", "--inh-caps=-all", "--bounding-set=-all", ...node] : node;

  const { stdout } = spawnSync(command[0] ?? "", command.slice(1), { timeout: 60_000 });

  expect(JSON.parse(String(stdout))).toMatchObject({
    kind: "not-writable",
    reason: expect.stringMatching(/cannot be written by this user \(EACCES\)/),
    hint: expect.stringContaining("chown"),
  });
});
