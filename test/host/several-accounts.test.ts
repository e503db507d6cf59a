// A host that serves several Kommo accounts with one daemon: each as if it were alone.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { openSharedHost, type SharedHost, type Tenant } from "./shared-host.ts";

const WAIT_MS = 60_000;

async function until(isTrue: () => boolean | Promise<boolean>, host: SharedHost): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(host.daemon.output());
    await sleep(50);
  }
}

type Told = {
  readonly accounts: readonly { readonly name: string; readonly state: string }[];
};

async function statesOf(host: SharedHost): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(`${host.address("http")}/v1/status`);
  const { accounts } = (await answer.json()) as Told;
  return Object.fromEntries(accounts.map(({ name, state }) => [name, state]));
}

const allRun =
  (host: SharedHost, ...tenants: readonly Tenant[]) =>
  async (): Promise<boolean> => {
    const states = await statesOf(host);
    return tenants.every(({ name }) => states[name] === "runs");
  };

test("the same call of two exchanges, at once, is booked once on the account of each", async () => {
  const host = await openSharedHost();
  try {
    const [acme, beta] = await Promise.all([host.tenant("acme"), host.tenant("beta")]);
    await host.write(acme);
    await host.write(beta, { users: { "101": 9100002 } });
    await host.start();
    await until(allRun(host, acme, beta), host);

    await Promise.all([acme.play("in-answered-101"), beta.play("in-answered-101")]);
    const booked = ({ kommo }: Tenant): number => kommo.journal.calls().length;
    await until(() => booked(acme) > 0 && booked(beta) > 0, host);

    const employees = [acme, beta].map(({ kommo }) =>
      kommo.journal.calls().map(({ call_responsible: user }) => user),
    );
    expect(employees).toEqual([[9100001], [9100002]]);
  } finally {
    await host.close();
  }
}, 180_000);

test("an account whose file is broken holds up no other, and starts once it is mended", async () => {
  const host = await openSharedHost();
  try {
    const [acme, beta] = await Promise.all([host.tenant("acme"), host.tenant("beta")]);
    await host.write(acme);
    await host.writeText("beta", '{ "kommo": { "account_url": 7 } }');
    await host.start();
    await until(allRun(host, acme), host);
    const broken = await statesOf(host);

    await host.write(beta);
    host.daemon.signal("SIGHUP");
    await until(allRun(host, acme, beta), host);

    expect(broken).toEqual({ acme: "runs", beta: "is down" });
    expect(host.daemon.output()).toContain("account not started: its configuration is not good");
  } finally {
    await host.close();
  }
}, 180_000);

test("a reload starts what came, stops what went, and leaves the line of the others alone", async () => {
  const host = await openSharedHost();
  try {
    const [acme, beta, gamma] = await Promise.all(
      ["acme", "beta", "gamma"].map((name) => host.tenant(name)),
    );
    if (acme === undefined || beta === undefined || gamma === undefined) throw new Error("none");
    await host.write(acme);
    await host.write(beta);
    await host.start();
    await until(allRun(host, acme, beta), host);

    await host.remove("beta");
    await host.write(gamma);
    host.daemon.signal("SIGHUP");
    await until(allRun(host, gamma), host);
    await until(async () => !("beta" in (await statesOf(host))), host);

    const logins = (name: string): number =>
      host.daemon
        .output()
        .split("\n")
        .filter((line) => line.includes(`"account":"${name}"`) && line.includes("connected to the"))
        .length;
    expect([logins("acme"), logins("beta"), logins("gamma")]).toEqual([1, 1, 1]);
  } finally {
    await host.close();
  }
}, 180_000);

test("where Kommo counts by address, all accounts together keep to one pace", async () => {
  const host = await openSharedHost({ requests_per_second_in_all: 2 });
  try {
    const [acme, beta] = await Promise.all([host.tenant("acme"), host.tenant("beta")]);
    await host.write(acme);
    await host.write(beta);
    await host.start();
    await until(allRun(host, acme, beta), host);

    await Promise.all([acme.play("in-answered-101"), beta.play("in-answered-101")]);
    const booked = ({ kommo }: Tenant): number => kommo.journal.calls().length;
    await until(() => booked(acme) > 0 && booked(beta) > 0, host);

    const arrivals = [acme, beta]
      .flatMap(({ kommo }) => kommo.journal.entries().map(({ at }) => at))
      .toSorted((one, other) => one - other);
    const inOneSecond = arrivals.map(
      (from) => arrivals.filter((at) => at >= from && at < from + 1_000).length,
    );
    expect(arrivals.length).toBeGreaterThan(4);
    expect(Math.max(...inOneSecond)).toBeLessThanOrEqual(2);
  } finally {
    await host.close();
  }
}, 180_000);

test("one look at /metrics tells of all accounts, and of the process once", async () => {
  const host = await openSharedHost();
  try {
    const [acme, beta] = await Promise.all([host.tenant("acme"), host.tenant("beta")]);
    await host.write(acme);
    await host.write(beta);
    await host.start();
    await until(allRun(host, acme, beta), host);

    const text = await (await fetch(`${host.address("http")}/metrics`)).text();

    const connected = text.split("\n").filter((line) => line.startsWith("asterisk_kommo_ami_conn"));
    expect(connected.filter((line) => line.includes("ami_connected"))).toEqual([
      'asterisk_kommo_ami_connected{account="acme"} 1',
      'asterisk_kommo_ami_connected{account="beta"} 1',
    ]);
    expect(text.match(/^process_resident_memory_bytes /gm)).toHaveLength(1);
    expect(text.match(/^# TYPE asterisk_kommo_live_calls /gm)).toHaveLength(1);
  } finally {
    await host.close();
  }
}, 180_000);

test("an account is found below its name at both listeners, and no other way", async () => {
  const host = await openSharedHost();
  try {
    const acme = await host.tenant("acme");
    await host.write(acme);
    await host.start();
    await until(allRun(host, acme), host);
    const [local, open] = [host.address("http"), host.address("public_http")];
    const status = async (address: string): Promise<number> => (await fetch(address)).status;

    const answers = {
      health: await status(`${local}/healthz/ready`),
      own: await status(`${local}/acme/healthz/ready`),
      distribution: await status(`${local}/acme/v1/autodistribution?from=79161234567`),
      admin: await status(`${local}/acme/admin/`),
      nobody: await status(`${local}/beta/healthz`),
      bare: await status(`${local}/v1/autodistribution?from=79161234567`),
      hidden: await status(`${open}/acme/v1/status`),
      noAccount: await status(`${open}/webhooks/kommo/none`),
      forwarded: (
        await fetch(`${local}/acme/v1/status`, { headers: { "x-forwarded-for": "192.0.2.1" } })
      ).status,
    };

    expect(answers).toEqual({
      ...{ health: 200, own: 200, distribution: 200, admin: 200 },
      ...{ nobody: 404, bare: 404, hidden: 404, noAccount: 404, forwarded: 403 },
    });
  } finally {
    await host.close();
  }
}, 180_000);
