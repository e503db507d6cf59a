// Dialling from Kommo: from the click to the card, through the whole daemon.
import { afterEach, expect, test } from "@jest/globals";
import { join } from "node:path";
import { askDaemon, requestFolderOf } from "../../src/cli/request-folder.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { removeFolders } from "../config/written-config.ts";
import {
  ANNA,
  BEN,
  CLARA,
  CLIENT,
  openDiallingOffice,
  until,
  type DiallingOffice,
} from "./dialling-office.ts";

let office: DiallingOffice;

afterEach(async () => {
  await office.close();
  removeFolders();
});

const states = (events: readonly { name: string; data: Readonly<Record<string, unknown>> }[]) =>
  events.filter(({ name }) => name === "dial").map(({ data }) => data["state"]);

test("a click rings the employee's telephone, then the client's, and is followed to its end", async () => {
  office = await openDiallingOffice();
  const screen = await office.listen(ANNA);

  const clicked = await office.click(ANNA, { phone: "+7 (916) 123-45-67" });

  expect(clicked.status).toBe(202);
  expect(clicked.body).toMatchObject({ extension: "101", phone: CLIENT });
  const end = await screen.until("dial", ({ is_final: isFinal }) => isFinal === true);
  expect(end).toMatchObject({ id: clicked.body["id"], state: "ended", phone: CLIENT });
  expect([...new Set(states(screen.events))]).toEqual([
    "telephone_rings",
    "dialling",
    "client_rings",
    "talking",
    "ended",
  ]);
  screen.close();
});

test("the call of a click is booked on the card that it was clicked on", async () => {
  office = await openDiallingOffice();
  const contact = office.kommo.seed.contact({ phones: [CLIENT] });
  const lead = office.kommo.seed.lead({ contactId: contact.id });
  office.kommo.seed.lead({ contactId: contact.id }); // of two open leads Kommo chooses none

  const card = { type: "leads", id: lead.id };
  const clicked = await office.click(ANNA, { phone: CLIENT, card });

  expect(clicked.status).toBe(202);
  await until(() => office.kommo.journal.calls().length > 0);
  const [call] = office.kommo.journal.calls();
  expect(call).toMatchObject({ card: { type: "leads", id: lead.id }, via: "notes" });
});

test("a client who does not answer is told as such", async () => {
  office = await openDiallingOffice({ clicks: ["click-client-no-answer"] });
  const screen = await office.listen(ANNA);

  await office.click(ANNA, { phone: CLIENT });

  const end = await screen.until("dial", ({ is_final: isFinal }) => isFinal === true);
  expect(end).toMatchObject({ state: "no_answer", talk_seconds: null });
  screen.close();
});

test("an employee whose telephone is not registered is told before anything is dialled", async () => {
  office = await openDiallingOffice();
  await until(async () => (await telephonesOf(CLARA))[0]?.state === "not_connected");

  const clicked = await office.click(CLARA, { phone: CLIENT });

  expect(clicked.status).toBe(409);
  expect(clicked.body).toMatchObject({
    error: "telephone_not_connected",
    reason: "your telephone is not connected",
  });
});

async function telephonesOf(user: number) {
  const headers = { origin: office.origin, "x-auth-token": office.kommo.oneTimeToken(user) };
  const { body } = await office.ask("/v1/widget/settings", { headers });
  return body["telephones"] as { extension: string; state: string }[];
}

test("the test button shows who one is and what works", async () => {
  office = await openDiallingOffice();
  const headers = { origin: office.origin, "x-auth-token": office.kommo.oneTimeToken(BEN) };

  const { status, body } = await office.ask("/v1/widget/settings", { headers });

  expect(status).toBe(200);
  expect(body).toMatchObject({
    account_id: office.kommo.account.id,
    user: { id: BEN, is_admin: false },
    exchange: "connected",
    features: { telephony: true, originate: true, call_panel: false, altegio: false },
  });
});

test("two people who are rung see the card; when one answers, the other's is closed", async () => {
  office = await openDiallingOffice({ config: { users: { "101": ANNA, "102": BEN } } });
  const contact = office.kommo.seed.contact({ name: "Ivan", phones: [CLIENT] });
  const [anna, ben] = [await office.listen(ANNA), await office.listen(BEN)];

  await office.play("in-group-answered-by-one");

  const rung = await anna.until("ringing");
  expect(rung).toMatchObject({ extension: "101", phone: CLIENT });
  const closed = await Promise.all([anna.until("closed"), ben.until("closed")]);
  const reasons = closed.map((one) => one["because"]).toSorted();
  expect(reasons).toEqual(["answered_by_other", "answered_by_you"]);
  expect(contact.id).toBeGreaterThan(0);
  anna.close();
  ben.close();
});

test("sessions that an administrator ends are over at once, and those of others go on", async () => {
  office = await openDiallingOffice();
  const [anna, ben] = [await office.listen(ANNA), await office.listen(BEN)];
  const folder = requestFolderOf(join(office.folder, "store.db"));

  const asked = await askDaemon(folder, { ask: "widget", user: ANNA }, { clock: systemClock });

  expect(asked).toMatchObject({ kind: "answered", answer: { ok: true } });
  expect(await anna.until("bye")).toEqual({ because: "ticket" });
  expect(ben.isOver()).toBe(false);
  ben.close();
});
