// Two hosts that both listen at one exchange, of which one books: whatever becomes of that one, each call
// is booked once, also one that began and ended before the other took over.
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { leaseStoreOf } from "../../src/store/leases.ts";
import type { DaemonProcess } from "../daemon/daemon-process.ts";
import { addressOf, openSharedHost, RECORDINGS, type Tenant } from "../host/shared-host.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const WAIT_MS = 90_000;

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

async function until(isTrue: () => Promise<boolean> | boolean, what: () => string): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(what());
    await sleep(100);
  }
}

type Told = {
  readonly accounts: readonly { readonly state: string; readonly is_listening?: boolean }[];
};

async function tell(daemon: DaemonProcess): Promise<Told["accounts"][number] | undefined> {
  const answer = await fetch(`${addressOf(daemon, "http")}/v1/status`);
  return ((await answer.json()) as Told).accounts[0];
}

const serves = async (daemon: DaemonProcess): Promise<boolean> =>
  (await tell(daemon))?.state === "runs";

const listens = async (daemon: DaemonProcess): Promise<boolean> =>
  (await tell(daemon))?.is_listening === true;

/** Plays one call to its end; as fast as telephones could be, or slowly enough to be in the middle of it. */
async function play({ pbx }: Tenant, recording: string, maxPauseMs: number): Promise<string> {
  const trace = await readTrace(`${RECORDINGS}/${recording}`);
  if (!trace.ok) throw new Error(trace.failure.hint);
  const playing = pbx.play(trace.value, { maxPauseMs });
  await playing.finished;
  return recording;
}

const uniqs = ({ kommo }: Tenant): string[] =>
  kommo.journal.calls().map(({ uniq }) => String(uniq));

const isEachOnce = (tenant: Tenant): boolean =>
  new Set(uniqs(tenant)).size === uniqs(tenant).length;

/** One account whose exchange the first host serves, and the second hears. */
async function openPair(schema: string) {
  const host = await openSharedHost({ standby: true, store: { url: server.url, schema } });
  const tenant = await host.tenant("only");
  await host.write(tenant);
  const first = await host.start();
  await until(() => serves(first), first.output);
  const second = await host.start();
  const both = (): string => `${first.output()}\n---\n${second.output()}`;
  await until(() => listens(second), both);
  return { host, tenant, first, second, both };
}

/** Until it is given up, nobody can take an account over, however slow this machine is. */
async function holdLeases(schema: string): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ak_${leaseStoreOf(schema)}.lease IN EXCLUSIVE MODE`);
  let ended: Promise<void> | undefined;
  return { [Symbol.asyncDispose]: () => (ended ??= client.end()) };
}

const QUICK_MS = 20;
const SLOW_MS = 1_500;

test("F21: calls that run when the host that books dies, and calls that begin and end before the other takes over, are booked once each", async () => {
  const { host, tenant, first, second, both } = await openPair("killed");
  try {
    await play(tenant, "in-answered-101", QUICK_MS);
    await play(tenant, "in-no-answer", QUICK_MS);
    await until(() => uniqs(tenant).length === 2, both);

    const running = play(tenant, "xfer-blind-refer", SLOW_MS);
    await until(() => tenant.pbx.live().bridges.some(({ members }) => members.length > 1), both);
    await first.end("SIGKILL");
    await using leases = await holdLeases("killed");
    await play(tenant, "in-answered-101", QUICK_MS);
    await play(tenant, "in-caller-hangs-up-ringing", QUICK_MS);
    await play(tenant, "out-answered", QUICK_MS);
    const couldTakeOver = await serves(second);
    await leases[Symbol.asyncDispose]();
    await until(() => serves(second), both);
    await running;
    await until(() => uniqs(tenant).length >= 6, both);
    await play(tenant, "in-busy", QUICK_MS);
    await until(() => uniqs(tenant).length >= 7, both);

    expect(couldTakeOver).toBe(false);
    expect(uniqs(tenant)).toHaveLength(7);
    expect(isEachOnce(tenant)).toBe(true);
    expect(tenant.kommo.journal.calls().map(({ call_status: status }) => status)).toEqual(
      expect.arrayContaining([4, 4, 4, 4, 6, 6, 7]),
    );
    expect(second.output()).not.toContain('"level":60');
  } finally {
    await host.close();
  }
}, 300_000);

test("F21: the host that books hangs and wakes up when the other has taken over: nothing is booked twice", async () => {
  const { host, tenant, first, second, both } = await openPair("hung");
  try {
    await play(tenant, "in-answered-101", QUICK_MS);
    const running = play(tenant, "xfer-att-refer-completed", SLOW_MS);
    await until(() => tenant.pbx.live().channels.length > 0, both);
    first.signal("SIGSTOP");
    await play(tenant, "in-no-answer", QUICK_MS);
    await play(tenant, "out-answered", QUICK_MS);
    await until(() => serves(second), both);
    first.signal("SIGCONT");
    await running;
    await until(() => listens(first), both);
    await play(tenant, "in-busy", QUICK_MS);
    await until(() => uniqs(tenant).length >= 5, both);

    expect(uniqs(tenant)).toHaveLength(5);
    expect(isEachOnce(tenant)).toBe(true);
  } finally {
    await host.close();
  }
}, 300_000);

test("F19: the host that books lives, and its session with PostgreSQL is ended in the middle of calls: each is booked once, whoever goes on", async () => {
  const { host, tenant, first, second, both } = await openPair("ended");
  const endSession = (): Promise<unknown> =>
    server.sql(
      `SELECT pg_terminate_backend(CAST(session AS integer)) FROM ak_${leaseStoreOf("ended")}.host
       WHERE id IN (SELECT host FROM ak_${leaseStoreOf("ended")}.lease)`,
    );
  try {
    const recordings = ["in-answered-101", "in-no-answer", "out-answered", "xfer-blind-refer"];
    for (const recording of recordings) {
      const playing = play(tenant, recording, SLOW_MS);
      await until(() => tenant.pbx.live().channels.length > 0, both);
      await endSession();
      await playing;
      await endSession();
    }
    await until(() => uniqs(tenant).length >= recordings.length, both);
    await until(async () => (await serves(first)) || (await serves(second)), both);
    await play(tenant, "in-busy", QUICK_MS);
    await until(() => uniqs(tenant).length > recordings.length, both);

    expect(uniqs(tenant)).toHaveLength(recordings.length + 1);
    expect(isEachOnce(tenant)).toBe(true);
    expect(both()).not.toContain('"level":60');
  } finally {
    await host.close();
  }
}, 300_000);

test("a host that is stopped in peace hands over its running calls, and nothing between is missed", async () => {
  const { host, tenant, first, second, both } = await openPair("stopped");
  try {
    const running = play(tenant, "xfer-blind-refer", SLOW_MS);
    await until(() => tenant.pbx.live().channels.length > 1, both);
    const stopped = first.end("SIGTERM");
    await play(tenant, "in-answered-101", QUICK_MS);
    await play(tenant, "in-no-answer", QUICK_MS);
    await stopped;
    await until(() => serves(second), both);
    await running;
    await until(() => uniqs(tenant).length >= 3, both);
    const third = await host.start();
    await until(
      () => listens(third),
      () => both() + third.output(),
    );
    await play(tenant, "in-busy", QUICK_MS);
    await until(() => uniqs(tenant).length >= 4, both);

    expect(uniqs(tenant)).toHaveLength(4);
    expect(isEachOnce(tenant)).toBe(true);
  } finally {
    await host.close();
  }
}, 300_000);

/** A way to an exchange on which new connections take as long as they are told to. */
async function openSlowWay(port: number) {
  let delayMs = 0;
  const way = createServer((socket) => void lead(socket));
  async function lead(socket: Socket): Promise<void> {
    socket.on("error", () => socket.destroy());
    await sleep(delayMs);
    const far = connect(port, "127.0.0.1");
    far.on("error", () => socket.destroy());
    socket.on("close", () => far.destroy());
    far.on("close", () => socket.destroy());
    socket.pipe(far).pipe(socket);
  }
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
  return {
    port: (way.address() as AddressInfo).port,
    delay: (ms: number) => void (delayMs = ms),
    close: () => void way.close(),
  };
}

test("a host that comes hears an exchange before it is given it: a call that begins and ends meanwhile is booked", async () => {
  const store = { url: server.url, schema: "came" };
  const host = await openSharedHost({ standby: true, store });
  const tenants = await Promise.all(["one", "two"].map((name) => host.tenant(name)));
  const ways = await Promise.all(tenants.map(({ pbx }) => openSlowWay(pbx.port)));
  try {
    for (const [index, tenant] of tenants.entries()) {
      const port = ways[index]?.port ?? 0;
      await host.write({ ...tenant, pbx: { ...tenant.pbx, port } });
    }
    const first = await host.start();
    await until(() => first.output().split('"account runs"').length === 3, first.output);
    for (const way of ways) way.delay(4_000);
    const second = await host.start();
    const both = (): string => `${first.output()}\n---\n${second.output()}`;
    const given = (): string | undefined =>
      /"account":"(\w+)","msg":"account stopped"/.exec(first.output())?.[1];
    await until(() => given() !== undefined, both);

    const tenant = tenants.find(({ name }) => name === given());
    if (tenant === undefined) throw new Error(both());
    await play(tenant, "in-answered-101", QUICK_MS);
    await until(() => second.output().includes('"account runs"'), both);
    await until(() => uniqs(tenant).length > 0, both);

    expect(uniqs(tenant)).toHaveLength(1);
  } finally {
    for (const way of ways) way.close();
    await host.close();
  }
}, 300_000);
