// What people do in Kommo's web interface reaches the directory by webhook, with nothing polled.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { isFilled } from "../../src/directory/mirror-state.ts";
import { startHttp, type Http } from "../../src/http/start-http.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { insertStep, markWaiting } from "../../src/outbox/changes.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { sql, type Store } from "../../src/store/store.ts";
import { storeFolder } from "../store/store-folder.ts";
import { freePort } from "../http/free-port.ts";
import {
  migrations,
  openDirectoryOffice,
  until,
  type DirectoryOffice,
  type OfficeOptions,
} from "./directory-office.ts";

let kommo: KommoSimulator;
let store: Store;
let place: ReturnType<typeof storeFolder>;
let office: DirectoryOffice;
let http: Http;
let port: number;

const PHONE = "+351912000111";
const OTHER = "+351912000222";
const find = (phone: string) => office.service.directory.find(phone);

beforeEach(async () => {
  kommo = await startKommoSimulator({ switches: { requestsPerSecond: 0 } });
  place = storeFolder();
  store = await place.open({ migrations });
  port = await freePort();
});

afterEach(async () => {
  await http.stop();
  await office.stop();
  await place[Symbol.asyncDispose]();
  await kommo.close();
});

async function open(options: Partial<OfficeOptions> = {}): Promise<void> {
  const publicUrl = `http://127.0.0.1:${String(port)}/`;
  office = await openDirectoryOffice({ kommo, store, publicUrl, ...options });
  http = await startHttp({
    listeners: [{ name: "public_http", host: "127.0.0.1", port, routes: office.service.routes }],
    clock: systemClock,
    log: silentLogger,
  });
  await until(() => {
    const state = office.service.mirror.state();
    return state !== undefined && isFilled(state);
  });
  await until(() => options.publicUrl === "" || kommo.account.webhooks.size === 1);
}

const own = (): string => [...kommo.account.webhooks.values()][0]?.destination ?? "";
const tell = (form: string): Promise<Response> =>
  fetch(own(), {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: form,
  });

test("a changed number, a deleted card and a closed lead are known within moments", async () => {
  const kept = kommo.seed.contact({ phones: [PHONE] });
  const gone = kommo.seed.company({ phones: ["+351912000333"] });
  const lead = kommo.seed.lead({ contactId: kept.id });
  await open();
  kommo.journal.clear();

  kommo.browser.setPhones({ type: "contacts", id: kept.id }, [OTHER]);
  kommo.browser.deleteCard("companies", gone.id);
  kommo.browser.closeLead(lead.id, "won");
  await until(async () => (await find(OTHER))?.openLeads.length === 0);
  await until(async () => (await find("+351912000333")) === undefined);

  expect(await find(PHONE)).toBeUndefined();
  expect(kommo.webhookDeliveries().map(({ outcome }) => outcome)).toEqual([204, 204, 204]);
  expect(kommo.journal.entries()).toEqual([]);
});

test("a new lead is read from its list, and a new contact needs no request", async () => {
  const { id } = kommo.seed.contact({ phones: [PHONE] });
  await open();

  const made = await fetch(`${kommo.url}/api/v4/leads`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kommo.token}`, "Content-Type": "application/json" },
    body: JSON.stringify([{ name: "Order", _embedded: { contacts: [{ id }] } }]),
  });
  await until(async () => (await find(PHONE))?.openLeads[0]?.name === "Order");

  expect(made.status).toBe(200);
});

test.each(["accept", "decline"] as const)(
  "calls that wait for an incoming lead are tried at once: %s",
  async (what) => {
    await open();
    const added = await fetch(`${kommo.url}/api/v4/leads/unsorted/sip`, {
      method: "POST",
      headers: { Authorization: `Bearer ${kommo.token}`, "Content-Type": "application/json" },
      body: JSON.stringify([
        {
          source_uid: "x",
          source_name: "x",
          metadata: {
            uniq: "1",
            phone: PHONE,
            from: PHONE,
            called_at: 1,
            duration: 0,
            service_code: "x",
          },
          _embedded: { contacts: [{ name: "x" }], leads: [{ name: "x" }] },
        },
      ]),
    });
    const [unsorted] = kommo.account.unsorted.values();
    const { uid = "", leadId = 0 } = unsorted ?? {};
    const waiting = (key: string, unsortedUid: string, id: number) => ({
      origin: "1",
      key,
      dueAt: 0,
      createdAt: 0,
      step: { kind: "add-call-note", card: { type: "leads", id }, unsortedUid },
    });
    await store.write([
      insertStep(waiting("1912000111", uid, leadId)),
      insertStep(waiting("1912000222", "of-another", leadId + 1_000)),
      markWaiting(1, "waits", 9e12),
      markWaiting(2, "waits", 9e12),
    ]);

    kommo.browser[what](uid);
    await until(() => office.endedFor.length > 0);

    expect(added.status).toBe(200);
    expect(new Set(office.endedFor)).toEqual(new Set(["1912000111"]));
  },
);

test("a webhook of another account changes nothing", async () => {
  kommo.seed.contact({ phones: [PHONE] });
  await open();
  await until(() => office.service.facts.accountId() !== undefined);
  const [id] = kommo.account.cards.contacts.keys();

  await tell(
    `contacts[delete][0][id]=${String(id)}&contacts[delete][0][type]=contact&account[id]=1`,
  );
  await until(() => office.log().includes("a webhook of another account"));

  expect(await find(PHONE)).toBeDefined();
});

test.each([
  "contacts=1&leads[update]=1&unsorted[delete][0]=1&account=1",
  "contacts[update][0][id]=-5&contacts[update][1][id]=9e99&contacts[update][2][id]=1%2F0",
  "contacts[update][0][id]=77&contacts[update][0][custom_fields]=5",
  "contacts[update][0][id]=78&contacts[update][0][custom_fields][0][code]=PHONE",
  "contacts[__proto__][0][id]=79&__proto__[contacts]=1&leads[constructor][0][id]=5",
  "leads[status][0][id][x]=5&unsorted[delete][0][uid][x]=1",
])("a form of wrong shapes is answered, and the daemon goes on: %s", async (form) => {
  kommo.seed.contact({ phones: [PHONE] });
  await open();

  const answer = await tell(form);
  const { id } = kommo.seed.contact({ phones: [] });
  kommo.browser.setPhones({ type: "contacts", id }, [OTHER]);
  await until(async () => (await find(OTHER)) !== undefined);

  expect(answer.status).toBe(204);
  expect(await find(PHONE)).toBeDefined();
});

test("a card whose webhook names no field of numbers is read from its list", async () => {
  const { id } = kommo.seed.contact({ phones: [PHONE] });
  await open();
  const card = kommo.account.cards.contacts.get(id);
  kommo.journal.clear();

  await tell(`contacts[update][0][id]=${String(id)}&contacts[update][0][type]=contact`);
  await until(() => kommo.journal.entries().some(({ path }) => path === "/api/v4/contacts"));

  expect(card).toBeDefined();
  expect(await find(PHONE)).toBeDefined();
});

test("the address stays the same over restarts, and an old one is left", async () => {
  await open();
  const first = own();
  await http.stop();
  await office.stop();

  await open();
  const second = own();
  await http.stop();
  await office.stop();
  await open({ webhookSecret: "chosen-by-the-administrator" });
  await until(() => own().endsWith("/webhooks/kommo/chosen-by-the-administrator"));

  expect(second).toBe(first);
  expect(first).toMatch(/\/webhooks\/kommo\/[\w-]{43}$/);
  expect(office.log()).not.toContain("chosen-by-the-administrator");
});

test("where an account allows no webhooks, the log says so once and changes are polled", async () => {
  for (const user of kommo.account.users.values()) user.isAdmin = false;
  await open({ publicUrl: "", pollSeconds: 0.05 });
  await office.stop();
  office = await openDirectoryOffice({
    kommo,
    store,
    pollSeconds: 0.05,
    publicUrl: `http://127.0.0.1:${String(port)}`,
  });
  await until(() => office.log().includes("no webhooks of kommo"));

  kommo.seed.contact({ phones: [OTHER] });
  await until(async () => (await find(OTHER)) !== undefined);

  const [row] = await store.read(sql("SELECT count(*) AS kept FROM directory_card"));
  expect(row).toEqual({ kept: 1 });
});
