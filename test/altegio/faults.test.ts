// Altegio's bad days: each fault of its answers, its webhooks and its spellings is played to the end.
// The table of all faults with their tests stands in fault-table.test.ts.
import { expect, test as inTurn } from "@jest/globals";
import type { AltegioSwitches } from "../../src/simulator/altegio/switches.ts";
import type { Fault } from "../../src/simulator/kommo/faults.ts";
import { openSalon, PIPELINE, SECOND, type Salon } from "./salon.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const ANNA = { name: "Anna", phone: "+79151234567" };

const READ_FAULTS: readonly (readonly [string, Fault])[] = [
  ["500", { kind: "status", status: 500, times: 3 }],
  ["502 with a page", { kind: "status", status: 502, html: true, times: 3 }],
  ["504", { kind: "status", status: 504, times: 3 }],
  ["429 that says when", { kind: "status", status: 429, retryAfterSeconds: 2, times: 3 }],
  ["429 that does not", { kind: "status", status: 429, times: 3 }],
  ["an answer cut short", { kind: "garble", as: "truncated", times: 3 }],
  ["half of the JSON", { kind: "garble", as: "invalid-json", times: 3 }],
  ["a page in place of JSON", { kind: "garble", as: "html", times: 3 }],
  ["a reset connection", { kind: "reset", saved: "all", times: 3 }],
  ["no answer at all", { kind: "silence", saved: "all", times: 2 }],
  ["an answer after the limit", { kind: "slow-answer", ms: 30_000, times: 2 }],
];

test.each(READ_FAULTS)("%s: the appointment comes late, and once", async (_, fault) => {
  await using salon = await openSalon();
  await salon.settled();

  salon.altegio.fail(fault);
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();

  expect(salon.leadsOf(record.id)).toHaveLength(1);
  expect(salon.kommo.account.cards.leads.size).toBe(1);
});

const HOOKS: readonly (readonly [string, (salon: Salon) => void])[] = [
  ["five times each", ({ altegio }) => (altegio.switches.webhookCopies = 5)],
  ["late", ({ altegio }) => (altegio.switches.webhookDelayMs = 3_000)],
  ["as a list", ({ altegio }) => (altegio.switches.webhookBody = "array")],
];

test.each(HOOKS)("webhooks %s: one lead, and the last state wins", async (_, spoil) => {
  await using salon = await openSalon({ byWebhooks: true });
  spoil(salon);

  const record = salon.altegio.reception.book({ client: ANNA });
  salon.clock.moveBy(2_000);
  salon.altegio.reception.change(record, { comment: "second" });
  salon.clock.moveBy(2_000);
  salon.altegio.reception.change(record, { comment: "third", attendance: 1 });
  await salon.until(() => salon.field(salon.leadsOf(record.id)[0], "comment") === "third");
  await salon.settled();

  expect(salon.leadsOf(record.id)).toHaveLength(1);
  expect(salon.leadsOf(record.id)[0]?.status_id).toBe(SECOND);
});

test("webhooks in the wrong order end in the same state", async () => {
  await using salon = await openSalon({ byWebhooks: true });
  const { altegio } = salon;

  const held = altegio.webhooks.hold();
  const record = altegio.reception.book({ client: ANNA });
  altegio.reception.change(record, { comment: "second" });
  altegio.reception.change(record, { comment: "third" });
  held.release("reversed");
  await salon.until(() => salon.field(salon.leadsOf(record.id)[0], "comment") === "third");
  await salon.settled();

  expect(salon.leadsOf(record.id)).toHaveLength(1);
});

test("lost webhooks are found by the polling, deletions too", async () => {
  await using salon = await openSalon();

  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();
  salon.clock.moveBy(2_000);
  salon.altegio.reception.remove(record);
  await salon.settled();

  expect(salon.altegio.webhooks.deliveries()).toHaveLength(0);
  expect(salon.field(salon.leadsOf(record.id)[0], "attendance")).toBe("cancelled");
});

const BODIES: readonly (readonly [string, string, string])[] = [
  [
    "an unknown resource",
    '{"company_id":4564,"resource":"moon","resource_id":1}',
    "application/json",
  ],
  [
    "no data",
    '{"company_id":4564,"resource":"finances_operation","status":"create"}',
    "application/json",
  ],
  [
    "another location",
    '{"company_id":1,"resource":"record","resource_id":5,"status":"create"}',
    "application/json",
  ],
  ["no JSON", "resource=record", "application/json"],
  ["the wrong content type", '{"company_id":4564}', "text/plain"],
  ["a huge body", JSON.stringify({ x: "y".repeat(6_000_000) }), "application/json"],
  ["texts in place of objects", '["a",1,null,[[]]]', "application/json"],
  [
    "ids that are none",
    '{"company_id":"4564","resource":"record","resource_id":"1 OR 1","status":{}}',
    "application/json",
  ],
];

test.each(BODIES)("a webhook with %s changes nothing and breaks nothing", async (_, body, type) => {
  await using salon = await openSalon({ byWebhooks: true });
  await salon.settled();
  const before = salon.requests();

  await salon.altegio.webhooks.post(body, type);
  await salon.settled();
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.until(() => salon.leadsOf(record.id).length === 1);

  expect(await salon.rows("SELECT 1 FROM altegio_record")).toHaveLength(1);
  expect(salon.requests()).toBeGreaterThan(before);
});

test("a burst of 500 events never exceeds Altegio's 5 a second and 200 a minute", async () => {
  await using salon = await openSalon({ atAltegiosPace: true, settings: { fillFrom: "never" } });
  const records = Array.from({ length: 125 }, (_, index) =>
    salon.altegio.reception.book({ client: { phone: `+7915${String(1_000_000 + index)}` } }),
  );

  for (let time = 0; time < 4; time++)
    for (const { id } of records)
      salon.engine.hear({
        company_id: 4564,
        resource: "record",
        resource_id: id,
        status: "create",
      });
  await salon.until(() => records.every(({ id }) => salon.leadsOf(id).length === 1));

  const refused = salon.altegio.journal.entries().filter(({ status }) => status === 429);
  expect(refused).toEqual([]);
  expect(salon.kommo.account.cards.leads.size).toBe(125);
});

test("a webhook without the secret finds nothing there", async () => {
  await using salon = await openSalon({ byWebhooks: true });

  const answer = await fetch(salon.hookUrl.replace(/salon$/, "other"), {
    method: "POST",
    body: "{}",
  });

  expect(answer.status).toBe(404);
});

test("what a webhook says of an appointment is not believed: it is read anew", async () => {
  await using salon = await openSalon({ byWebhooks: true });
  const record = salon.altegio.reception.book({ client: ANNA, comment: "true" });

  const data = {
    id: record.id,
    comment: "false",
    attendance: 1,
    client: { phone: "+79990000000" },
  };
  const told = {
    company_id: 4564,
    resource: "record",
    resource_id: record.id,
    status: "update",
    data,
  };
  await salon.altegio.webhooks.post(JSON.stringify(told));
  await salon.until(() => salon.leadsOf(record.id).length === 1);
  await salon.settled();

  expect(salon.field(salon.leadsOf(record.id)[0], "comment")).toBe("true");
});

const SPELLINGS: readonly Partial<AltegioSwitches>[] = [
  { phones: "number" },
  { flags: "numbers" },
  { flags: "booleans" },
  { offsets: "colon" },
  { offsets: "millis" },
  { emptyFields: "object" },
  { deletedRecord: "404" },
  { firstPage: 0 },
];

test.each(SPELLINGS)("spelt as %j it is the same appointment", async (switches) => {
  await using salon = await openSalon({ switches });

  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();
  salon.clock.moveBy(2_000);
  salon.altegio.reception.pay(record);
  await salon.settled();
  const [paid] = salon.leadsOf(record.id);
  const status = salon.field(paid, "payment_status");
  salon.clock.moveBy(2_000);
  salon.altegio.reception.remove(record);
  await salon.settled();

  expect(salon.leadsOf(record.id)).toHaveLength(1);
  expect(status).toBe("paid_full");
  expect(salon.field(salon.leadsOf(record.id)[0], "attendance")).toBe("cancelled");
});

test.each(["masked", "empty"] as const)(
  "a telephone that is %s makes a lead and never a number on the contact",
  async (phones) => {
    await using salon = await openSalon({ switches: { phones } });

    const record = salon.altegio.reception.book({ client: ANNA });
    await salon.settled();

    const [lead] = salon.leadsOf(record.id);
    const contact = salon.kommo.account.cards.contacts.get(lead?.contacts[0]?.id ?? 0);
    expect(contact?.name).toBe("Anna");
    expect(contact?.fields).toEqual([]);
  },
);

test("a break without a client makes nothing", async () => {
  await using salon = await openSalon();

  salon.altegio.reception.book({ client: null });
  await salon.settled();

  expect(salon.kommo.account.cards.leads.size).toBe(0);
});

test("the same record ID in two locations is two appointments with two leads", async () => {
  const { addLocation } = await import("../../src/simulator/altegio/state.ts");
  await using salon = await openSalon({
    switches: { recordIds: "by-location" },
    settings: { locations: ["4564", "4565"] },
    before: ({ altegio }) =>
      void addLocation(altegio, { id: 4_565, title: "Second", offsetMinutes: -300 }),
  });

  const one = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();
  salon.clock.moveBy(2_000);
  const other = salon.altegio.reception.book(
    { client: { name: "Boris", phone: "+79150000022" }, comment: "other" },
    4_565,
  );
  await salon.settled();

  const comments = salon.leadsOf(one.id).map((lead) => salon.field(lead, "comment"));
  expect(other.id).toBe(one.id);
  expect(comments.toSorted()).toEqual(["other", undefined]);
});

test("a webhook that is sent again ten seconds later changes nothing", async () => {
  await using salon = await openSalon({ byWebhooks: true });
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.until(() => salon.leadsOf(record.id).length === 1);
  await salon.settled();
  const writes = salon.writes().length;
  const [first] = salon.altegio.webhooks.deliveries();

  for (let time = 0; time < 2; time++) {
    salon.clock.moveBy(10_000);
    await salon.altegio.webhooks.post(JSON.stringify(first?.payload));
    await salon.settled();
  }

  expect(salon.writes()).toHaveLength(writes);
  expect(salon.leadsOf(record.id)).toHaveLength(1);
});

test("our own change that comes back as a webhook is no change", async () => {
  await using salon = await openSalon({
    byWebhooks: true,
    settings: { attendanceByStage: [{ pipelineId: PIPELINE, statusId: SECOND, attendance: 1 }] },
  });
  for (const { hooks } of salon.altegio.altegio.locations.values()) hooks["self_sending"] = 1;
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.until(() => salon.leadsOf(record.id).length === 1);
  await salon.settled();
  const leadId = salon.leadsOf(record.id)[0]?.id ?? 0;

  salon.clock.moveBy(2_000);
  salon.kommo.browser.changeLead(leadId, { status_id: SECOND });
  await salon.engine.heedLeads([leadId]);
  await salon.until(() => record.attendance === 1);
  await salon.settled();
  await salon.engine.heedLeads([leadId]);
  await salon.settled();

  const puts = salon.altegio.journal.entries().filter(({ method }) => method === "PUT");
  expect(puts).toHaveLength(1);
  expect(salon.leadsOf(record.id)[0]?.status_id).toBe(SECOND);
});

test.each([403, 422])(
  "outside of the period for changes (%d) the attendance is refused, and the lead says so",
  async (status) => {
    await using salon = await openSalon({
      settings: { attendanceByStage: [{ pipelineId: PIPELINE, statusId: SECOND, attendance: -1 }] },
    });
    const record = salon.altegio.reception.book({ client: ANNA });
    await salon.settled();
    const leadId = salon.leadsOf(record.id)[0]?.id ?? 0;
    const detail = "Outside of the allowed period.";

    salon.altegio.fail({ kind: "status", status, detail, method: "PUT" });
    salon.kommo.browser.changeLead(leadId, { status_id: SECOND });
    await salon.engine.heedLeads([leadId]);
    await salon.settled();

    expect(record.attendance).toBe(0);
    expect(salon.notesOn(leadId).at(-1)).toContain(detail);
  },
);

test("a location that may not be read holds up nobody in the other one", async () => {
  await using salon = await openSalon({ settings: { locations: ["9999", "4564"] } });

  const record = salon.altegio.reception.book({ client: ANNA });
  salon.engine.hear({
    ...{ company_id: 4564, resource: "record", resource_id: record.id, status: "create" },
  });
  await salon.until(() => salon.leadsOf(record.id).length === 1);
  const other = salon.altegio.reception.book({ client: { name: "B", phone: "+79150000011" } });
  await salon.until(() => salon.leadsOf(other.id).length === 1);

  expect(salon.log.some((line) => line.includes("altegio was not polled"))).toBe(true);
});

test("each client of a group event has a lead of its own, and a place in it can be marked as come", async () => {
  await using salon = await openSalon({
    settings: { attendanceByStage: [{ pipelineId: PIPELINE, statusId: SECOND, attendance: 1 }] },
  });
  const [one, other] = ["+79150000031", "+79150000032"].map((phone) =>
    salon.altegio.reception.book({ client: { name: phone, phone }, activityId: 77 }),
  );
  await salon.settled();
  const leadId = salon.leadsOf(one?.id ?? 0)[0]?.id ?? 0;

  salon.clock.moveBy(2_000);
  salon.kommo.browser.changeLead(leadId, { status_id: SECOND });
  await salon.engine.heedLeads([leadId]);
  await salon.settled();

  expect(salon.leadsOf(other?.id ?? 0)).toHaveLength(1);
  expect(salon.leadsOf(other?.id ?? 0)[0]?.id).not.toBe(leadId);
  expect([one?.attendance, other?.attendance]).toEqual([1, 0]);
  expect(one?.activityId).toBe(77);
});
