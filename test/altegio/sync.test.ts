// Appointments on their way to leads, end to end against both simulators.
import { expect, test as inTurn } from "@jest/globals";
import { addCustomField } from "../../src/simulator/kommo/state/new-account.ts";
import { FIRST, openSalon, SECOND, SETTINGS, WON } from "./salon.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const ANNA = { name: "Anna", phone: "+79151234567", email: "anna@example.org" };

test("a booking of a new client makes one lead with a contact, and everything stands on it", async () => {
  await using salon = await openSalon();

  const record = salon.altegio.reception.book({ client: ANNA, comment: "by the window" });
  await salon.settled();

  const leads = salon.leadsOf(record.id);
  const [lead] = leads;
  const contact = salon.kommo.account.cards.contacts.get(lead?.contacts[0]?.id ?? 0);
  expect(leads).toHaveLength(1);
  expect(lead).toMatchObject({
    name: "Anna: Haircut",
    price: 4_000,
    status_id: FIRST,
    responsible_user_id: 9_100_002,
  });
  expect(salon.field(lead, "comment")).toBe("by the window");
  expect(salon.field(lead, "attendance")).toBe("waiting");
  expect(contact?.name).toBe("Anna");
  expect(salon.altegio.journal.unknownRoutes).toEqual([]);
});

test("a client with an open lead gets no second one: the appointment is written into it", async () => {
  await using salon = await openSalon();
  const contact = salon.kommo.seed.contact({ name: "Anna", phones: ["8 915 123-45-67"] });
  const lead = salon.kommo.seed.lead({ name: "Asked for a cut", contactId: contact.id });

  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();

  expect(salon.leadsOf(record.id).map(({ id }) => id)).toEqual([lead.id]);
  expect(salon.kommo.account.cards.leads.size).toBe(1);
  expect(salon.kommo.account.cards.leads.get(lead.id)?.name).toBe("Asked for a cut");
});

test("where appointments make no leads, a booking goes into the client's open lead or nowhere", async () => {
  await using salon = await openSalon({
    settings: { match: { ...SETTINGS.match, makesLeads: false } },
  });
  const contact = salon.kommo.seed.contact({ name: "Anna", phones: ["+79151234567"] });
  const lead = salon.kommo.seed.lead({ name: "Asked", contactId: contact.id });

  const known = salon.altegio.reception.book({ client: { phone: "+79151234567" } });
  const stranger = salon.altegio.reception.book({ client: { phone: "+79150000099" } });
  await salon.settled();

  expect(salon.leadsOf(known.id).map(({ id }) => id)).toEqual([lead.id]);
  expect(salon.leadsOf(stranger.id)).toEqual([]);
  expect(salon.kommo.account.cards.contacts.size).toBe(1);
});

test("the lead shows the categories of the services by their titles", async () => {
  await using salon = await openSalon({
    before: (_, kommo) =>
      void addCustomField(kommo.account, "leads", { name: "Kind of service", type: "text" }),
    settings: {
      fields: new Map([
        ["record_id", "Altegio record_id"],
        ["service_categories", "Kind of service"],
      ]),
    },
  });

  const record = salon.altegio.reception.book({ client: { phone: "+79151234567" } });
  await salon.settled();

  const [lead] = salon.leadsOf(record.id);
  const shown = lead?.fields.find(({ field }) => field.name === "Kind of service");
  expect(shown?.values[0]?.value).toBe("Hair");
});

test("the lead follows the visit: came, paid, and the payment stands on it with a note", async () => {
  await using salon = await openSalon();
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();

  salon.clock.moveBy(2_000);
  salon.altegio.reception.change(record, { attendance: 1 });
  await salon.settled();
  const came = { ...salon.leadsOf(record.id)[0] };
  salon.clock.moveBy(2_000);
  salon.altegio.reception.pay(record);
  await salon.settled();

  const [lead] = salon.leadsOf(record.id);
  expect(came.status_id).toBe(SECOND);
  expect(lead?.status_id).toBe(WON);
  expect(salon.field(lead, "payment_status")).toBe("paid_full");
  expect(salon.field(lead, "payment_type")).toBe("cash");
  expect(salon.notesOn(lead?.id ?? 0)).toEqual(["Altegio: paid: 4000"]);
});

test("a cancelled appointment keeps its lead, says so, and never makes one", async () => {
  await using salon = await openSalon();
  const record = salon.altegio.reception.book({ client: ANNA });
  const other = salon.altegio.reception.book({ client: { name: "B", phone: "+79150000011" } });
  salon.altegio.reception.remove(other);
  await salon.settled();

  salon.clock.moveBy(2_000);
  salon.altegio.reception.remove(record);
  await salon.settled();

  const [lead] = salon.leadsOf(record.id);
  expect(salon.field(lead, "attendance")).toBe("cancelled");
  expect(salon.field(lead, "services")).toBe("Haircut");
  expect(salon.notesOn(lead?.id ?? 0)[0]).toMatch(/^Altegio: appointment cancelled/);
  expect(salon.leadsOf(other.id)).toEqual([]);
});

test("nothing changed costs Kommo no request, and a repeated event no write", async () => {
  await using salon = await openSalon();
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();
  const [before, writes] = [salon.requests(), salon.writes().length];

  for (let time = 0; time < 5; time++)
    salon.engine.hear({
      company_id: 4564,
      resource: "record",
      resource_id: record.id,
      status: "update",
    });
  await salon.settled();

  expect(salon.requests()).toBe(before);
  expect(salon.writes()).toHaveLength(writes);
});

test("two appointments of one new client at the same moment make one contact and two leads", async () => {
  await using salon = await openSalon({ kommoLateSearchMs: 30_000 });

  const client = salon.altegio.reception.client(ANNA);
  const records = [1, 2].map((day) =>
    salon.altegio.reception.book({ clientId: client.id, startsAt: Date.now() + day * 86_400_000 }),
  );
  await salon.settled();

  const contacts = [...salon.kommo.account.cards.contacts.values()];
  expect(contacts).toHaveLength(1);
  expect(records.map(({ id }) => salon.leadsOf(id).length)).toEqual([1, 1]);
});

test("of many that are placed at once none takes the lead of another", async () => {
  const clients = Array.from({ length: 30 }, (_, index) => ({
    name: `Client ${String(index)}`,
    phone: `+7915000${String(1_000 + index)}`,
  }));
  await using salon = await openSalon({
    before: ({ reception }, { seed }) => {
      for (const given of [...clients, ...clients.slice(0, 15)]) {
        const known = [...reception.location().clients.values()].find(
          ({ phone }) => phone === given.phone,
        );
        reception.book({ clientId: (known ?? reception.client(given)).id });
      }
      for (const { name, phone } of clients) {
        const contact = seed.contact({ name, phones: [phone] });
        seed.lead({ name: "Asked", contactId: contact.id });
      }
    },
  });

  await salon.settled();

  const records = [...salon.altegio.reception.location().records.values()];
  expect(records.map(({ id }) => salon.leadsOf(id).length)).toEqual(records.map(() => 1));
  expect(salon.kommo.account.cards.leads.size).toBe(45);
  expect(salon.kommo.account.cards.contacts.size).toBe(30);
});

test("Kommo saves the lead and the answer is lost: no second lead, also over a restart", async () => {
  await using salon = await openSalon({ kommoLateSearchMs: 20_000 });
  salon.kommo.fail({ kind: "drop", saved: "all", method: "POST", path: "/api/v4/leads/complex" });

  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.until(() => salon.leadsOf(record.id).length > 0);
  await salon.restart();
  await salon.settled();
  salon.clock.moveBy(2_000);
  salon.altegio.reception.change(record, { comment: "later" });
  await salon.settled();

  expect(salon.leadsOf(record.id)).toHaveLength(1);
  expect(salon.field(salon.leadsOf(record.id)[0], "comment")).toBe("later");
  expect(salon.kommo.account.cards.contacts.size).toBe(1);
});

test("the password is changed: it is said, nothing is lost, and it goes on with the new token", async () => {
  await using salon = await openSalon();
  await salon.settled();
  const token = salon.altegio.altegio.userToken;

  salon.altegio.rotateUserToken();
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.until(() => salon.engine.state().isRefused);
  salon.altegio.altegio.userToken = token;
  await salon.until(() => salon.leadsOf(record.id).length === 1);

  expect(salon.log.some((line) => line.includes("altegio refuses the token"))).toBe(true);
});
