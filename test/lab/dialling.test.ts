// Clicks through the daemon's own HTTP on a real Asterisk: the employee's telephone rings, then the
// client's, the browser is told how it goes on, and the call stands on the card that was clicked.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import {
  ANNA,
  BEN,
  CLARA,
  openDiallingOffice,
  until,
  type DiallingOffice,
  type Stream,
} from "../daemon/dialling-office.ts";
import { startLab, type Lab } from "./lab.ts";
import type { Seat } from "./exchange.ts";
import type { Phone } from "./sip/phone.ts";

const START_MS = 180_000;
let lab: Lab;
let office: DiallingOffice;
let screen: Stream;

beforeAll(async () => {
  lab = await startLab(process.env["LAB_ASTERISK"] === "16" ? "16" : "22");
  const { host, port, username, secret, dialler } = lab.ami;
  office = await openDiallingOffice({
    originate: { ring_seconds: 5, per_user_a_minute: 100 },
    config: {
      ami: { host, port, username, secret, dialler },
      pbx: { extensions: lab.extensions, trunks: [lab.trunk] },
      users: { "101": ANNA, "102": BEN, "105": CLARA },
    },
  });
  await until(async () => (await telephoneOf(ANNA)) === "idle");
  screen = await office.listen(ANNA);
}, START_MS);

afterAll(async () => {
  screen?.close();
  await office?.close();
  await lab?.stop();
});

beforeEach(async () => {
  for (const seat of [1, 2] as const) await telephone(seat).forget();
  await until(async () => (await telephoneOf(ANNA)) === "idle");
});

const telephone = (seat: Seat): Phone => lab.telephone(0, seat);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function telephoneOf(user: number): Promise<string | undefined> {
  const headers = { origin: office.origin, "x-auth-token": office.kommo.oneTimeToken(user) };
  const { body } = await office.ask("/v1/widget/settings", { headers });
  return (body["telephones"] as { state: string }[] | undefined)?.[0]?.state;
}

async function click(phone: string, card?: object): Promise<string> {
  const { status, body } = await office.click(ANNA, {
    phone,
    ...(card === undefined ? {} : { card }),
  });
  expect({ status, error: body["error"] }).toEqual({ status: 202, error: undefined });
  return String(body["id"]);
}

const endOf = (id: string) =>
  screen.until("dial", (data) => data["id"] === id && data["is_final"] === true);
const statesOf = (id: string): unknown[] => [
  ...new Set(
    screen.events
      .filter(({ name, data }) => name === "dial" && data["id"] === id)
      .map(({ data }) => data["state"]),
  ),
];

test("live click: both talk, and the call stands on the lead that was clicked", async () => {
  const client = lab.client();
  const contact = office.kommo.seed.contact({ phones: [client.number] });
  const lead = office.kommo.seed.lead({ contactId: contact.id });
  office.kommo.seed.lead({ contactId: contact.id });

  const id = await click(client.number, { type: "leads", id: lead.id });
  const call = await telephone(1).answer(400);
  await client.answer(600);
  await screen.until("dial", (data) => data["id"] === id && data["state"] === "talking");
  await pause(1_500);
  await call.hangUp();

  const end = await endOf(id);
  expect(end).toMatchObject({ state: "ended" });
  expect(Number(end["talk_seconds"])).toBeGreaterThanOrEqual(1);
  expect(statesOf(id)).toEqual([
    ...["telephone_rings", "dialling", "client_rings", "talking", "ended"],
  ]);
  const booked = () => office.kommo.journal.calls().find(({ uniq }) => uniq === id);
  await until(() => booked() !== undefined);
  expect(booked()).toMatchObject({
    card: { type: "leads", id: lead.id },
    direction: "outbound",
    call_status: 4,
    created_by: ANNA,
  });
});

test("live click: the employee does not answer", async () => {
  const client = lab.client();

  const id = await click(client.number);
  const ringing = await telephone(1).rings();
  await ringing.whenOver();

  expect(await endOf(id)).toMatchObject({ state: "you_did_not_answer" });
});

test("live click: the employee declines", async () => {
  telephone(1).whenCalled = (leg) => leg.refuse(603);
  const client = lab.client();

  const id = await click(client.number);

  expect(await endOf(id)).toMatchObject({ state: "you_did_not_answer" });
});

test("live click: the client is busy", async () => {
  const client = lab.client();
  client.whenCalled = (leg) => leg.refuse(486);

  const id = await click(client.number);
  const call = await telephone(1).answer(300);
  await call.whenOver();

  expect(await endOf(id)).toMatchObject({ state: "busy" });
});

test("live click: the number does not exist", async () => {
  const client = lab.client();
  client.whenCalled = (leg) => leg.refuse(404);

  const id = await click(client.number);
  const call = await telephone(1).answer(300);
  await call.whenOver();

  expect(await endOf(id)).toMatchObject({ state: "failed", reason: "number_unknown" });
});

test("live click: the client does not answer", async () => {
  const client = lab.client();

  const id = await click(client.number);
  await telephone(1).answer(300);
  await client.rings();

  expect(await endOf(id)).toMatchObject({ state: "no_answer" });
});

test("live click: the employee hangs up while the client's telephone rings", async () => {
  const client = lab.client();

  const id = await click(client.number);
  const call = await telephone(1).answer(300);
  await client.rings();
  await screen.until("dial", (data) => data["id"] === id && data["state"] === "client_rings");
  await call.hangUp();

  expect(await endOf(id)).toMatchObject({ state: "cancelled" });
});

test("live click: whoever is in a call, or has no telephone there, is told so", async () => {
  const client = lab.client();
  const call = await telephone(1).call(client.number);
  await client.answer(200);
  await call.whenAnswered();
  await until(async () => (await telephoneOf(ANNA)) === "in_use");

  const busy = await office.click(ANNA, { phone: "79161234567" });
  const away = await office.click(CLARA, { phone: "79161234567" });
  await call.hangUp();

  expect([busy.status, busy.body["error"]]).toEqual([409, "telephone_busy"]);
  expect([away.status, away.body["error"]]).toEqual([409, "telephone_not_connected"]);
});

test("live: who is rung sees the client's card, and it closes when a colleague answers", async () => {
  const client = lab.client();
  office.kommo.seed.contact({ name: "Ivan Petrov", phones: [client.number] });
  const colleague = await office.listen(BEN);

  const call = await client.call("74951000002"); // the ring group of office 0
  await telephone(2).answer(800);
  await call.whenAnswered();

  const ofCall = (data: Readonly<Record<string, unknown>>): boolean =>
    data["phone"] === client.number;
  const rung = await screen.until("ringing", ofCall);
  const { call: name } = rung;
  const mine = (data: Readonly<Record<string, unknown>>): boolean => data["call"] === name;
  expect(await screen.until("closed", mine)).toMatchObject({
    because: "answered_by_other",
    by: { extension: "102", user: { id: BEN } },
  });
  expect(await colleague.until("closed", mine)).toMatchObject({ because: "answered_by_you" });
  expect(await colleague.until("talk", mine)).toMatchObject({ state: "talking" });
  await call.hangUp();
  await colleague.until("talk", (data) => mine(data) && data["state"] === "ended");
  colleague.close();
});
