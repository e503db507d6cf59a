// From Kommo to Altegio: attendance and checkout by stage, and a visit that is never paid twice.
import { expect, test as inTurn } from "@jest/globals";
import type { Fault } from "../../src/simulator/kommo/faults.ts";
import { FIRST, openSalon, PIPELINE, SECOND, WON, type Salon, type SalonOptions } from "./salon.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const ANNA = { name: "Anna", phone: "+79151234567" };
const PAY_AT_SECOND: SalonOptions = {
  settings: {
    stages: [],
    checkoutByStage: [{ pipelineId: PIPELINE, statusId: SECOND, method: "cash" }],
    attendanceByStage: [{ pipelineId: PIPELINE, statusId: WON, attendance: 1 }],
  },
};

async function bookedLead(salon: Salon) {
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();
  const [lead] = salon.leadsOf(record.id);
  if (lead === undefined) throw new Error("no lead");
  return { record, lead };
}

async function move(salon: Salon, leadId: number, statusId: number): Promise<void> {
  salon.clock.moveBy(2_000);
  salon.kommo.browser.changeLead(leadId, { status_id: statusId });
  await salon.engine.heedLeads([leadId]);
  await salon.settled();
}

const payments = (salon: Salon) => [...salon.altegio.reception.location().transactions.values()];

test("a lead moved to the stage of the checkout pays the visit once, with a note", async () => {
  await using salon = await openSalon(PAY_AT_SECOND);
  const { record, lead } = await bookedLead(salon);

  await move(salon, lead.id, SECOND);
  await salon.engine.heedLeads([lead.id, lead.id]);
  await salon.settled();

  expect(salon.altegio.reception.paid(record)).toBe(4_000);
  expect(payments(salon)).toHaveLength(1);
  expect(record.attendance).toBe(1);
  expect(salon.notesOn(lead.id)).toContain(
    `Altegio: visit checked out (${String(record.id)}): 4000 cash`,
  );
  expect(salon.field(lead, "payment_status")).toBe("paid_full");
});

const LOST: readonly (readonly [string, Fault])[] = [
  ["paid, and the connection is reset", { kind: "reset", saved: "all", method: "PUT" }],
  ["paid, and no answer comes", { kind: "silence", saved: "all", method: "PUT" }],
  ["paid, and a 504 comes", { kind: "status", status: 504, saved: "all", method: "PUT" }],
  ["paid, and half an answer comes", { kind: "garble", as: "truncated", method: "PUT" }],
  ["not paid, and the connection is reset", { kind: "reset", saved: "nothing", method: "PUT" }],
  ["not paid, and no answer comes", { kind: "silence", saved: "nothing", method: "PUT" }],
  ["not paid, and a 500 comes", { kind: "status", status: 500, method: "PUT" }],
  ["not paid, and a 429 comes", { kind: "status", status: 429, method: "PUT" }],
];

test.each(LOST)("%s: in the end it is paid exactly once", async (_, fault) => {
  await using salon = await openSalon(PAY_AT_SECOND);
  const { record, lead } = await bookedLead(salon);

  salon.altegio.fail({ ...fault, path: "/api/v1/visits/" });
  await move(salon, lead.id, SECOND);

  expect(salon.altegio.reception.paid(record)).toBe(4_000);
  expect(payments(salon)).toHaveLength(1);
  expect(salon.notesOn(lead.id).filter((text) => text.includes("checked out"))).toHaveLength(1);
});

test("the daemon is restarted while the answer is lost: paid once", async () => {
  await using salon = await openSalon(PAY_AT_SECOND);
  const { record, lead } = await bookedLead(salon);

  salon.altegio.fail({ kind: "silence", saved: "all", method: "PUT", path: "/api/v1/visits/" });
  salon.kommo.browser.changeLead(lead.id, { status_id: SECOND });
  await salon.engine.heedLeads([lead.id]);
  await salon.until(() => payments(salon).length === 1);
  await salon.restart();
  await salon.settled();

  expect(payments(salon)).toHaveLength(1);
  expect(salon.altegio.reception.paid(record)).toBe(4_000);
});

test("a visit that was paid at the desk is not paid again", async () => {
  await using salon = await openSalon(PAY_AT_SECOND);
  const { record, lead } = await bookedLead(salon);
  salon.altegio.reception.pay(record);
  await salon.settled();

  await move(salon, lead.id, SECOND);

  expect(payments(salon)).toHaveLength(1);
  expect(salon.notesOn(lead.id).at(-1)).toContain("was paid already");
});

test("a printed receipt refuses, and the lead says so", async () => {
  await using salon = await openSalon(PAY_AT_SECOND);
  const { record, lead } = await bookedLead(salon);
  record.isBillPrinted = true;

  await move(salon, lead.id, SECOND);

  expect(payments(salon)).toHaveLength(0);
  expect(salon.notesOn(lead.id).at(-1)).toContain("NOT checked out");
});

test("a part of the sum goes to the account that was chosen", async () => {
  await using salon = await openSalon(PAY_AT_SECOND);
  const { record, lead } = await bookedLead(salon);
  const card = salon.altegio.reception.location().accounts.find(({ isCash }) => !isCash);

  await salon.engine.want([
    salon.engine.newOrder({
      idempotency: "one",
      locationId: "4564",
      recordId: String(record.id),
      leadId: lead.id,
      asked: { kind: "checkout", method: "cashless", accountId: String(card?.id), amount: 1_500.5 },
    }),
  ]);
  await salon.settled();

  expect(payments(salon)).toMatchObject([{ amount: 1_500.5, accountId: card?.id }]);
  expect(salon.field(lead, "payment_status")).toBe("paid_not_full");
  expect(salon.field(lead, "payment_type")).toBe("cashless");
});

test.each([
  ["more than is open", 4_000.01],
  ["nothing", 0],
  ["less than nothing", -5],
])("%s is refused without a request that changes anything", async (_, amount) => {
  await using salon = await openSalon(PAY_AT_SECOND);
  const { record, lead } = await bookedLead(salon);

  await salon.engine.want([
    salon.engine.newOrder({
      idempotency: "one",
      locationId: "4564",
      recordId: String(record.id),
      leadId: lead.id,
      asked: { kind: "checkout", method: "cash", amount },
    }),
  ]);
  await salon.settled();

  expect(salon.altegio.journal.entries().filter(({ method }) => method === "PUT")).toEqual([]);
  expect(salon.notesOn(lead.id).at(-1)).toContain("NOT checked out");
});

test("a stage sets the attendance, and what comes back moves nothing", async () => {
  await using salon = await openSalon({
    settings: {
      attendanceByStage: [{ pipelineId: PIPELINE, statusId: SECOND, attendance: 1 }],
    },
  });
  const { record, lead } = await bookedLead(salon);

  await move(salon, lead.id, SECOND);
  const puts = salon.altegio.journal.entries().filter(({ method }) => method === "PUT").length;
  await salon.engine.heedLeads([lead.id]);
  await salon.settled();

  expect(record.attendance).toBe(1);
  expect(puts).toBe(1);
  expect(salon.altegio.journal.entries().filter(({ method }) => method === "PUT")).toHaveLength(1);
  expect(salon.kommo.account.cards.leads.get(lead.id)?.status_id).toBe(SECOND);
});

test("our own move of a lead orders nothing in Altegio", async () => {
  await using salon = await openSalon({
    settings: { attendanceByStage: [{ pipelineId: PIPELINE, statusId: SECOND, attendance: 2 }] },
  });
  const { record, lead } = await bookedLead(salon);

  salon.clock.moveBy(2_000);
  salon.altegio.reception.change(record, { attendance: 1 });
  await salon.settled();
  await salon.engine.heedLeads([lead.id]);
  await salon.settled();

  expect(salon.kommo.account.cards.leads.get(lead.id)?.status_id).toBe(SECOND);
  expect(record.attendance).toBe(1);
});

test("a blocked appointment refuses the attendance, and the lead says so", async () => {
  await using salon = await openSalon({
    settings: { attendanceByStage: [{ pipelineId: PIPELINE, statusId: SECOND, attendance: -1 }] },
  });
  const { record, lead } = await bookedLead(salon);
  record.isUpdateBlocked = true;

  await move(salon, lead.id, SECOND);

  expect(record.attendance).toBe(0);
  expect(salon.notesOn(lead.id).at(-1)).toContain("did not take the attendance");
});

test("a merge is put back: fields, price and stage as they were, and what a person changed stays", async () => {
  await using salon = await openSalon();
  const contact = salon.kommo.seed.contact({ name: "Anna", phones: [ANNA.phone] });
  const lead = salon.kommo.seed.lead({ name: "Asked", contactId: contact.id });
  const record = salon.altegio.reception.book({ client: ANNA, comment: "ours", attendance: 1 });
  await salon.settled();
  const merged = { ...lead };
  const staff = salon.fields.get("staff") ?? 0;
  salon.kommo.browser.changeLead(lead.id, {
    custom_fields_values: [{ field_id: staff, values: [{ value: "somebody else" }] }],
  });

  const dry = await salon.answer({
    ask: "altegio",
    what: "undo",
    isDryRun: true,
    recordId: String(record.id),
  });
  const done = await salon.answer({
    ask: "altegio",
    what: "undo",
    isDryRun: false,
    recordId: String(record.id),
  });
  await salon.settled();
  salon.clock.moveBy(2_000);
  salon.altegio.reception.change(record, { comment: "again" });
  await salon.settled();

  expect(merged).toMatchObject({ price: 4_000, status_id: SECOND });
  expect(dry).toMatchObject({ ok: true, value: [{ leadId: lead.id, isDone: false }] });
  expect(done).toMatchObject({ ok: true, value: [{ leadId: lead.id, isDone: true }] });
  expect(lead).toMatchObject({ price: 0, status_id: FIRST });
  expect(salon.field(lead, "record_id")).toBeUndefined();
  expect(salon.field(lead, "comment")).toBeUndefined();
  expect(salon.field(lead, "staff")).toBe("somebody else");
});
