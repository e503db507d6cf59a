// How long calls are kept: what is over goes little by little, with its steps, and nothing else does.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { sweepArchive, SWEEP_MS, type Swept } from "../../src/cli/archive/sweep.ts";
import { createAcceptance, type Acceptance } from "../../src/cli/acceptance.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { tellAfterwards } from "../../src/customization/schema.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { markDone, insertStep } from "../../src/outbox/changes.ts";
import { sql, type Store } from "../../src/store/store.ts";
import { settings } from "../registration/made-up-call.ts";
import { storeFolder, type StoreFolder } from "../store/store-folder.ts";
import { callAt, NOON, setAside } from "./booked-calls.ts";

const DAY = 86_400_000;
const KEEP_DAYS = 30;
const idAt = (second: number): string => `${NOON / 1_000 + second}.${second}`;

let place: StoreFolder;
let store: Store;
let acceptance: Acceptance;
let now: number;

beforeEach(async () => {
  place = storeFolder();
  store = await place.open({ migrations: storeMigrations });
  now = NOON;
  acceptance = createAcceptance({
    ...{ settings, store, keep: (statements) => store.write(statements) },
    now: () => epochMs(now),
    statementsFor: (origin, key, steps) =>
      steps.map((step) => insertStep({ origin, key, step, dueAt: 0, createdAt: now })),
    onAccepted: () => undefined,
  });
});

afterEach(() => place[Symbol.asyncDispose]());

/** Accepted at once, and told to Kommo a second later. */
async function book(second: number): Promise<void> {
  now = NOON + second * 1_000;
  await acceptance.accept(callAt(second));
  const steps = await store.read(sql("SELECT id FROM step WHERE origin = ?", idAt(second)));
  const done = { answer: { kind: "done" }, at: now + 1_000 };
  await store.write(steps.map(({ id }) => markDone(Number(id), done)));
}

async function sweep(at: number): Promise<Swept> {
  return sweepArchive({
    ...{ keepDays: KEEP_DAYS, reader: store, keep: (statements) => store.write(statements) },
    ...{ now: () => at, pause: () => Promise.resolve(), signal: new AbortController().signal },
  });
}

async function kept(table: "call" | "step"): Promise<string[]> {
  const column = table === "call" ? "id" : "origin";
  const rows = await store.read(sql(`SELECT DISTINCT ${column} AS id FROM ${table} ORDER BY 1`));
  return rows.map(({ id }) => String(id));
}

test.each([
  ["a moment before its time is over", -1, 1],
  ["when its time is just over", 0, 1],
  ["a moment after", 1, 0],
])("%s a call is kept: %s ms, %s calls", async (_, ms, calls) => {
  await book(1);

  await sweep(NOON + 1_000 + KEEP_DAYS * DAY + ms);

  expect(await kept("call")).toHaveLength(calls);
  expect(await kept("step")).toHaveLength(calls);
});

test("what still has to be told, or was set aside, is kept however old it is", async () => {
  for (const second of [1, 2, 3, 4]) await book(second);
  await store.write([
    setAside(idAt(1), "register-call"),
    sql("UPDATE step SET state = 'unknown' WHERE origin = ?", idAt(2)),
    tellAfterwards(idAt(3), NOON),
  ]);

  const swept = await sweep(NOON + 31 * DAY);

  expect(swept.calls).toBe(1);
  expect(await kept("call")).toEqual([idAt(1), idAt(2), idAt(3)]);
  expect(await kept("step")).toEqual([idAt(1), idAt(2), idAt(3)]);
});

test("a call that was kept for a step goes once that is done", async () => {
  await book(1);
  await store.write([setAside(idAt(1), "register-call")]);
  await sweep(NOON + 31 * DAY);
  await store.write([sql("UPDATE step SET state = 'done'")]);

  await sweep(NOON + 32 * DAY);

  expect(await kept("call")).toEqual([]);
});

test("more calls than go in one write are removed, the newer ones stay", async () => {
  for (let second = 1; second <= 130; second++) await book(second);
  await book(20 * 86_400);

  const swept = await sweep(NOON + 31 * DAY);

  expect(swept.calls).toBe(130);
  expect(await kept("call")).toEqual([idAt(20 * 86_400)]);
});

test("with a clock that is years ahead, a sweep removes two days and not the archive", async () => {
  for (const day of [0, 1, 3, 5]) await book(day * 86_400 + 1);

  await sweep(NOON + 3_650 * DAY);

  expect(await kept("call")).toEqual([idAt(3 * 86_400 + 1), idAt(5 * 86_400 + 1)]);
});

test("sweeps go on where the one before ended, over years without calls too", async () => {
  await book(1);
  await sweep(NOON + 31 * DAY);
  await book(7 * 86_400);

  for (let turn = 1; turn <= 3; turn++) await sweep(NOON + 100 * DAY);
  const before = await kept("call");
  await sweep(NOON + 100 * DAY);

  expect(SWEEP_MS).toBe(2 * DAY);
  expect(before).toHaveLength(1);
  expect(await kept("call")).toEqual([]);
});

test("steps of no call are forgotten after their time, and memories that nobody touched", async () => {
  await book(1);
  const step = { kind: "create-task" };
  await store.write([
    insertStep({ origin: "appointment-1", key: "", step, dueAt: 0, createdAt: NOON }),
    sql("UPDATE step SET state = 'done', finished_at = ? WHERE origin LIKE 'app%'", NOON + 1_000),
    sql("INSERT INTO memory (key, value, updated_at) VALUES ('old', '1', ?)", NOON),
    sql("INSERT INTO memory (key, value, updated_at) VALUES ('new', '1', ?)", NOON + 20 * DAY),
    setAside(idAt(1), "register-call"),
  ]);

  const swept = await sweep(NOON + 31 * DAY);

  expect(swept).toEqual({ calls: 0, steps: 1 });
  expect(await kept("step")).toEqual([idAt(1)]);
  expect(await store.read(sql("SELECT key FROM memory"))).toEqual([{ key: "new" }]);
});

test("a call as old as removed ones is not taken for a new one, a later one is", async () => {
  await book(1);
  await book(5);
  await sweep(NOON + 31 * DAY);

  const forgotten = await Promise.all([1, 4, 5, 6].map((s) => acceptance.isForgotten(callAt(s))));

  expect(forgotten).toEqual([true, true, true, false]);
});

test("while nothing was removed, calls of any age may be booked", async () => {
  await book(5);
  await sweep(NOON + 29 * DAY);

  expect(await acceptance.isForgotten(callAt(1))).toBe(false);
});

test("a store without calls has nothing to sweep", async () => {
  expect(await sweep(NOON)).toEqual({ calls: 0, steps: 0 });
});
