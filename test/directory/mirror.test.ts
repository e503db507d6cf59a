// The first fill and the polling after it, against a simulated account.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { LARGE_ACCOUNT } from "../../src/directory/mirror.ts";
import { isFilled } from "../../src/directory/mirror-state.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Store } from "../../src/store/store.ts";
import { storeFolder } from "../store/store-folder.ts";
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
let office: DirectoryOffice | undefined;

beforeEach(async () => {
  kommo = await startKommoSimulator({ switches: { requestsPerSecond: 0 } });
  place = storeFolder();
  store = await place.open({ migrations });
});

afterEach(async () => {
  await office?.stop();
  office = undefined;
  await place[Symbol.asyncDispose]();
  await kommo.close();
});

async function open(options: Partial<OfficeOptions> = {}): Promise<DirectoryOffice> {
  office = await openDirectoryOffice({ kommo, store, ...options });
  return office;
}

async function filled(options: Partial<OfficeOptions> = {}): Promise<DirectoryOffice> {
  const opened = await open(options);
  await until(() => {
    const state = opened.service.mirror.state();
    return state !== undefined && isFilled(state);
  });
  return opened;
}

const PHONE = "+351912000111";
const find = (phone: string) => office?.service.directory.find(phone);
const pagesOf = (type: string) =>
  kommo.journal.entries().filter(({ path }) => path === `/api/v4/${type}`);

test("after the fill a client is known by any spelling of the number, with the lead that is open", async () => {
  const { id } = kommo.seed.contact({
    name: "Ana Costa",
    phones: ["8 (351) 912-000-111", "+351210000999"],
    responsibleUserId: 9_100_002,
  });
  kommo.seed.lead({ contactId: id, closed: "won" });
  const lead = kommo.seed.lead({ contactId: id, name: "Order", responsibleUserId: 9_100_003 });

  await filled();

  expect(await find(PHONE)).toEqual({
    card: { type: "contacts", id },
    name: "Ana Costa",
    responsibleUserId: 9_100_002,
    openLeads: [{ id: lead.id, name: "Order", responsibleUserId: 9_100_003 }],
  });
  expect(await find("351210000999")).toMatchObject({ card: { id } });
  expect(await find("+351912000112")).toBeUndefined();
  expect(await find("")).toBeUndefined();
});

test("of several cards with a number contacts go before companies, and the oldest first", async () => {
  kommo.seed.company({ phones: [PHONE] });
  const { id } = kommo.seed.contact({ phones: [PHONE] });
  kommo.seed.contact({ phones: [PHONE] });
  const company = kommo.seed.company({ name: "Acme", phones: ["+351210000500"] });

  await filled();

  expect(await find(PHONE)).toMatchObject({ card: { type: "contacts", id } });
  expect(await find("+351210000500")).toMatchObject({
    card: { type: "companies", id: company.id },
    name: "Acme",
  });
});

test("whose a missed call is, the directory says: the only open lead's user, else the card's", async () => {
  const one = kommo.seed.contact({ phones: [PHONE], responsibleUserId: 9_100_002 });
  kommo.seed.lead({ contactId: one.id, responsibleUserId: 9_100_003 });
  const two = kommo.seed.contact({ phones: ["+351912000222"], responsibleUserId: 9_100_004 });
  kommo.seed.lead({ contactId: two.id, responsibleUserId: 9_100_003 });
  kommo.seed.lead({ contactId: two.id, responsibleUserId: 9_100_002 });
  const { service } = await filled();

  for (const phone of [PHONE, "+351912000222", "+351912000333"])
    await service.directory.prepare(phone);

  const owners = ["1912000111", "1912000222", "1912000333"].map((key) =>
    service.directory.preparedOwner(key),
  );
  expect(owners).toEqual([9_100_003, 9_100_004, undefined]);
});

test("a fill that was stopped goes on where it was, even if all cards were changed in one second", async () => {
  const lowest = kommo.seed.contacts(1_100, (index) => ({
    phones: [`+35191${String(1_000_000 + index)}`],
  }));
  for (let index = 0; index < 1_100; index++) {
    const contact = kommo.account.cards.contacts.get(lowest + index);
    if (contact !== undefined) contact.updated_at = 1_600_000_000;
  }
  const first = await open();
  await until(() => (first.service.mirror.state()?.lists.contacts.read ?? 0) >= 750);
  await first.stop();
  const readBefore = first.service.mirror.state()?.lists.contacts.read ?? 0;
  kommo.journal.clear();

  await filled();

  // From the beginning it would be six. The page that was under way may still be told of.
  expect(readBefore).toBeGreaterThanOrEqual(750);
  expect(pagesOf("contacts").length).toBeLessThanOrEqual(4);
  for (const index of [0, 249, 250, 777, 1_099])
    expect(await find(`+35191${String(1_000_000 + index)}`)).toBeDefined();
});

test("a fill of cards changed over years reads each page once, and one that is changed meanwhile again", async () => {
  const first = kommo.seed.contacts(600, (index) => ({
    phones: [`91${String(1_000_000 + index)}`],
  }));
  for (let index = 0; index < 600; index++) {
    const contact = kommo.account.cards.contacts.get(first + index);
    if (contact !== undefined) contact.updated_at = 1_600_000_000 + index;
  }

  await filled();

  expect(pagesOf("contacts").length).toBeLessThanOrEqual(4);
  for (const index of [0, 249, 250, 251, 599])
    expect(await find(`91${String(1_000_000 + index)}`)).toBeDefined();
});

test("polling learns a new client, a changed number and a closed lead", async () => {
  const { id } = kommo.seed.contact({ phones: [PHONE] });
  const lead = kommo.seed.lead({ contactId: id });
  await filled({ pollSeconds: 0.05 });

  kommo.seed.contact({ name: "New", phones: ["+351912000777"] });
  kommo.browser.setPhones({ type: "contacts", id }, ["+351912000112"]);
  kommo.browser.closeLead(lead.id, "lost");
  await until(async () => (await find("+351912000777")) !== undefined);
  await until(async () => (await find("+351912000112"))?.openLeads.length === 0);

  expect(await find(PHONE)).toBeUndefined();
});

test("without a fill only what is changed from now on is known", async () => {
  const old = kommo.seed.contact({ phones: [PHONE] });
  old.updated_at -= 3_600;
  const { service } = await open({ fill: "off", pollSeconds: 0.05 });

  kommo.seed.contact({ phones: ["+351912000777"] });
  await until(async () => (await find("+351912000777")) !== undefined);

  expect(await find(PHONE)).toBeUndefined();
  expect(service.mirror.state()?.fill).toBe("skipped");
});

test("a large account is not read unasked: the log says how to allow it, and then it is", async () => {
  const first = kommo.seed.contacts(LARGE_ACCOUNT, (index) => ({
    phones: [`+35193${String(1_000_000 + index)}`],
  }));
  for (let id = first; id < first + LARGE_ACCOUNT; id++) {
    const contact = kommo.account.cards.contacts.get(id);
    if (contact !== undefined) contact.updated_at -= 3_600;
  }
  const asked = await open({ fill: "auto" });
  await until(() => asked.log().includes("the directory is not filled"));
  await until(() => pagesOf("leads").length > 0);

  expect(asked.log()).toContain('directory.fill \\"on\\"');
  expect(await find(`+35193${String(1_000_000)}`)).toBeUndefined();

  await asked.stop();
  await filled({ fill: "on" });

  expect(await find(`+35193${String(1_000_000 + LARGE_ACCOUNT - 1)}`)).toBeDefined();
});

test("one contact below the limit, and the account is read", async () => {
  kommo.seed.contacts(LARGE_ACCOUNT - 1, () => ({}));
  const { service } = await open({ fill: "auto" });

  await until(() => service.mirror.state() !== undefined);

  expect(service.mirror.state()?.fill).toBe("filling");
});

test("a card that Kommo says is not there is forgotten", async () => {
  const { id } = kommo.seed.contact({ phones: [PHONE] });
  kommo.seed.contact({ phones: ["+351912000222"] });
  const { service } = await filled();
  const call = { phone: "8351912000222" };

  await service.directory.heed({ kind: "register-call", call } as never, { kind: "nothing-there" });
  await service.directory.heed(
    { kind: "add-call-note", card: { type: "contacts", id }, call } as never,
    { kind: "nothing-there" },
  );

  expect(await find("+351912000222")).toBeUndefined();
  expect(await find(PHONE)).toBeUndefined();
});

test("a blocked account is not asked again and again", async () => {
  kommo.switches.isBlocked = true;
  const { log } = await open({ pollSeconds: 0.01 });
  await until(() => log().includes("403"));

  await new Promise((resolve) => setTimeout(resolve, 500));

  // Users and lists were perhaps asked for together.
  expect(kommo.journal.entries().length).toBeLessThanOrEqual(3);
});
