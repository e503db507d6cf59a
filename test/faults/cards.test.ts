// Cards that people make, close, delete, accept and decline while calls come in.
import { expect, test as inTurn } from "@jest/globals";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import { answeredBy, missedBy, openFaultOffice, type FaultOffice } from "./fault-office.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const ANA = "79161110001";
const STRANGER = "79162220001";
const MINUTE = 60_000;

const cardsOfCalls = ({ kommo }: FaultOffice): unknown[] =>
  kommo.journal.calls().map(({ card }) => `${card.type} ${card.id}`);
const uidOf = ({ kommo }: FaultOffice): string => kommo.journal.unsorted().at(-1)?.uid ?? "";
const makings = (office: FaultOffice): string[] =>
  office.requests().filter((one) => /^POST .*(contacts|complex|unsorted\/sip)$/.test(one));

test.each([
  ["contact", "/api/v4/contacts"],
  ["unsorted", "/api/v4/leads/unsorted/sip"],
  ["contact_and_lead", "/api/v4/leads/complex"],
] as const)(
  "F51: a person makes a contact between our search and our %s: one more at most, and later calls make none",
  async (unknownClient, path) => {
    await using office = await openFaultOffice({ settings: { unknownClient } });
    office.kommo.fail({ kind: "slow-save", ms: 5_000, path });
    await office.answered(STRANGER);
    await office.until(() => office.requests().length === 1, 0);
    office.kommo.seed.contact({ phones: [STRANGER] });
    await office.settled();

    await office.answered(STRANGER);
    await office.missed(STRANGER);
    await office.settled();

    expect(office.problems({ mayHaveTwoCards: [STRANGER] })).toEqual([]);
    expect(makings(office)).toHaveLength(1);
    expect(office.kommo.journal.calls()).toHaveLength(3);
  },
);

test.each<[string, Partial<Switches>]>([
  ["unsorted", {}],
  ["unsorted", { notesOnUnsorted: "accept", answerOrder: "reversed", callsErrors: "bare" }],
  ["contact", { lateMatchMs: 60_000, lateSearchMs: 60_000 }],
  ["contact_and_lead", { lateMatchMs: 60_000, lateSearchMs: 60_000 }],
])(
  "F52: a new number that calls 30 times in a burst makes one card (%s, %j)",
  async (make, switches) => {
    const unknownClient = make as "unsorted";
    await using office = await openFaultOffice({ switches, settings: { unknownClient } });

    await office.together(
      ...Array.from({ length: 30 }, (_, index) =>
        (index % 3 === 0 ? answeredBy : missedBy)(office.clock, STRANGER),
      ),
    );
    await office.settled();

    expect(office.problems()).toEqual([]);
    expect(makings(office)).toHaveLength(1);
    expect(office.kommo.journal.calls()).toHaveLength(30);
  },
);

test("F52: the same with answers lost on the way", async () => {
  await using office = await openFaultOffice();
  office.kommo.fail({ kind: "drop", saved: "all", method: "POST", times: 3 });

  await office.together(...Array.from({ length: 30 }, () => answeredBy(office.clock, STRANGER)));
  await office.settled();

  expect(office.problems()).toEqual([]);
  expect(office.kommo.journal.contacts()).toHaveLength(1);
});

test.each(["won", "lost"] as const)(
  "a closed lead (%s) takes no call: the contact does",
  async (as) => {
    await using office = await openFaultOffice();
    const contact = office.kommo.seed.contact({ phones: [ANA] });
    const lead = office.kommo.seed.lead({ contactId: contact.id });
    await office.answered(ANA);
    await office.settled();

    office.kommo.browser.closeLead(lead.id, as);
    await office.answered(ANA);
    await office.settled();

    expect(cardsOfCalls(office)).toEqual([`leads ${lead.id}`, `contacts ${contact.id}`]);
    expect(office.problems()).toEqual([]);
  },
);

test("a deleted card takes no call, and its client is a stranger again", async () => {
  await using office = await openFaultOffice();
  const contact = office.kommo.seed.contact({ phones: [ANA] });
  await office.answered(ANA);
  await office.settled();

  office.kommo.browser.deleteCard("contacts", contact.id);
  await office.answered(ANA);
  await office.settled();

  expect(office.problems({ mayHaveTwoCards: [ANA] })).toEqual([]);
  expect(office.kommo.journal.unsorted()).toHaveLength(1);
});

test("of several contacts with the number the oldest takes the call", async () => {
  await using office = await openFaultOffice();
  const [oldest] = [1, 2, 3].map(() => office.kommo.seed.contact({ phones: [ANA] }));

  await office.answered(ANA);
  await office.settled();

  expect(cardsOfCalls(office)).toEqual([`contacts ${oldest?.id}`]);
  expect(office.problems()).toEqual([]);
});

test("with several open leads the contact takes the call", async () => {
  await using office = await openFaultOffice();
  const contact = office.kommo.seed.contact({ phones: [ANA] });
  office.kommo.seed.lead({ contactId: contact.id });
  office.kommo.seed.lead({ contactId: contact.id });

  await office.answered(ANA);
  await office.settled();

  expect(cardsOfCalls(office)).toEqual([`contacts ${contact.id}`]);
  expect(office.problems()).toEqual([]);
});

test("a decline sets aside what waited, with that reason, and the next call makes a new incoming lead", async () => {
  await using office = await openFaultOffice({ switches: { notesOnUnsorted: "refuse" } });
  await office.answered(STRANGER);
  await office.missed(STRANGER, { truth: { booked: "never" } });
  await office.settled();

  office.kommo.browser.decline(uidOf(office));
  await office.pass(10 * MINUTE, 10_000);
  await office.answered(STRANGER);
  await office.settled();

  expect(await office.setAside()).toEqual([
    "the client's incoming lead was declined while this call waited for it",
  ]);
  expect(office.kommo.journal.unsorted().map(({ state }) => state)).toEqual([
    "declined",
    "waiting",
  ]);
  expect(office.problems()).toEqual([]);
});

test("a lead that was accepted and refuses the call's note all the same: the call goes by its number", async () => {
  await using office = await openFaultOffice({ switches: { notesOnUnsorted: "refuse" } });
  await office.answered(STRANGER);
  await office.missed(STRANGER);
  await office.settled();

  office.kommo.browser.accept(uidOf(office));
  office.kommo.fail({ kind: "status", status: 400, path: "/api/v4/leads/notes", times: 1_000 });
  await office.pass(60 * MINUTE, 30_000);
  await office.settled();

  expect(office.problems()).toEqual([]);
  expect(office.kommo.journal.calls().map(({ via }) => via)).toEqual(["unsorted", "calls"]);
});
