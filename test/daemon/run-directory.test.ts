// The daemon's own copy of who has which number, the whole way: Kommo, webhooks, polling, calls.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findByPhone, parseClient, type KnownClient } from "../../src/directory/rows.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { freePort } from "../http/free-port.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const CONNECTED = '"connected to the exchange"';
const FILLED = '"directory filled"';
/** The client of the recording. */
const CLIENT = "+7 916 123-45-67";
const OTHER = "+351912000222";

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let port: number;
let looking: Store | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-run-"));
  pbx = await startPbxSimulator({ users: [DEFAULT_USER] });
  kommo = await startKommoSimulator();
  port = await freePort();
});

afterEach(async () => {
  await looking?.close();
  looking = undefined;
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

const storePath = (): string => join(folder, "store.db");

const config = (changes: object = {}): object => ({
  ami: { port: pbx.port, username: "asterisk-kommo", secret: DEFAULT_USER.secret },
  pbx: { extensions: ["_10X"] },
  kommo: { account_url: kommo.url, access_token: kommo.token, requests_per_second: 7 },
  users: { "101": 9100001 },
  store: { path: storePath() },
  public_http: { port },
  http: { port: 0 },
  fastagi: { port: 0 },
  ...changes,
});
const reachable = (): object => ({
  recordings: { path: "/", public_url: `http://127.0.0.1:${String(port)}` },
});

async function play(recording: string): Promise<void> {
  const trace = await readTrace(join(RECORDINGS, recording));
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 400 }).finished;
}

/** What stands in the daemon's store. */
async function find(phone: string): Promise<KnownClient | undefined> {
  if (looking === undefined) {
    const asked = { path: storePath(), migrations: storeMigrations, access: "look" } as const;
    const opened = await openSqliteStore(asked);
    if (!opened.ok) throw new Error(opened.failure.reason);
    looking = opened.value;
  }
  return parseClient(await looking.read(findByPhone(phoneKey(phone))));
}

async function until(isTrue: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what());
}

test("a number written in Kommo's web interface is known by webhook", async () => {
  const { id } = kommo.seed.contact({ phones: [OTHER] });
  const daemon = startDaemonProcess(await writeConfig(folder, config(reachable())));
  await daemon.said(FILLED);
  await until(() => kommo.account.webhooks.size === 1, daemon.output);
  expect(await find(OTHER)).toMatchObject({ card: { id } });

  kommo.browser.setPhones({ type: "contacts", id }, [CLIENT]);
  await until(async () => (await find(CLIENT)) !== undefined, daemon.output);
  const secret = [...kommo.account.webhooks.values()][0]?.destination.split("/").at(-1) ?? "";

  expect(await find(OTHER)).toBeUndefined();
  expect(secret).toHaveLength(43);
  expect(daemon.output()).not.toContain(secret);
}, 120_000);

test("without webhooks it is known by polling", async () => {
  const file = await writeConfig(folder, config({ directory: { poll_seconds: 10 } }));
  const daemon = startDaemonProcess(file);
  await daemon.said(FILLED);

  const { id } = kommo.seed.contact({ phones: [CLIENT] });
  await until(async () => (await find(CLIENT)) !== undefined, daemon.output);

  expect(await find(CLIENT)).toMatchObject({ card: { type: "contacts", id } });
}, 120_000);

test("a deleted card that is still believed there misleads no call, and is forgotten", async () => {
  const { id } = kommo.seed.contact({ phones: [CLIENT] });
  const daemon = startDaemonProcess(await writeConfig(folder, config()));
  await daemon.said(CONNECTED);
  await daemon.said(FILLED);
  kommo.browser.deleteCard("contacts", id);
  expect(await find(CLIENT)).toBeDefined();

  await play("in-answered-101");
  await until(() => kommo.journal.unsorted().length === 1, daemon.output);
  await until(async () => (await find(CLIENT)) === undefined, daemon.output);

  expect(kommo.journal.calls()).toHaveLength(1);
}, 120_000);

test("a fill that was killed goes on where it was", async () => {
  const first = kommo.seed.contacts(1_500, (index) => ({
    phones: [`+35191${String(1_000_000 + index)}`],
  }));
  for (let index = 0; index < 1_500; index++) {
    const contact = kommo.account.cards.contacts.get(first + index);
    if (contact !== undefined) contact.updated_at = 1_600_000_000 + index;
  }
  const file = await writeConfig(folder, config());
  const lists = (): string[] =>
    kommo.journal
      .entries()
      .filter(({ path, query }) => path === "/api/v4/contacts" && query.includes("order"))
      .map(({ query }) => query);
  const killed = startDaemonProcess(file);
  await until(() => lists().length === 3, killed.output);
  await killed.end("SIGKILL");
  kommo.journal.clear();

  const daemon = startDaemonProcess(file);
  await daemon.said(FILLED);

  expect(lists().length).toBeLessThanOrEqual(6);
  expect(lists().every((query) => query.includes("updated_at%5D%5Bfrom"))).toBe(true);
  for (const index of [0, 500, 1_499])
    expect(await find(`+35191${String(1_000_000 + index)}`)).toBeDefined();
}, 120_000);

test("an accepted incoming lead takes the call that waited for it within moments", async () => {
  kommo.switches.notesOnUnsorted = "refuse";
  const daemon = startDaemonProcess(await writeConfig(folder, config(reachable())));
  await daemon.said(CONNECTED);
  await until(() => kommo.account.webhooks.size === 1, daemon.output);
  await play("in-answered-101");
  await until(() => kommo.journal.unsorted().length === 1, daemon.output);
  await play("in-answered-101");
  const refused = () =>
    kommo.journal
      .entries()
      .some(({ path, status }) => path === "/api/v4/leads/notes" && status === 400);
  await until(refused, daemon.output);
  // The daemon looks at the incoming lead, and only then waits for it.
  const looked = () =>
    kommo.journal
      .entries()
      .some(({ method, path }) => method === "GET" && path.endsWith("/unsorted"));
  await until(looked, daemon.output);
  const waits = async (): Promise<boolean> => {
    await find(CLIENT);
    const rows = await looking?.read({
      sql: "SELECT id FROM step WHERE state = 'ready' AND has_waited = 1",
      values: [],
    });
    return rows?.length === 1;
  };
  await until(waits, daemon.output);

  const [unsorted] = kommo.account.unsorted.values();
  kommo.browser.accept(unsorted?.uid ?? "");
  await until(() => kommo.journal.calls().length === 2, daemon.output);

  expect(kommo.journal.calls().map(({ card }) => card.id)).toEqual([
    unsorted?.leadId,
    unsorted?.leadId,
  ]);
}, 120_000);
