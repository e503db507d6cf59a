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
} from "../../src/store/leases.ts";
import { openPostgresStore } from "../../src/store/postgres-store.ts";
import { FENCED, sql, type DaemonStore } from "../../src/store/store.ts";
import { noteMigrations } from "../store/store-folder.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const LEASE_STORE = leaseStoreOf("default");
const NAMES = ["a", "b", "c", "d", "e", "f", "g"];
const WAIT_MS = 60_000;

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

async function open(name: string, migrations = leaseMigrations): Promise<DaemonStore> {
  const opened = await openPostgresStore({ url: server.url, name, migrations, access: "share" });
  if (!opened.ok) throw new Error(opened.failure.reason);
  cleanUp.push(() => opened.value.close());
  return opened.value;
}

type Host = Leases & { readonly changes: (readonly Lease[])[] };

async function startHost(clock: Clock = systemClock): Promise<Host> {
  const changes: (readonly Lease[])[] = [];
  const leases = createLeases({
    ...{ store: await open(LEASE_STORE), clock, onTrouble: () => undefined },
    onChange: (held) => Promise.resolve(void changes.push(held)),
  });
  leases.want(NAMES);
  await leases.start();
  cleanUp.push(() => leases.stop());
  return { ...leases, changes };
}

/** Says once that it lives, and then hangs, as a stopped process does. */
const hanging: Clock = { ...systemClock, sleep: (_, signal) => untilAborted(signal) };

const untilAborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));

const namesOf = (host: Host): string[] => host.held().map(({ name }) => name);

async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!isTrue()) {
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

test("a host that stops in peace leaves at once what others then do", async () => {
  const first = await startHost();
  const second = await startHost();
  await until(() => areAllHeldOnce(first, second) && second.held().length > 0);

  await first.stop();
  await until(() => areAllHeldOnce(second));

  expect(first.held()).toEqual([]);
  expect(first.changes.at(-1)).toEqual([]);
}, 120_000);

test("F21: what a host that hangs held is done by another, and it may write no more", async () => {
  const store = await open("account", noteMigrations);
  const stuck = await startHost(hanging);
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
  await sleep(8_000); // longer than a host may be silent: whoever would take, had taken

  expect([first.held(), second.held()]).toEqual(before);
}, 180_000);
