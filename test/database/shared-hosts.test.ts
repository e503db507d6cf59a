// Two hosts that serve the same accounts from one PostgreSQL: each account by one of them, and by the
// other soon after that one died.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { DaemonProcess } from "../daemon/daemon-process.ts";
import { addressOf, openSharedHost, type Tenant } from "../host/shared-host.ts";
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

type Told = { readonly accounts: readonly { readonly name: string; readonly state: string }[] };

/** Names of the accounts that this daemon serves, and whose exchange it hears. */
async function servedBy(daemon: DaemonProcess): Promise<readonly string[]> {
  const answer = await fetch(`${addressOf(daemon, "http")}/v1/status`);
  const { accounts } = (await answer.json()) as Told;
  return accounts.filter(({ state }) => state === "runs").map(({ name }) => name);
}

const bookedOn = ({ kommo }: Tenant): number => kommo.journal.calls().length;

test("F21: two hosts share the accounts, and what one leaves behind when it dies the other goes on with", async () => {
  const host = await openSharedHost({ store: { url: server.url } });
  try {
    const tenants = await Promise.all(["a", "b", "c", "d"].map((name) => host.tenant(name)));
    for (const tenant of tenants) await host.write(tenant);
    const [first, second] = [await host.start(), await host.start()];
    const both = (): string => first.output() + second.output();
    await until(async () => {
      const [one, other] = await Promise.all([servedBy(first), servedBy(second)]);
      return one.length === 2 && other.length === 2;
    }, both);

    await Promise.all(tenants.map((tenant) => tenant.play("in-answered-101")));
    await until(() => tenants.every((tenant) => bookedOn(tenant) === 1), both);
    await first.end("SIGKILL");
    await until(async () => (await servedBy(second)).length === 4, both);
    await Promise.all(tenants.map((tenant) => tenant.play("in-no-answer")));
    await until(() => tenants.every((tenant) => bookedOn(tenant) === 2), both);

    expect(tenants.map(bookedOn)).toEqual([2, 2, 2, 2]);
    expect(second.output()).not.toContain('"level":60');
  } finally {
    await host.close();
  }
}, 300_000);

test("F21: a host that hangs while it serves, and wakes up, books nothing twice", async () => {
  const host = await openSharedHost({ store: { url: server.url, schema: "woken" } });
  try {
    const tenant = await host.tenant("only");
    await host.write(tenant);
    const first = await host.start();
    await until(async () => (await servedBy(first)).length === 1, first.output);
    const second = await host.start();
    const both = (): string => first.output() + second.output();

    // What the first has accepted and not told yet is told by the second.
    tenant.kommo.fail(
      ...Array.from({ length: 500 }, () => ({ kind: "status", status: 503 }) as const),
    );
    await tenant.play("in-answered-101");
    await first.said('"call accepted"');
    first.signal("SIGSTOP");
    tenant.kommo.faults.clear();
    await until(() => bookedOn(tenant) === 1, both);
    first.signal("SIGCONT");
    await first.said('"account stopped"');
    await tenant.play("in-no-answer");
    await until(() => bookedOn(tenant) === 2, both);

    expect(tenant.kommo.journal.contacts().length).toBeLessThanOrEqual(1);
    expect(bookedOn(tenant)).toBe(2);
  } finally {
    await host.close();
  }
}, 300_000);
