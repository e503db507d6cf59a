// People who share a telephone number: one contact for the number, or each a contact of its own.
import { expect, test } from "@jest/globals";
import { addLocation } from "../../src/simulator/altegio/state.ts";
import { openSalon, SETTINGS, type Salon, type SalonOptions } from "./salon.ts";

const NUMBER = "+79151234567";
const APART: SalonOptions = {
  settings: { match: { ...SETTINGS.match, contactKey: "client_id" } },
};

const contactsOf = (salon: Salon, records: readonly { readonly id: number }[]) =>
  records.map(({ id }) => salon.leadsOf(id)[0]?.contacts[0]?.id);

test("mother and daughter with one number stay apart, each with the leads of her own", async () => {
  await using salon = await openSalon(APART);
  const mother = salon.altegio.reception.client({ name: "Mother", phone: NUMBER });
  const daughter = salon.altegio.reception.client({ name: "Daughter", phone: NUMBER });

  const first = [mother, daughter].map(({ id }) => salon.altegio.reception.book({ clientId: id }));
  await salon.settled();
  const later = [daughter, mother].map(({ id }) => salon.altegio.reception.book({ clientId: id }));
  await salon.settled();

  const [ofMother, ofDaughter] = contactsOf(salon, first);
  expect(contactsOf(salon, later)).toEqual([ofDaughter, ofMother]);
  expect(ofMother).not.toBe(ofDaughter);
  expect(
    [...salon.kommo.account.cards.contacts.values()].map(({ name }) => name).toSorted(),
  ).toEqual(["Daughter", "Mother"]);
});

test("an open lead of the number goes to who comes first, and not to the other one too", async () => {
  await using salon = await openSalon(APART);
  const known = salon.kommo.seed.contact({ name: "Mother", phones: [NUMBER] });
  const asked = salon.kommo.seed.lead({ name: "Asked", contactId: known.id });
  const second = salon.kommo.seed.lead({ name: "Asked again", contactId: known.id });

  const ofMother = salon.altegio.reception.book({ client: { name: "Mother", phone: NUMBER } });
  await salon.settled();
  const ofDaughter = salon.altegio.reception.book({ client: { name: "Daughter", phone: NUMBER } });
  await salon.settled();

  expect(salon.leadsOf(ofMother.id).map(({ id }) => id)).toEqual([second.id]);
  expect(contactsOf(salon, [ofDaughter])).not.toEqual([known.id]);
  expect(salon.field(salon.kommo.account.cards.leads.get(asked.id), "record_id")).toBeUndefined();
});

test("a client whose number changes keeps the contact", async () => {
  await using salon = await openSalon(APART);
  const record = salon.altegio.reception.book({ client: { name: "Anna", phone: NUMBER } });
  await salon.settled();

  salon.clock.moveBy(2_000);
  salon.altegio.reception.changeClient(record, { phone: "+79990001122" });
  await salon.settled();
  const again = salon.altegio.reception.book({ clientId: record.clientId });
  await salon.settled();

  expect(contactsOf(salon, [again])).toEqual(contactsOf(salon, [record]));
  expect(salon.kommo.account.cards.contacts.size).toBe(1);
});

test("the same person is one contact in two locations", async () => {
  await using salon = await openSalon({
    settings: { ...APART.settings, locations: ["4564", "4565"] },
    before: ({ altegio }) =>
      void addLocation(altegio, { id: 4_565, title: "Second", offsetMinutes: -300 }),
  });

  const one = salon.altegio.reception.book({ client: { name: "Anna", phone: NUMBER } });
  await salon.settled();
  salon.clock.moveBy(2_000);
  const other = salon.altegio.reception.book({ client: { name: "Anna", phone: NUMBER } }, 4_565);
  await salon.settled();

  expect(contactsOf(salon, [one, other]).every((id) => id !== undefined)).toBe(true);
  expect(salon.kommo.account.cards.contacts.size).toBe(1);
});

test("where the number decides, two clients who share it share the contact", async () => {
  await using salon = await openSalon();

  const records = ["Mother", "Daughter"].map((name) =>
    salon.altegio.reception.book({ client: { name, phone: NUMBER } }),
  );
  await salon.settled();

  expect(records.map(({ id }) => salon.leadsOf(id).length)).toEqual([1, 1]);
  expect(salon.kommo.account.cards.contacts.size).toBe(1);
});
