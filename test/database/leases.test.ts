// Several hosts on one PostgreSQL share what there is to do, and none does what another does.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import {
  createLeases,
  guardOf,
  leaseStoreOf,
  leaseMigrations,
  type Lease,
  type Leases,
  type LeasesDeps,
} from "../../src/store/leases.ts";
import { openPostgresStore, type PostgresStoreOptions } from "../../src/store/postgres-store.ts";
import { FENCED, sql, type DaemonStore } from "../../src/store/store.ts";
import { noteMigrations } from "../store/store-folder.ts";
import { startCutProxy } from "./cut-proxy.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const LEASE_STORE = leaseStoreOf("default");
const NAMES = ["a", "b", "c", "d", "e", "f", "g"];
const WAIT_MS = 60_000;
/** Silence alone makes no host of the test dead. */
const NEVER_MS = 3_600_000;
/** A host takes nothing from others before it has been there so long, and whoever would take, has taken. */
const STEADY_MS = 8_000;

let server: PostgresServer;
let cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterEach(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
  cleanUp = [];
  await server.sql(`DROP SCHEMA IF EXISTS ak_${LEASE_STORE} CASCADE`);
});

afterAll(() => server?.stop());

async function open(options: Partial<PostgresStoreOptions>): Promise<DaemonStore> {
  const opened = await openPostgresStore({
    ...{ url: server.url, name: LEASE_STORE, migrations: leaseMigrations, access: "share" },
    ...options,
  });
  if (!opened.ok) throw new Error(opened.failure.reason);
  cleanUp.push(() => opened.value.close());
  return opened.value;
}

type Host = Leases & { readonly changes: (readonly Lease[])[] };

type HostOptions = {
  readonly url?: string;
  readonly clock?: Clock;
  readonly names?: readonly string[];
  readonly silentMs?: number;
  readonly room?: LeasesDeps["room"];
  readonly onChange?: LeasesDeps["onChange"];
};

async function startHost(options: HostOptions = {}): Promise<Host> {
  const { url = server.url, clock = systemClock, onChange } = options;
  const changes: (readonly Lease[])[] = [];
  let onSessionLost = (): void => undefined;
  const store = await open({ url, isApart: true, onSessionLost: () => onSessionLost() });
  const leases = createLeases({
    ...{ store, clock, onTrouble: () => undefined },
    ...(options.silentMs !== undefined && { silentMs: options.silentMs }),
    ...(options.room !== undefined && { room: options.room }),
    async onChange(held, ended) {
      changes.push(held);
      await onChange?.(held, ended);
    },
  });
  onSessionLost = leases.doubt;
  leases.want(options.names ?? NAMES);
  await leases.start();
  cleanUp.push(() => leases.stop());
  return { ...leases, changes };
}

/** Says once that it lives, and then hangs, as a stopped process does. */
const hanging: Clock = { ...systemClock, sleep: (_, signal) => untilAborted(signal) };

const untilAborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));

const namesOf = (host: Host): string[] => host.held().map(({ name }) => name);

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error("it never came to be");
    await sleep(50);
  }
}

const areAllHeldOnce = (...hosts: readonly Host[]): boolean =>
  hosts.flatMap(namesOf).toSorted().join() === NAMES.join();

test("hosts that come take an even share, and those that were there give it", async () => {
  const first = await startHost();
  expect(namesOf(first)).toEqual(NAMES);

  const second = await startHost();
  const third = await startHost();
  await until(() => areAllHeldOnce(first, second, third) && first.held().length === 3);

  const sizes = [first, second, third].map((host) => host.held().length).toSorted();
  expect(sizes).toEqual([1, 3, 3]);
}, 120_000);

test("a host takes no more at once than it can begin, and is ready when it has its share", async () => {
  const host = await startHost({ room: () => 2 });

  expect(host.changes.map((held) => held.length)).toEqual([2, 4, 6, 7]);
}, 120_000);

test("a host that can begin nothing leaves it to another one", async () => {
  let room = 1;
  const first = await startHost({ names: ["a"], room: () => room });
  room = 0;
  first.want(NAMES);
  const second = await startHost();
  await until(() => second.held().length === 4);
  const heldMeanwhile = namesOf(first);
  room = 3;
  await until(() => areAllHeldOnce(first, second));

  expect(heldMeanwhile).toEqual(["a"]);
  expect(namesOf(first)).toHaveLength(3);
}, 120_000);

test("of many that a host has to give it gives eight at once, and serves the others meanwhile", async () => {
  const names = Array.from({ length: 24 }, (_, index) => `account-${10 + index}`);
  const first = await startHost({ names });
  const second = await startHost({ names });
  await until(() => second.held().length === 12);

  expect(first.changes.map((held) => held.length)).toEqual([24, 16, 12]);
}, 120_000);

test("a host that stops in peace leaves at once what others then do", async () => {
  const first = await startHost();
  const second = await startHost();
  await until(() => areAllHeldOnce(first, second) && second.held().length > 0);

  await first.stop();
  await until(() => areAllHeldOnce(second));

  expect(first.held()).toEqual([]);
  expect(first.changes.at(-1)).toEqual([]);
}, 120_000);

test("what a host gives to others is theirs as soon as it has ended, whatever else takes long to end", async () => {
  const slowest = Promise.withResolvers<void>();
  const first = await startHost({
    async onChange(held, ended) {
      if (held.length !== 4) return;
      ["e", "f"].forEach(ended);
      await slowest.promise;
    },
  });
  cleanUp.push(() => Promise.resolve(slowest.resolve()));

  const second = await startHost();
  await until(() => namesOf(second).join() === "e,f");
  slowest.resolve();
  await until(() => areAllHeldOnce(first, second));

  expect(namesOf(second)).toEqual(["e", "f", "g"]);
}, 120_000);

test("F21: what a host that hangs held is done by another, and it may write no more", async () => {
  const store = await open({ name: "account", migrations: noteMigrations });
  const stuck = await startHost({ clock: hanging });
  const [lease] = stuck.held();
  if (lease === undefined) throw new Error("it holds nothing");
  const note = sql("INSERT INTO note (text) VALUES (?)", "written in time");
  await store.write([note], guardOf(LEASE_STORE, lease));

  const other = await startHost();
  await until(() => other.held().length === NAMES.length);
  const late = store.write([note], guardOf(LEASE_STORE, lease));

  await expect(late).rejects.toMatchObject({ code: FENCED });
  expect(stuck.isFresh()).toBe(false);
  expect(other.held()[0]?.token).toBe(lease.token + 1);
  expect(await store.read(sql("SELECT text FROM note"))).toHaveLength(1);
}, 120_000);

test("F19: while PostgreSQL is away nobody takes from anybody, and each goes on where it was", async () => {
  const first = await startHost();
  const second = await startHost();
  await until(() => areAllHeldOnce(first, second) && second.held().length > 0);
  const before = [first.held(), second.held()];

  await server.halt("immediate");
  await until(() => !first.isFresh() && !second.isFresh());
  await server.start();
  await until(() => first.isFresh() && second.isFresh());
  await sleep(STEADY_MS);

  expect([first.held(), second.held()]).toEqual(before);
}, 180_000);

test("F21: a host that dies is replaced as soon as its session has ended, and before that it is sure of nothing; one that only hangs is not", async () => {
  const proxy = await startCutProxy(server.port);
  cleanUp.push(() => proxy.close());
  const url = server.url.replace(`:${server.port}/`, `:${proxy.port}/`);
  const first = await startHost({ url, clock: hanging, silentMs: NEVER_MS });
  const wasSure: boolean[] = [];
  const other = await startHost({
    silentMs: NEVER_MS,
    onChange: () => Promise.resolve(void wasSure.push(first.isFresh())),
  });
  await sleep(STEADY_MS);
  const takenFromOneThatHangs = other.held();

  proxy.leadTo(1); // where nobody listens
  proxy.cut();
  await until(() => other.held().length === NAMES.length);

  expect(takenFromOneThatHangs).toEqual([]);
  expect(wasSure).toEqual([false]);
  expect(other.held()[0]?.token).toBe((first.held()[0]?.token ?? 0) + 1);
}, 120_000);

test("F19: hosts whose sessions are ended while they live open new ones, and keep what they have", async () => {
  const first = await startHost();
  const second = await startHost();
  await until(() => areAllHeldOnce(first, second) && second.held().length > 0);
  const before = [first.held(), second.held()];
  await sleep(STEADY_MS);

  for (let round = 0; round < 3; round++) {
    const ended = await server.sql(
      `SELECT session, pg_terminate_backend(CAST(session AS integer)) FROM ak_${LEASE_STORE}.host`,
    );
    const sessions = ended.map(({ session }) => String(session)).join();
    await until(async () => {
      const [old] = await server.sql(
        `SELECT count(*) AS hosts FROM ak_${LEASE_STORE}.host WHERE session IN (${sessions})`,
      );
      return Number(old?.["hosts"]) === 0 && first.isFresh() && second.isFresh();
    });
  }
  await sleep(STEADY_MS);

  expect([first.held(), second.held()]).toEqual(before);
}, 120_000);

test("a host of the version before, of which no session is known, is taken for dead for its silence alone", async () => {
  const host = await startHost({ silentMs: NEVER_MS });
  await server.sql(
    `INSERT INTO ak_${LEASE_STORE}.host (id, seen_at)
     VALUES ('older', extract(epoch FROM now() - interval '1 minute') * 1000)`,
  );
  await server.sql(`UPDATE ak_${LEASE_STORE}.lease SET host = 'older' WHERE name <= 'c'`);
  await until(() => host.held().length === 4);
  await sleep(STEADY_MS);
  const heldBeside = namesOf(host);

  await server.sql(`UPDATE ak_${LEASE_STORE}.host SET session = 2147483647 WHERE id = 'older'`);
  await until(() => areAllHeldOnce(host));

  expect(heldBeside).toEqual(["d", "e", "f", "g"]);
}, 120_000);
