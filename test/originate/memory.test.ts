// One-time tokens, kept answers and tickets: what is remembered, and what a restart forgets.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { createTickets, TICKET_LIFE_MS, type Tickets } from "../../src/originate/tickets.ts";
import {
  createTokenMemory,
  type FirstAnswer,
  type TokenMemory,
} from "../../src/originate/token-memory.ts";
import { createDialLimits } from "../../src/originate/dial-limits.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Statement, Store } from "../../src/store/store.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string;
let store: Store;
let writes: Promise<unknown>[];
let now: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-memory-"));
  const opened = await openSqliteStore({ path: join(folder, "a.db"), migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  store = opened.value;
  writes = [];
  now = 1_800_000_000_000;
});

afterEach(async () => {
  await Promise.all(writes);
  await store.close();
  await rm(folder, { recursive: true });
});

const keepSoon = (statements: readonly Statement[]): void =>
  void writes.push(store.write(statements));
const ORIGIN = "https://acme.kommo.com";

async function restarted<T extends { restore(): Promise<void> }>(make: () => T): Promise<T> {
  await Promise.all(writes);
  const made = make();
  await made.restore();
  return made;
}

const asked = { user: 1, key: "k", request: "r" };
const UNKNOWN = { status: 503, body: '{"reason":"unknown"}' };
const TAKEN: FirstAnswer = { status: 202, body: "{}", isRepeatable: false };
const AWAY: FirstAnswer = { status: 503, body: "{}", isRepeatable: true };
const first = (who: typeof asked) => ({ ...who, endsAt: now + 1_000, unknown: UNKNOWN });

const tokens = (): TokenMemory => createTokenMemory({ store, keepSoon, now: () => now });
const tickets = (): Tickets => createTickets({ store, keepSoon, now: () => now });

test("a token is good once, also after a restart, and forgotten at its end", async () => {
  const memory = tokens();

  expect(memory.use("a", now + 1_000)).toBe(true);
  expect(memory.use("a", now + 1_000)).toBe(false);
  const again = await restarted(tokens);
  expect(again.use("a", now + 1_000)).toBe(false);
  now += 1_001;
  expect((await restarted(tokens)).use("a", now + 1_000)).toBe(true);
});

test("an answer is given again to the same key, user and request only, also after a restart", async () => {
  const memory = tokens();
  await memory.answer(first(asked), () => Promise.resolve(TAKEN));

  const again = (await restarted(tokens)).look(asked);

  expect(again.kind === "again" && (await again.answer)).toEqual({ status: 202, body: "{}" });
  expect(memory.look({ ...asked, user: 2 }).kind).toBe("first");
  expect(memory.look({ ...asked, key: "other" }).kind).toBe("first");
  expect(memory.look({ ...asked, request: "other" }).kind).toBe("other");
  now += 1_001;
  expect(memory.look(asked).kind).toBe("first");
});

test("an answer that may be better a moment later is not kept", async () => {
  const memory = tokens();

  await memory.answer(first(asked), () => Promise.resolve(AWAY));

  expect(memory.look(asked).kind).toBe("first");
  expect((await restarted(tokens)).look(asked).kind).toBe("first");
});

test("whoever waits for an answer gets it, though it is not kept for those who come later", async () => {
  const memory = tokens();
  const away = Promise.withResolvers<FirstAnswer>();
  const answering = memory.answer(first(asked), () => away.promise);

  const waiting = [memory.look(asked), memory.look(asked)];
  away.resolve(AWAY);
  await answering;

  for (const one of waiting)
    expect(one.kind === "again" && (await one.answer)).toMatchObject({ status: 503, body: "{}" });
  expect(memory.look(asked).kind).toBe("first");
});

test("what broke off, or was cut off by a restart, is told as unknown and not done again", async () => {
  const memory = tokens();
  const broken = memory.answer(first({ ...asked, key: "broken" }), () =>
    Promise.reject(new Error("a bug")),
  );
  await expect(broken).rejects.toThrow("a bug");
  void memory.answer(first(asked), () => new Promise(() => undefined));

  const again = await restarted(tokens);

  for (const repeat of [memory.look({ ...asked, key: "broken" }), again.look(asked)])
    expect(repeat.kind === "again" && (await repeat.answer)).toEqual(UNKNOWN);
});

test("a ticket is good for its page, for twelve hours, until it is revoked", async () => {
  const { text } = tickets().give({ accountId: 1, userId: 2, isAdmin: false, origin: ORIGIN });

  const known = await restarted(tickets);

  expect(text).toMatch(/^[\w-]{43}$/);
  expect(known.find(text, ORIGIN)).toMatchObject({ userId: 2 });
  expect(known.find(text, "https://evil.example")).toBeUndefined();
  expect(known.find(`${text.slice(0, -1)}_`, ORIGIN)).toBeUndefined();
  const rows = await store.read({ sql: "SELECT * FROM widget_ticket", values: [] });
  expect(JSON.stringify(rows)).not.toContain(text);
  now += TICKET_LIFE_MS - 1;
  expect(known.find(text, ORIGIN)).toBeDefined();
  now += 1;
  expect(known.find(text, ORIGIN)).toBeUndefined();
});

test("a user's tickets end at a word, and only theirs", () => {
  const known = tickets();
  const [mine, other] = [2, 3].map((userId) =>
    known.give({ accountId: 1, userId, isAdmin: false, origin: ORIGIN }),
  );

  known.drop(2);

  expect(known.find(mine?.text ?? "", ORIGIN)).toBeUndefined();
  expect(known.find(other?.text ?? "", ORIGIN)).toBeDefined();
});

test("dials within a minute are counted for each user and for all", () => {
  let at = 0;
  const limits = createDialLimits({ perUser: 2, total: 3, monotonicMs: () => at });

  expect([limits.take(1), limits.take(1)]).toEqual([0, 0]);
  at = 10_000;
  expect(limits.take(1)).toBe(50_000);
  expect(limits.take(2)).toBe(0);
  expect(limits.take(3)).toBe(50_000); // all together
  at = 60_000;
  expect(limits.take(1)).toBe(0);
});
