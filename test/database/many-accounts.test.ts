// A host of many accounts keeps few connections to PostgreSQL: as many as docs/postgresql.md says.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { openSharedHost } from "../host/shared-host.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const ACCOUNTS = 60;
const MOST_CONNECTIONS = 15;
const WAIT_MS = 120_000;

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

type Watch = {
  /** How many there were at once, since it was asked last. */
  most(): number;
  stop(): Promise<void>;
};

/** Looks at the daemon's connections again and again. */
async function watchConnections(): Promise<Watch> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'asterisk-kommo'",
      );
      most = Math.max(most, rows[0]?.count ?? 0);
      await sleep(10);
    }
  })();
  return {
    most() {
      const until = most;
      most = 0;
      return until;
    },
    async stop() {
      isOver = true;
      await watching;
      await client.end();
    },
  };
}

async function until(isTrue: () => boolean, what: () => string): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(what());
    await sleep(50);
  }
}

test("sixty accounts of a host start, book calls and stop over at most 15 connections to PostgreSQL", async () => {
  const host = await openSharedHost({ store: { url: server.url } });
  const watch = await watchConnections();
  try {
    const tenants = await Promise.all(
      Array.from({ length: ACCOUNTS }, (_, at) => host.tenant(`account-${at}`)),
    );
    await Promise.all(tenants.map((tenant) => host.write(tenant)));

    const daemon = await host.start();
    await until(
      () => daemon.output().split('"connected to the exchange"').length > ACCOUNTS,
      daemon.output,
    );
    const atStart = watch.most();
    await Promise.all(tenants.map((tenant) => tenant.play("in-answered-101")));
    await until(
      () => tenants.every(({ kommo }) => kommo.journal.calls().length === 1),
      daemon.output,
    );
    const atWork = watch.most();
    const end = await daemon.end("SIGTERM");
    const atEnd = watch.most();

    for (const most of [atStart, atWork, atEnd]) {
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(MOST_CONNECTIONS);
    }
    expect(end).toEqual({ code: 0, signal: null });
  } finally {
    await watch.stop();
    await host.close();
  }
}, 400_000);
