// Cards and tasks on the simulated account, as they stand after the calls of an office.
import { expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { answeredCall, missedCall, outboundCall, settings } from "./made-up-call.ts";
import { openOffice, type Office } from "./kommo-office.ts";

const CLIENT = "79161234567";
const MINUTE = 60_000;

const justNow = (): Pick<FinishedCall, "startedAt" | "endedAt"> => {
  const now = Date.now();
  return { startedAt: epochMs(now - 6_000), endedAt: epochMs(now) };
};

const missed = (): FinishedCall => missedCall(justNow());
const answered = (): FinishedCall => answeredCall(justNow());
const inTurn = ({ kommo }: Office): unknown[] =>
  kommo.journal.calls().map(({ card, call_status: status }) => [card.type, card.id, status]);
const uidOf = ({ kommo }: Office): string => kommo.journal.unsorted().at(-1)?.uid ?? "";

test("thirty calls of a new number in a minute make one card", async () => {
  await using office = await openOffice();

  await office.end(...Array.from({ length: 30 }, missed));

  const { journal } = office.kommo;
  expect(journal.unsorted()).toHaveLength(1);
  expect(new Set(journal.calls().map(({ uniq }) => uniq)).size).toBe(30);
  expect(journal.calls()).toHaveLength(30);
  expect(journal.tasks()).toEqual([]);
});

test("thirty calls of a new number that becomes a contact make one contact, too", async () => {
  await using office = await openOffice({ unknownClient: "contact" }, { lateMatchMs: 60_000 });

  await office.end(...Array.from({ length: 30 }, answered));

  const { journal } = office.kommo;
  expect(journal.contacts()).toHaveLength(1);
  expect(new Set(journal.calls().map(({ uniq }) => uniq)).size).toBe(30);
});

test("while notes on an incoming lead are refused calls wait, and are booked once it is accepted", async () => {
  await using office = await openOffice({}, { notesOnUnsorted: "refuse" });
  await office.end(missed(), missed(), missed());
  const before = inTurn(office);
  await office.pass(5 * MINUTE);
  const stillWaiting = inTurn(office);

  office.kommo.browser.accept(uidOf(office));
  await office.pass(60 * MINUTE);

  expect(before).toHaveLength(1);
  expect(stillWaiting).toHaveLength(1);
  expect(office.kommo.journal.calls()).toHaveLength(3);
  expect(office.kommo.journal.unsorted()).toHaveLength(1);
  expect(office.asideFor).toEqual([]);
});

test("what waited for an incoming lead is set aside when it is declined; the next call makes a new one", async () => {
  await using office = await openOffice({}, { notesOnUnsorted: "refuse" });
  await office.end(missed(), missed());

  office.kommo.browser.decline(uidOf(office));
  await office.pass(5 * MINUTE);
  await office.end(missed());

  expect(office.asideFor).toEqual([
    "the client's incoming lead was declined while this call waited for it",
  ]);
  expect(office.kommo.journal.unsorted().map(({ state }) => state)).toEqual([
    "declined",
    "waiting",
  ]);
});

test("a call that waits is in nobody's way, and is booked as soon as the next one shows that it can be", async () => {
  await using office = await openOffice({}, { notesOnUnsorted: "refuse" });
  await office.end(missed(), missed());

  office.kommo.browser.accept(uidOf(office));
  await office.end(answered());

  const statuses = office.kommo.journal.calls().map(({ call_status: status }) => status);
  expect(statuses).toEqual([null, 4, 6]);
});

test.each([404, 204] as const)(
  "after a decline the next call makes a new incoming lead, told by a %d",
  async (unsortedGoneStatus) => {
    await using office = await openOffice({}, { unsortedGoneStatus });
    await office.end(missed());

    office.kommo.browser.decline(uidOf(office));
    await office.end(missed());

    expect(office.asideFor).toEqual([]);
    expect(office.kommo.journal.unsorted()).toHaveLength(2);
  },
);

test("ten missed calls of one client leave one task, the next talk completes it", async () => {
  await using office = await openOffice();
  office.kommo.seed.contact({ phones: [CLIENT], responsibleUserId: 9_100_004 });
  for (let calls = 0; calls < 10; calls++) await office.end(missed());
  const open = office.kommo.journal.tasks().map(({ is_completed: done }) => done);

  await office.end(outboundCall(justNow()));

  expect(open).toEqual([false]);
  expect(office.kommo.journal.tasks()).toMatchObject([
    {
      is_completed: true,
      result: "The client was called and answered",
      responsible_user_id: 9_100_004,
      task_type_id: 1,
    },
  ]);
  expect(office.kommo.journal.calls()).toHaveLength(11);
});

test("ten missed calls that are told together leave one task as well", async () => {
  await using office = await openOffice();
  office.kommo.seed.contact({ phones: [CLIENT] });

  await office.end(...Array.from({ length: 10 }, missed));

  expect(office.kommo.journal.tasks()).toHaveLength(1);
});

test("missed, then answered, both told together after an outage: no task is left to be done", async () => {
  await using office = await openOffice();
  office.kommo.seed.contact({ phones: [CLIENT] });

  await office.end(missed(), answered());

  expect(office.kommo.journal.tasks().filter((task) => !task.is_completed)).toEqual([]);
});

test("a task that somebody completed in Kommo makes room for the next", async () => {
  await using office = await openOffice();
  office.kommo.seed.contact({ phones: [CLIENT] });
  await office.end(missed());
  for (const task of office.kommo.account.tasks.values()) task.is_completed = true;

  await office.end(missed());

  expect(office.kommo.journal.tasks().map(({ is_completed: done }) => done)).toEqual([true, false]);
});

test("a task that is gone from Kommo is in nobody's way", async () => {
  await using office = await openOffice();
  office.kommo.seed.contact({ phones: [CLIENT] });
  await office.end(missed());
  office.kommo.account.tasks.clear();

  await office.end(answered());
  const { endedAt } = justNow();
  await office.end(missedCall({ startedAt: endedAt, endedAt: epochMs(endedAt + 9_000) }));

  expect(office.asideFor).toEqual([]);
  expect(office.kommo.journal.tasks()).toHaveLength(1);
});

test.each([
  ["always", 9_100_004, 9_100_001],
  ["if_default", 9_100_004, 9_100_004],
  ["if_default", 9_100_003, 9_100_001],
  ["never", 9_100_003, 9_100_003],
] as const)(
  "the responsible user of a card changes %s: from %d to %d",
  async (existingCard, before, after) => {
    const responsible = { ...settings.responsible, existingCard, defaultUser: 9_100_003 };
    await using office = await openOffice({ responsible });
    const contact = office.kommo.seed.contact({ phones: [CLIENT], responsibleUserId: before });

    await office.end(answered());

    const card = office.kommo.account.cards.contacts.get(contact.id);
    expect(card?.responsible_user_id).toBe(after);
  },
);

test("a known client without an open lead gets one, with the call on it, and no second one", async () => {
  const rules = [{ when: {}, then: { lead_for_known: true } }];
  await using office = await openOffice({ rules });
  const { id: contactId } = office.kommo.seed.contact({ phones: [CLIENT] });
  office.kommo.seed.lead({ contactId, closed: "won" });

  await office.end(answered());
  await office.end(answered());

  const [lead, ...others] = office.kommo.journal.leads();
  expect(others).toEqual([]);
  expect(lead?.contactIds).toEqual([contactId]);
  expect(inTurn(office)).toEqual([
    ["leads", lead?.id, 4],
    ["leads", lead?.id, 4],
  ]);
  expect(office.kommo.journal.contacts()).toEqual([]);
});

test("once the new lead is closed, the client's next call makes another", async () => {
  const rules = [{ when: {}, then: { lead_for_known: true } }];
  await using office = await openOffice({ rules });
  office.kommo.seed.contact({ phones: [CLIENT] });
  await office.end(answered());
  office.kommo.browser.closeLead(office.kommo.journal.leads()[0]?.id ?? 0, "won");
  const { endedAt } = justNow();
  const later = epochMs(endedAt + 11 * MINUTE);

  await office.end(answeredCall({ startedAt: later, endedAt: later }));

  expect(office.kommo.journal.leads()).toHaveLength(2);
});

test("a known company gets a lead of its own", async () => {
  const rules = [{ when: {}, then: { lead_for_known: true } }];
  await using office = await openOffice({ rules });
  const company = office.kommo.seed.company({ phones: [CLIENT] });

  await office.end(answered());

  const [lead] = office.kommo.journal.leads();
  expect(office.kommo.account.cards.leads.get(lead?.id ?? 0)?.company).toBe(company.id);
});

test("calls of known clients that a rule leaves out are not told, those of strangers are", async () => {
  const rules = [{ when: { client: "known" as const }, then: { register: false } }];
  await using office = await openOffice({ rules });
  office.kommo.seed.contact({ phones: ["79160000001"] });

  await office.end(missedCall({ clientPhone: "79160000001" }), missed());

  expect(office.kommo.journal.calls().map(({ phone }) => phone)).toEqual([CLIENT]);
});

test("a rule's card that is not there loses no call", async () => {
  const rules = [{ when: {}, then: { call_on: { lead: 1 } } }];
  await using office = await openOffice({ rules });
  const contact = office.kommo.seed.contact({ phones: [CLIENT] });

  await office.end(answered());

  expect(inTurn(office)).toEqual([["contacts", contact.id, 4]]);
});

test("what was decided after Kommo's answers is kept with the steps", async () => {
  await using office = await openOffice();

  await office.end(missed());
  await office.end(missed());

  expect(await office.decisions()).toEqual([
    "register-call: make an incoming lead",
    expect.stringMatching(/^add-unsorted: made lead \d+$/),
    "register-call: make an incoming lead",
    expect.stringMatching(/^add-call-note: the call stands on lead \d+$/),
  ]);
});
