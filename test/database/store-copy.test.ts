// An installation moves from its file into PostgreSQL and back, with all that it knows.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { copyStore } from "../../src/cli/store/copy-store.ts";
import { runStore } from "../../src/cli/store.ts";
import { acceptCall } from "../../src/calls/archive.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { insertStep } from "../../src/outbox/changes.ts";
import { openStore, type StorePlace } from "../../src/store/open-store.ts";
import { sql, type DaemonStore } from "../../src/store/store.ts";
import { rowsOf, tablesOf } from "../../src/store/tables.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

let server: PostgresServer;
let folder: string;

beforeAll(async () => {
  server = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-copy-"));
}, 120_000);

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string): StorePlace => ({ path: join(folder, name), schema: "default" });
const database = (schema: string): StorePlace => ({ path: "", url: server.url, schema });

async function opened(place: StorePlace): Promise<DaemonStore> {
  const store = await openStore(place, { migrations: storeMigrations });
  if (!store.ok) throw new Error(store.failure.reason);
  return store.value;
}

const ENDED = 1_795_261_714_030;

function finishedCall(index: number): FinishedCall {
  const startedAt = ENDED + index * 60_000 + 0.25;
  const conversation = {
    ...{ extension: `10${index % 5}`, result: index % 3 === 0 ? "no_answer" : "answered" },
    ...{ withClient: true, requestedAt: startedAt, acceptedAt: startedAt + 3_000 },
    ...{ endedAt: startedAt + 20_000, talkSeconds: 17.5 },
  };
  return {
    ...{ linkedId: `${index}.0`, direction: "inbound", startedAt, endedAt: startedAt + 20_000 },
    ...{ result: index % 3 === 0 ? "missed" : "answered", clientPhone: "79161234567" },
    ...{ conversations: [conversation], recordings: [] },
  } as unknown as FinishedCall;
}

/** More than a page of calls, steps in all states, live events, and a text that is hard to copy. */
async function fill(store: DaemonStore): Promise<void> {
  for (let index = 0; index < 450; index++)
    await store.write([
      acceptCall({
        ...{ id: `${index}.0`, call: finishedCall(index), clientKey: "9161234567" },
        ...{ decisions: [{ decided: "Ñ '\"?\\", because: "電話 😀" }], acceptedAt: ENDED + index },
      }),
      insertStep({
        ...{ origin: `${index}.0`, key: "9161234567", step: { kind: "register-call" } },
        ...{ dueAt: ENDED, createdAt: ENDED },
      }),
      sql("INSERT INTO live_event (linked, at, message) VALUES (?, ?, ?)", "1.0", 0.5, "Event: X"),
    ]);
  await store.write([
    sql("UPDATE step SET state = 'done', answer = '{}', finished_at = 5 WHERE id % 4 = 1"),
    sql("UPDATE step SET state = 'sending', attempt = 1 WHERE id % 4 = 2"),
    sql("DELETE FROM live_event WHERE seq < 100"),
  ]);
}

async function contentsOf(place: StorePlace): Promise<Record<string, unknown>> {
  const store = await opened(place);
  const contents: Record<string, unknown> = {};
  for (const table of await tablesOf(store)) {
    const rows: string[] = [];
    for await (const page of rowsOf(store, table))
      rows.push(...page.map(({ row }) => JSON.stringify(row)));
    contents[table.name] = rows.toSorted();
  }
  await store.close();
  return contents;
}

test("a store copied into PostgreSQL and back is equal in every table, and goes on counting", async () => {
  const store = await opened(file("first.db"));
  await fill(store);
  await store.close();

  const there = await copyStore(file("first.db"), database("moved"), { isDry: false });
  const back = await copyStore(database("moved"), file("second.db"), { isDry: false });
  const [first, moved, second] = [
    await contentsOf(file("first.db")),
    await contentsOf(database("moved")),
    await contentsOf(file("second.db")),
  ];
  const goesOn = await opened(database("moved"));
  const added = sql(
    "INSERT INTO live_event (linked, at, message) VALUES ('9', 1, '') RETURNING seq",
  );
  const [[next] = []] = await goesOn.write([added]);
  await goesOn.close();

  expect(there).toMatchObject({ ok: true });
  expect(back).toEqual(there);
  expect(moved).toEqual(first);
  expect(second).toEqual(first);
  expect(first["call"]).toHaveLength(450);
  expect(first["call_figure"]).not.toEqual([]);
  expect(next).toEqual({ seq: 451 });
  expect(readdirSync(folder).filter((name) => name.includes("copying"))).toEqual([]);
});

test("a target that is there, a source that is not, and a source whose daemon runs are refused", async () => {
  const store = await opened(file("running.db"));

  const running = await copyStore(file("running.db"), database("new_one"), { isDry: false });
  const absent = await copyStore(file("absent.db"), database("new_one"), { isDry: false });
  const taken = await copyStore(file("absent.db"), file("running.db"), { isDry: false });
  await store.close();

  expect(running).toMatchObject({
    ok: false,
    failure: { reason: expect.stringContaining("is running") },
  });
  expect(absent).toMatchObject({ ok: false });
  expect(taken).toMatchObject({
    ok: false,
    failure: { reason: expect.stringContaining("already") },
  });
  expect(existsSync(join(folder, "absent.db"))).toBe(false);
});

test("a dry run counts and makes nothing; the address may stand in a file", async () => {
  const store = await opened(file("dry.db"));
  await store.write([sql("INSERT INTO heard (id, until) VALUES (1, 5)")]);
  await store.close();
  const address = join(folder, "address");
  writeFileSync(address, `${server.url}\n`);
  const words = ["copy", "--from", join(folder, "dry.db"), "--to", `@${address}`];

  const dry = await runStore([...words, "--to-schema", "dry", "--dry-run"]);
  const afterDry = await server.sql("SELECT to_regnamespace('ak_dry') AS there");
  const real = await runStore([...words, "--to-schema", "dry"]);
  const again = await runStore([...words, "--to-schema", "dry"]);

  expect([dry, real, again]).toEqual([0, 0, 1]);
  expect(afterDry).toEqual([{ there: null }]);
  expect((await contentsOf(database("dry")))["heard"]).toEqual(['{"id":1,"until":5}']);
});
