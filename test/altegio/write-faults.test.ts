// Altegio's bad days when something is written there, and the answers that are none. The table of all
// faults with their tests stands in fault-table.test.ts.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test as inTurn } from "@jest/globals";
import type { Fault } from "../../src/simulator/kommo/faults.ts";
import { ANNA, openPanel, withLead } from "./panel-client.ts";
import { openSalon, PIPELINE, SECOND, type Salon } from "./salon.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const ODD_ANSWERS: readonly (readonly [string, Fault])[] = [
  ["an empty answer", { kind: "garble", as: "empty", times: 3 }],
  ["half of a packed answer", { kind: "garble", as: "truncated-gzip", times: 3 }],
  ["50 MB of something else", { kind: "garble", as: "huge", times: 2 }],
  ["the wrong content type", { kind: "garble", as: "wrong-content-type", times: 3 }],
  ["a closed connection", { kind: "drop", saved: "all", times: 3 }],
  ["an answer in drops", { kind: "slow-loris", times: 2 }],
  ["a request that is taken late", { kind: "slow-save", ms: 30_000, times: 2 }],
];

test.each(ODD_ANSWERS)(
  "%s: the appointment comes, once, and is not taken for deleted",
  async (_, fault) => {
    await using salon = await openSalon();
    const known = salon.altegio.reception.book({ client: { name: "B", phone: "+79150000022" } });
    await salon.settled();

    salon.altegio.fail(fault, { ...fault, path: "^/api/v1/record" });
    const record = salon.altegio.reception.book({ client: ANNA });
    salon.altegio.reception.change(known, { comment: "again" });
    await salon.settled();

    expect(salon.leadsOf(record.id)).toHaveLength(1);
    expect(salon.kommo.account.cards.leads.size).toBe(2);
    expect(salon.field(salon.leadsOf(known.id)[0], "attendance")).toBe("waiting");
    expect(salon.field(salon.leadsOf(known.id)[0], "comment")).toBe("again");
  },
);

/** What is done, and the answer is lost; what is not done, and the answer is lost too. */
const LOST: readonly (readonly [string, Fault])[] = [
  ["done, and the connection is reset", { kind: "reset", saved: "all" }],
  ["done, and a 502 with a page comes", { kind: "status", status: 502, html: true, saved: "all" }],
  ["done, and half an answer comes", { kind: "garble", as: "truncated" }],
  ["not done, and the connection is reset", { kind: "reset", saved: "nothing" }],
  ["not done, and a 500 comes", { kind: "status", status: 500 }],
  ["not done, and a 429 comes", { kind: "status", status: 429 }],
];

test.each(LOST)("attendance %s: it is set in the end", async (_, fault) => {
  await using salon = await openSalon({
    settings: { attendanceByStage: [{ pipelineId: PIPELINE, statusId: SECOND, attendance: 2 }] },
  });
  const { record, leadId } = await withLead(salon);

  salon.altegio.fail({ ...fault, method: "PUT", path: "/api/v1/record/" });
  salon.clock.moveBy(2_000);
  salon.kommo.browser.changeLead(leadId, { status_id: SECOND });
  await salon.engine.heedLeads([leadId]);
  await salon.settled();

  expect(record.attendance).toBe(2);
  expect(salon.leadsOf(record.id)[0]?.status_id).toBe(SECOND);
});

const DAY_MS = 86_400_000;

function leadToBookFor(salon: Salon) {
  const contact = salon.kommo.seed.contact({ name: "Boris", phones: ["+79150000022"] });
  const lead = salon.kommo.seed.lead({ name: "Asked", contactId: contact.id });
  const { staff, services } = salon.altegio.reception.location();
  const at = new Date(Date.now() + 5 * DAY_MS).toISOString().slice(0, 19);
  const wish = {
    ...{ lead: lead.id, location_id: "4564", staff_id: String([...staff.keys()][0]) },
    ...{ service_ids: [String([...services.keys()][0])] },
    ...{ datetime: `${at}+00:00`, length_seconds: 3_600 },
  };
  return { lead, wish };
}

/** Of each sort one, where it is the same way afterwards. */
const SOME_LOST = LOST.filter((_, index) => index % 2 === 0);

test.each(SOME_LOST)("a booking %s: never two, and it stands on its lead", async (_, fault) => {
  await using salon = await openSalon();
  const { lead, wish } = leadToBookFor(salon);
  await using panel = await openPanel(salon);

  salon.altegio.fail({ ...fault, method: "POST", path: "/api/v1/records/" });
  const booked = await panel.ask("/book", wish);
  // Whoever is told that it did not go through clicks again.
  if (booked.status !== 200) await panel.ask("/book", wish);
  await salon.settled();

  const records = [...salon.altegio.reception.location().records.values()];
  expect(records).toHaveLength(1);
  expect(salon.leadsOf(records[0]?.id ?? 0).map(({ id }) => id)).toEqual([lead.id]);
  expect(salon.kommo.account.cards.leads.size).toBe(1);
});

test.each(LOST)(
  "a cancellation %s: in the end it is cancelled, and said once",
  async (_, fault) => {
    await using salon = await openSalon();
    const { record, leadId, at } = await withLead(salon);
    await using panel = await openPanel(salon);

    salon.altegio.fail({ ...fault, method: "DELETE" });
    const first = await panel.ask("/cancel", at);
    const second = first.status === 200 ? first : await panel.ask("/cancel", at);
    await salon.settled();

    expect([200, 404]).toContain(second.status);
    expect(record.deleted).toBe(true);
    expect(salon.field(salon.leadsOf(record.id)[0], "attendance")).toBe("cancelled");
    expect(salon.notesOn(leadId).filter((text) => text.includes("cancelled"))).toHaveLength(1);
  },
);

test("a user who may not write: each wish is refused with the reason, and nothing is paid", async () => {
  await using salon = await openSalon({ switches: { mayWrite: false } });
  const { record, leadId, at } = await withLead(salon);
  await using panel = await openPanel(salon);
  const headers = { "idempotency-key": "0123456789abcdef" };

  const cancelled = await panel.ask("/cancel", at);
  await panel.ask("/checkout", { lead: leadId, ...at, method: "cash" }, headers);
  await salon.settled();
  const checkout = await panel.ask("/checkouts/0123456789abcdef");

  expect(cancelled).toMatchObject({ status: 502, told: { error: "altegio_refused" } });
  expect(cancelled.told["reason"]).toContain("Access denied.");
  expect(checkout.told).toMatchObject({ state: "refused", code: "altegio_refused" });
  expect(salon.altegio.reception.paid(record)).toBe(0);
  expect(salon.notesOn(leadId).at(-1)).toContain("NOT checked out");
});

test("a user who may not see telephones: the panel finds nobody by number, and says nothing false", async () => {
  await using salon = await openSalon({ switches: { seesPhones: false, phones: "masked" } });
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();
  await using panel = await openPanel(salon);

  const found = await panel.ask("/find?phone=%2B79151234567");

  expect(found).toMatchObject({ status: 200, told: { appointments: [] } });
  expect(salon.leadsOf(record.id)).toHaveLength(1);
});

test.each(["given", "absent"] as const)(
  "an account that is used by others too answers 429 (Retry-After %s): we wait, and all comes",
  async (retryAfter) => {
    await using salon = await openSalon({
      atAltegiosPace: true,
      switches: { retryAfter, requestsPerSecond: 1, requestsPerMinute: 40 },
    });

    const records = Array.from({ length: 5 }, (_, index) =>
      salon.altegio.reception.book({ client: { phone: `+7915${String(1_000_000 + index)}` } }),
    );
    await salon.until(() => records.every(({ id }) => salon.leadsOf(id).length === 1));

    const refused = salon.altegio.journal.entries().filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(salon.kommo.account.cards.leads.size).toBe(5);
  },
);

test("a listener that is too slow for Altegio is told again after ten seconds: one lead", async () => {
  await using salon = await openSalon({ byWebhooks: true, switches: { webhookWithinMs: 300 } });
  // In front of ours: passes everything on, and lets the first answer wait for ever.
  const waiting: ServerResponse[] = [];
  const front = createServer((request, response) => {
    void passOn(request, salon.hookUrl).then((status) => {
      if (waiting.length === 0) waiting.push(response);
      else response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${String((front.address() as AddressInfo).port)}/`;
  for (const { hooks } of salon.altegio.altegio.locations.values()) hooks.urls = [url];

  const record = salon.altegio.reception.book({ client: ANNA });
  const told = (): readonly number[] =>
    salon.altegio.webhooks.deliveries().map(({ attempt }) => attempt);
  await salon.until(() => told().includes(2));
  await salon.settled();

  expect(salon.leadsOf(record.id)).toHaveLength(1);
  expect(salon.kommo.account.cards.leads.size).toBe(1);
  await new Promise((resolve) => {
    front.close(resolve);
    front.closeAllConnections();
  });
});

async function passOn(request: AsyncIterable<Uint8Array>, url: string): Promise<number> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const headers = { "content-type": "application/json" };
  return (await fetch(url, { method: "POST", headers, body })).status;
}

test("webhooks that never come for the next three: the polling finds what they told", async () => {
  await using salon = await openSalon({ switches: { webhooksLost: 3 } });
  for (const { hooks } of salon.altegio.altegio.locations.values())
    Object.assign(hooks, { urls: [salon.hookUrl], active: 1, record: 1 });

  const records = Array.from({ length: 3 }, (_, index) =>
    salon.altegio.reception.book({ client: { phone: `+7915000004${String(index)}` } }),
  );
  await salon.settled();

  expect(salon.altegio.webhooks.deliveries()).toHaveLength(0);
  expect(records.map(({ id }) => salon.leadsOf(id).length)).toEqual([1, 1, 1]);
});

test("Altegio answers nobody who leaves out Accept or brings a wrong token", async () => {
  await using salon = await openSalon();
  const { partnerToken, userToken } = salon.altegio.altegio;
  const accept = "application/vnd.api.v2+json";
  const ask = async (headers: Record<string, string>) => {
    const answer = await fetch(`${salon.altegio.url}/api/v1/records/4564`, { headers });
    return { status: answer.status, told: JSON.stringify(await answer.json()) };
  };

  const [plain, stranger, without, right] = [
    await ask({ authorization: `Bearer ${partnerToken}, User ${userToken}` }),
    await ask({ authorization: `Bearer guessed, User ${userToken}`, accept }),
    await ask({ authorization: `Bearer ${partnerToken}`, accept }),
    await ask({ authorization: `Bearer ${partnerToken}, User ${userToken}`, accept }),
  ];

  expect([plain.status, stranger.status, without.status, right.status]).toEqual([
    400, 401, 401, 200,
  ]);
  expect(stranger.told).toContain("Authentication needed.");
});
