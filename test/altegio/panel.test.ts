// What the panel on a lead card, or a program with a key, reads and does: over HTTP, against both simulators.
import { expect, test as inTurn } from "@jest/globals";
import { ANNA, openPanel, withLead } from "./panel-client.ts";
import { openSalon, type Salon } from "./salon.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

test("the panel shows the client's appointments, the lead's own first, and the bill", async () => {
  await using salon = await openSalon();
  const { record, leadId, at } = await withLead(salon);
  await using panel = await openPanel(salon);

  const { told } = await panel.ask(`/leads/${String(leadId)}`);
  const bill = await panel.ask(`/bill?location=4564&record=${at.record_id}`);

  expect(told["appointments"]).toMatchObject([
    { record_id: String(record.id), is_linked: true, services: ["Haircut"], cost: 4_000 },
  ]);
  expect(bill.told).toMatchObject({ due: 4_000, paid: 0, items: [{ title: "Haircut" }] });
});

test("the same checkout sent ten times pays once, and its outcome can be asked for", async () => {
  await using salon = await openSalon();
  const { leadId, at } = await withLead(salon);
  await using panel = await openPanel(salon);
  const headers = { "idempotency-key": "0123456789abcdef" };
  const asked = { lead: leadId, ...at, method: "cash" };

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => panel.ask("/checkout", asked, headers)),
  );
  await salon.settled();
  const { told } = await panel.ask("/checkouts/0123456789abcdef");

  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
  expect(told).toEqual({
    ...{ state: "done", outcome: "checked-out", code: null, detail: "4000 cash" },
  });
  expect(salon.altegio.reception.location().transactions.size).toBe(1);
});

/** A category of appointments in the simulated location. */
const VIP = 4564 * 100 + 51;

/** At the first free time, for the client of a lead that has no appointment yet. */
async function bookable(salon: Salon, panel: Awaited<ReturnType<typeof openPanel>>) {
  const contact = salon.kommo.seed.contact({ name: "Boris", phones: ["+79150000022"] });
  const lead = salon.kommo.seed.lead({ name: "Asked", contactId: contact.id });
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);

  const place = await panel.ask("/place?location=4564");
  const [staff] = place.told["staff"] as { id: string }[];
  const [service] = place.told["services"] as { id: string }[];
  const free = `/times?location=4564&staff=${staff?.id ?? ""}&day=${day}&services=${service?.id ?? ""}`;
  const { told } = await panel.ask(free);
  const [time] = told["times"] as { datetime: string; length_seconds: number }[];
  const wish = {
    lead: lead.id,
    location_id: "4564",
    staff_id: staff?.id,
    service_ids: [service?.id],
    datetime: time?.datetime,
    length_seconds: time?.length_seconds,
  };
  return { lead, wish };
}

test("a booking takes a free time and stands on the lead; a taken one is refused", async () => {
  await using salon = await openSalon();
  await using panel = await openPanel(salon);
  const { lead, wish } = await bookable(salon, panel);

  const booked = await panel.ask("/book", wish);
  const again = await panel.ask("/book", wish);
  await salon.settled();

  expect(booked.status).toBe(200);
  expect(again).toMatchObject({ status: 409, told: { error: "time_busy" } });
  expect(salon.leadsOf(Number(booked.told["record_id"])).map(({ id }) => id)).toEqual([lead.id]);
  expect(salon.kommo.account.cards.leads.size).toBe(1);
});

test("a booking from the card has the colour and the categories of the configuration", async () => {
  await using salon = await openSalon({
    settings: { booking: { color: "f44336", labels: [VIP] } },
  });
  await using panel = await openPanel(salon);
  const { lead, wish } = await bookable(salon, panel);

  const { told } = await panel.ask("/book", wish);
  await salon.settled();

  const record = salon.altegio.reception.location().records.get(Number(told["record_id"]));
  expect(record).toMatchObject({ customColor: "f44336", labels: [VIP] });
  expect(salon.leadsOf(record?.id ?? 0).map(({ id }) => id)).toEqual([lead.id]);
});

test("an appointment is moved and cancelled, and the lead follows", async () => {
  await using salon = await openSalon();
  const { record, at } = await withLead(salon);
  await using panel = await openPanel(salon);
  const datetime = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 19) + "+05:00";

  const moved = await panel.ask("/move", { ...at, datetime });
  await salon.settled();
  const date = salon.field(salon.leadsOf(record.id)[0], "date");
  salon.clock.moveBy(2_000);
  const cancelled = await panel.ask("/cancel", at);
  await salon.settled();

  expect([moved.status, cancelled.status]).toEqual([200, 200]);
  expect(date).toBe(Date.parse(datetime) / 1_000);
  expect(salon.field(salon.leadsOf(record.id)[0], "attendance")).toBe("cancelled");
});

test("an appointment is tied to a lead by its record ID", async () => {
  await using salon = await openSalon({ settings: { fillFrom: "never" } });
  const lead = salon.kommo.seed.lead({ name: "Asked" });
  const record = salon.altegio.reception.book({ client: null });
  await salon.settled();
  await using panel = await openPanel(salon);

  const linked = await panel.ask("/link", { lead: lead.id, record_id: String(record.id) });
  await salon.settled();

  expect(linked.told).toEqual({ done: true });
  expect(salon.leadsOf(record.id).map(({ id }) => id)).toEqual([lead.id]);
});

test("a lead that carries another appointment keeps it, unless that is to be replaced", async () => {
  await using salon = await openSalon();
  const { record, leadId } = await withLead(salon);
  const other = salon.altegio.reception.book({ client: null });
  await salon.settled();
  await using panel = await openPanel(salon);
  const wish = { lead: leadId, record_id: String(other.id) };

  const refused = await panel.ask("/link", wish);
  await salon.settled();
  const before = salon.leadsOf(record.id).map(({ id }) => id);
  const replaced = await panel.ask("/link", { ...wish, replace: true });
  await salon.settled();

  expect(refused).toMatchObject({ status: 409, told: { error: "lead_taken" } });
  expect(before).toEqual([leadId]);
  expect(replaced.status).toBe(200);
  expect(salon.leadsOf(other.id).map(({ id }) => id)).toEqual([leadId]);
  expect(salon.leadsOf(record.id)).toEqual([]);
});

test("tied to another lead, an appointment leaves the one before, also over a restart", async () => {
  await using salon = await openSalon();
  const { record, leadId } = await withLead(salon);
  const lead = salon.kommo.seed.lead({ name: "Asked" });
  await using panel = await openPanel(salon);

  await panel.ask("/link", { lead: lead.id, record_id: String(record.id) });
  await salon.restart();
  await salon.settled();
  salon.clock.moveBy(2_000);
  salon.altegio.reception.change(record, { comment: "later" });
  await salon.settled();

  expect(salon.leadsOf(record.id).map(({ id }) => id)).toEqual([lead.id]);
  expect(salon.field(lead, "comment")).toBe("later");
  expect(leadId).not.toBe(lead.id);
});

test("what stood on the lead before it was tied can be put back", async () => {
  await using salon = await openSalon();
  const lead = salon.kommo.seed.lead({ name: "Asked" });
  const record = salon.altegio.reception.book({ client: null });
  await salon.settled();
  await using panel = await openPanel(salon);
  await panel.ask("/link", { lead: lead.id, record_id: String(record.id) });
  await salon.settled();

  const recordId = String(record.id);
  await salon.answer({ ask: "altegio", what: "undo", isDryRun: false, recordId });
  await salon.settled();

  expect(salon.leadsOf(record.id)).toEqual([]);
  expect(lead.price).toBe(0);
});

test("a booking on the lead of a cancelled appointment takes its place; on another's it gets a lead of its own", async () => {
  await using salon = await openSalon();
  const { record, leadId, at } = await withLead(salon);
  await using panel = await openPanel(salon);
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const wish = (time: string) => ({
    ...{ lead: leadId, location_id: "4564", staff_id: "45641", service_ids: ["456401"] },
    ...{ datetime: `${day}T${time}:00+05:00`, length_seconds: 1_500 },
  });

  const apart = await panel.ask("/book", wish("10:00"));
  await salon.settled();
  salon.clock.moveBy(2_000);
  await panel.ask("/cancel", at);
  await salon.settled();
  const instead = await panel.ask("/book", wish("11:00"));
  await salon.settled();

  expect(apart.told).toMatchObject({ is_tied: false });
  expect(instead.told).toMatchObject({ is_tied: true });
  const leadOf = (told: Record<string, unknown>) => salon.leadsOf(Number(told["record_id"]));
  expect(leadOf(apart.told)).toHaveLength(1);
  expect(leadOf(apart.told)[0]?.id).not.toBe(leadId);
  expect(leadOf(instead.told).map(({ id }) => id)).toEqual([leadId]);
  expect(salon.leadsOf(record.id)).toEqual([]);
});

test("with another sum open than was looked at, nothing is paid", async () => {
  await using salon = await openSalon();
  const { leadId, at } = await withLead(salon);
  await using panel = await openPanel(salon);
  const headers = { "idempotency-key": "0123456789abcdef" };

  await panel.ask("/checkout", { lead: leadId, ...at, method: "cash", open: 3_999 }, headers);
  await salon.settled();
  const { told } = await panel.ask("/checkouts/0123456789abcdef");

  expect(told).toMatchObject({ state: "refused", outcome: "refused", code: "sum_changed" });
  expect(salon.altegio.reception.location().transactions.size).toBe(0);
});

test("appointments are found by a number, and it is said on which lead each is", async () => {
  await using salon = await openSalon();
  const { record, leadId } = await withLead(salon);
  await using panel = await openPanel(salon);

  const found = await panel.ask(`/find?phone=${encodeURIComponent("8 (915) 123-45-67")}&lead=1`);
  const none = await panel.ask("/find?phone=89990001122");

  expect(found.told["appointments"]).toMatchObject([
    { record_id: String(record.id), lead: leadId, is_linked: false, client: "Anna" },
  ]);
  expect(none.told["appointments"]).toEqual([]);
});

test("a place in a group event is not moved", async () => {
  await using salon = await openSalon();
  const record = salon.altegio.reception.book({ client: ANNA, activityId: 77 });
  await salon.settled();
  await using panel = await openPanel(salon);
  const datetime = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 19) + "+05:00";

  const moved = await panel.ask("/move", {
    ...{ location_id: "4564", record_id: String(record.id), datetime },
  });

  expect(moved).toMatchObject({ status: 409, told: { error: "event_appointment" } });
});

const REFUSED: readonly (readonly [string, string, object | undefined])[] = [
  ["no lead", "/leads/0", undefined],
  ["a path for a lead", "/leads/..%2f..%2f", undefined],
  ["no record", "/bill?location=4564", undefined],
  ["SQL for a record", "/bill?location=4564&record=1%20or%201", undefined],
  ["no number", "/find?phone=anna", undefined],
  ["no day", "/times?location=4564&staff=1&day=tomorrow", undefined],
  ["no method", "/checkout", { lead: 1, location_id: "4564", record_id: "1", method: "gold" }],
  [
    "no sum",
    "/checkout",
    { lead: 1, location_id: "4564", record_id: "1", method: "cash", amount: -1 },
  ],
  ["a list for a body", "/link", []],
  [
    "an hour of no length",
    "/book",
    { lead: 1, location_id: "1", staff_id: "1", service_ids: ["1"], datetime: "x" },
  ],
];

test.each(REFUSED)("%s is refused before anything is asked of Altegio", async (_, path, body) => {
  await using salon = await openSalon();
  await using panel = await openPanel(salon);

  const { status } = await panel.ask(path, body, { "idempotency-key": "0123456789abcdef" });

  expect(status).toBe(400);
});

test("another location, and a stranger without a key, get nothing", async () => {
  await using salon = await openSalon();
  await using panel = await openPanel(salon);

  const elsewhere = await panel.ask("/bill?location=1&record=5");
  const stranger = await panel.ask("/place", undefined, { authorization: "Bearer guessed" });
  const acting = await panel.ask(
    "/link",
    { lead: 1, record_id: "2" },
    { authorization: "Bearer x" },
  );

  expect(elsewhere.status).toBe(404);
  expect([stranger.status, acting.status]).toEqual([401, 401]);
});
