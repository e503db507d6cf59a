// All accounts of a host use the same few connections to PostgreSQL, and none of them notices.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { openPostgresStore } from "../../src/store/postgres-store.ts";
import { sql, type DaemonStore, type Migration } from "../../src/store/store.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const migrations: readonly Migration[] = [
  { id: "test-1", statements: ["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)"] },
];
const WAIT_MS = 90_000;

let server: PostgresServer;
let cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterEach(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
  cleanUp = [];
});

afterAll(() => server?.stop());

type Account = { readonly name: string; readonly store: DaemonStore };

let opened = 0;

async function openOne(name: string, access: "own" | "share"): Promise<DaemonStore> {
  const store = await openPostgresStore({
    ...{ url: server.url, name, migrations, access, retryForMs: WAIT_MS },
  });
  if (!store.ok) throw new Error(store.failure.reason);
  cleanUp.push(() => store.value.close());
  return store.value;
}

const open = (count: number): Promise<Account[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const name = `account_${++opened}`;
      return { name, store: await openOne(name, "share") };
    }),
  );

const addNote = (text: string): ReturnType<typeof sql> =>
  sql("INSERT INTO note (text) VALUES (?) RETURNING text", text);
const texts = async ({ store }: Account): Promise<unknown[]> =>
  (await store.read(sql("SELECT text FROM note ORDER BY id"))).map(({ text }) => text);

const backends = async (): Promise<number> => {
  const [row] = await server.sql(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'asterisk-kommo'",
  );
  return Number(row?.["count"]);
};

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error("it never came to be");
    await sleep(20);
  }
}

/** As somebody does who works on the tables by hand. @returns lets go of them */
async function lockTables(accounts: readonly Account[]): Promise<() => Promise<void>> {
  const other = new pg.Client({ connectionString: server.url });
  await other.connect();
  cleanUp.push(() => other.end());
  const tables = accounts.map(({ name }) => `ak_${name}.note`).join(", ");
  await other.query(`BEGIN; LOCK TABLE ${tables} IN EXCLUSIVE MODE`);
  return async () => void (await other.query("COMMIT"));
}

const noted = (account: Account, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${account.name} ${index}`);

/** One after another, each read again: as an account works. */
async function work(account: Account, count: number): Promise<void> {
  for (const text of noted(account, count)) {
    await account.store.write([addNote(text)]);
    await account.store.read(sql("SELECT id FROM note WHERE text = ?", text));
  }
}

test("accounts that use the same statements over the same connections see their own rows only", async () => {
  const accounts = await open(20);

  await Promise.all(accounts.map((account) => work(account, 30)));

  for (const account of accounts) expect(await texts(account)).toEqual(noted(account, 30));
  expect(await backends()).toBeLessThanOrEqual(13);
});

test("what an account asks for and gets wrong stays in its own transaction", async () => {
  const [first, second] = (await open(2)) as [Account, Account];

  const outcomes = await Promise.allSettled([
    first.store.write([addNote("kept")]),
    first.store.write([addNote("gone"), sql("INSERT INTO nothing (text) VALUES (?)", "x")]),
    second.store.write([addNote("of the other")]),
    second.store.read(sql("SELECT text FROM nothing")),
  ]);

  expect(outcomes.map(({ status }) => status)).toEqual([
    ...["fulfilled", "rejected", "fulfilled", "rejected"],
  ]);
  expect(await texts(first)).toEqual(["kept"]);
  expect(await texts(second)).toEqual(["of the other"]);
});

test("F19: an account whose tables somebody has locked holds up itself only", async () => {
  const [locked, ...others] = (await open(10)) as [Account, ...Account[]];
  const unlock = await lockTables([locked]);
  let isKept = false;

  const write = locked.store.write([addNote("late")]).then(() => (isKept = true));
  await Promise.all(others.map((account) => work(account, 40)));
  const wasKeptMeanwhile = isKept;
  await unlock();
  await write;

  expect(wasKeptMeanwhile).toBe(false);
  expect(await texts(locked)).toEqual(["late"]);
});

test("F19: more locked accounts than there are connections leave the others a part of them", async () => {
  const accounts = await open(11);
  const locked = accounts.slice(0, 7);
  const others = accounts.slice(7);
  const unlock = await lockTables(locked);
  let kept = 0;

  const writes = locked.map((account) => account.store.write([addNote("late")]).then(() => kept++));
  // The first ones have to wait in vain once before they are known.
  await Promise.all(others.map((account) => work(account, 40)));
  const keptMeanwhile = kept;
  await unlock();
  await Promise.all(writes);

  expect(keptMeanwhile).toBe(0);
  for (const account of locked) expect(await texts(account)).toEqual(["late"]);
});

test("an account that asks for thousands of things at once does not make the others wait for them", async () => {
  const [flood, other] = (await open(2)) as [Account, Account];
  let answers = 0;

  const asked = Array.from({ length: 3_000 }, (_, index) =>
    Promise.all([
      flood.store.write([addNote(`${index}`)]),
      flood.store.read(sql("SELECT count(*) AS count FROM note")),
    ]).then(() => answers++),
  );
  await work(other, 3);
  const answersMeanwhile = answers;
  await Promise.all(asked);

  expect(answersMeanwhile).toBeLessThan(asked.length);
  expect(await texts(other)).toEqual(noted(other, 3));
  expect(await texts(flood)).toHaveLength(3_000);
});

test("while accounts share a database nobody can have one of them for himself, also after all connections died", async () => {
  const accounts = await open(3);
  const [first] = accounts as [Account];
  const alone = (): Promise<unknown> =>
    openPostgresStore({ url: server.url, name: first.name, migrations });

  const before = await alone();
  await server.sql(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'asterisk-kommo'",
  );
  await accounts[1]?.store.write([addNote("it works on")]);
  const after = await alone();
  await first.store.close();
  const free = await openOne(first.name, "own");

  expect(before).toMatchObject({ ok: false, failure: { kind: "in-use" } });
  expect(after).toMatchObject({ ok: false, failure: { kind: "in-use" } });
  expect(await free.read(sql("SELECT count(*) AS count FROM note"))).toEqual([{ count: 0 }]);
});

test("an installation that somebody has alone is not shared", async () => {
  await openOne("alone", "own");

  const shared = await openPostgresStore({
    ...{ url: server.url, name: "alone", migrations, access: "share" },
  });

  expect(shared).toMatchObject({ ok: false, failure: { kind: "in-use" } });
});

test("when the last account is closed no connection is left", async () => {
  const accounts = await open(5);
  await Promise.all(accounts.map((account) => work(account, 5)));

  await Promise.all(accounts.map(({ store }) => store.close()));

  await until(async () => (await backends()) === 0);
});
