// The far side against the simulated account, which is as strict as kommo-api says Kommo is.
import { afterEach, expect, test } from "@jest/globals";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import { createNotifier } from "../../src/kommo/notify.ts";
import { readAccount, readPipelines, readUsers } from "../../src/kommo/read-account.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import type { Delivery, Recollection } from "../../src/outbox/delivery.ts";
import * as steps from "./made-up-steps.ts";
import { accountUrl, clientFor, never, TOKEN } from "./scripted-server.ts";

const KNOWN = "+351912000111";
const UNKNOWN = "+351912999222";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function accountWith(switches: Partial<Switches> = {}) {
  const kommo: KommoSimulator = await startKommoSimulator({
    token: TOKEN,
    switches: { requestsPerSecond: 0, ...switches },
  });
  const client = clientFor(accountUrl(kommo.url));
  open.push(
    () => client.close(),
    () => kommo.close(),
  );
  const log = { debug: () => undefined, warn: () => undefined };
  const farSide = createKommoFarSide({ client, clock: systemClock, log });
  return {
    kommo,
    client,
    send: async (...batch: KommoStep[]): Promise<readonly Delivery<KommoResult>[]> =>
      (await farSide.send(batch, never)).deliveries,
    recall: (...batch: KommoStep[]): Promise<readonly Recollection<KommoResult>[]> =>
      farSide.recall(batch, never),
  };
}

const kindsOf = (answers: readonly { readonly kind: string }[]): string[] =>
  answers.map(({ kind }) => kind);

const now = Math.floor(Date.now() / 1000);
const call = (uniq: string, phone = KNOWN) =>
  steps.registerCall(uniq, { phone, created_at: now, duration: 10 });

test.each<Partial<Switches>>([
  {},
  { callsErrors: "bare" },
  { callsErrorsPlace: "embedded", callsEntityType: "number" },
  { callsPartlyFoundStatus: 400, answerOrder: "reversed" },
  { callsPartlyFoundStatus: 400, callsErrors: "bare", callsErrorsPlace: "embedded" },
])("of a mixed batch the known calls are booked, the unknown told: %j", async (switches) => {
  const { kommo, send } = await accountWith(switches);
  const contact = kommo.seed.contact({ phones: ["8 (351) 912-000-111"] });

  const answers = await send(call("1"), call("2", UNKNOWN), call("3"));

  const card = { type: "contacts", id: contact.id };
  expect(kindsOf(answers)).toEqual(["done", "nothing-there", "done"]);
  expect(kommo.journal.calls()).toMatchObject([
    { uniq: "1", card },
    { uniq: "3", card },
  ]);
  const noteIds = kommo.journal.calls().map(({ noteId }) => noteId);
  expect([answers[0], answers[2]]).toEqual(
    noteIds.map((noteId) => ({ kind: "done", result: { kind: "booked", card, noteId } })),
  );
});

test.each<Partial<Switches>>([
  {},
  { callsNothingFoundStatus: 200 },
  { callsErrors: "bare" },
  { callsErrorsPlace: "embedded", callsNothingFoundStatus: 200 },
])("a batch of strangers only is told as such: %j", async (switches) => {
  const { send } = await accountWith(switches);

  expect(kindsOf(await send(call("1", UNKNOWN), call("2", UNKNOWN)))).toEqual([
    "nothing-there",
    "nothing-there",
  ]);
});

test("the card of a single active lead is told as the lead", async () => {
  const { kommo, send } = await accountWith();
  const { id: contactId } = kommo.seed.contact({ phones: [KNOWN] });
  kommo.seed.lead({ contactId, closed: "won" });
  const lead = kommo.seed.lead({ contactId });

  expect(await send(call("1"))).toMatchObject([
    { kind: "done", result: { card: { type: "leads", id: lead.id } } },
  ]);
});

/** One step of each kind that this account accepts. */
async function oneOfEach(kommo: KommoSimulator): Promise<KommoStep[]> {
  const users = [...kommo.account.users.keys()];
  const [user = 0] = users;
  const { id: contactId } = kommo.seed.contact({ phones: [KNOWN] });
  const { id: leadId } = kommo.seed.lead({ contactId });
  const { id: pipeline_id } = [...kommo.account.pipelines.values()][0] ?? { id: 0 };
  const by = { responsible_user_id: user, created_by: user, call_responsible: user };
  const stranger = (uniq: string, phone: string) => ({
    call: steps.callFields(uniq, {
      ...by,
      phone,
      created_at: now,
      link: "https://r.example/1.mp3",
    }),
    contact: { name: `Contact ${phone}`, phone, tags: ["calls"], responsible_user_id: user },
    lead: { name: `${phone} - incoming`, tags: ["calls"], pipeline_id, responsible_user_id: user },
  });
  const waiting = stranger("2", "+351912000222");
  const person = stranger("3", "+351912000333");
  const deal = stranger("4", "+351912000444");
  return Promise.resolve([
    steps.registerCall("1", { ...by, created_at: now, call_result: "agreed" }),
    { ...steps.addUnsorted("2"), ...waiting },
    { kind: "create-contact", call: person.call, contact: person.contact },
    { kind: "create-lead", ...deal },
    {
      kind: "add-call-note",
      card: { type: "leads", id: leadId },
      call: steps.callFields("5", { ...by, created_at: now }),
    },
    { ...steps.createTask("6", contactId), responsible_user_id: user },
  ]);
}

test("every kind of step passes the strict checks and says what was made", async () => {
  const { kommo, send } = await accountWith();

  const answers = [];
  for (const step of await oneOfEach(kommo)) answers.push(...(await send(step)));

  expect(answers.map((answer) => (answer.kind === "done" ? answer.result.kind : answer))).toEqual([
    ...["booked", "made-unsorted", "made-card", "made-card", "booked", "made-task"],
  ]);
});

test("what was saved before the answer was lost is found again, whatever kind it is", async () => {
  const { kommo, send, recall } = await accountWith();
  const all = await oneOfEach(kommo);
  kommo.fail({ kind: "drop", saved: "all", method: "POST", times: all.length });

  const outcomes = [];
  for (const step of all) {
    const [before] = await recall(step);
    const [sent] = await send(step);
    const [after] = await recall(step);
    outcomes.push([before?.kind, sent?.kind, after?.kind]);
  }

  expect(outcomes).toEqual(all.map(() => ["absent", "unknown", "done"]));
});

test("after a 504 with half of the batch saved, just the other half is absent", async () => {
  const { kommo, send, recall } = await accountWith();
  kommo.seed.contact({ phones: [KNOWN] });
  kommo.fail({ kind: "status", status: 504, saved: "half" });
  const batch = ["1", "2", "3", "4"].map((uniq) => call(uniq));

  const sent = await send(...batch);
  const recalled = await recall(...batch);

  expect(kindsOf(sent)).toEqual(Array(4).fill("unknown"));
  expect(kindsOf(recalled)).toEqual(["done", "done", "absent", "absent"]);
});

test("an incoming lead that was accepted before we looked is found on its lead", async () => {
  const { kommo, recall, send } = await accountWith();
  const [, step] = await oneOfEach(kommo);
  if (step === undefined) throw new Error("no step");
  await send(step);
  const [waiting] = kommo.journal.unsorted();
  kommo.browser.accept(waiting?.uid ?? "");

  expect(await recall(step)).toMatchObject([
    { kind: "done", result: { kind: "made-unsorted", uid: "", leadId: waiting?.leadId } },
  ]);
});

test.each(["problem", "validation"] as const)(
  "a user that the account does not know is left out, told by a %s",
  async (unknownUser) => {
    const { kommo, send } = await accountWith({ unknownUser });
    kommo.seed.contact({ phones: [KNOWN] });

    const answers = await send(
      call("1"),
      steps.registerCall("2", { created_at: now, responsible_user_id: 77_001, created_by: 77_001 }),
    );

    expect(kindsOf(answers)).toEqual(["done", "done"]);
    expect(kommo.journal.calls().map(({ uniq }) => uniq)).toEqual(["1", "2"]);
  },
);

test.each(["validation", "404"] as const)(
  "a note for a deleted card is told as nothing there, the other is written: %s",
  async (missingCard) => {
    const { kommo, send } = await accountWith({ missingCard });
    const { id } = kommo.seed.contact({ phones: [KNOWN] });
    const { id: gone } = kommo.seed.contact({ phones: [UNKNOWN] });
    kommo.browser.deleteCard("contacts", gone);
    const batch = [gone, id].map((cardId) => ({
      ...steps.addCallNote(String(cardId), { type: "contacts", id: cardId }),
    }));

    const first = await send(...batch);
    const later = batch.filter((_, index) => first[index]?.kind === "later");
    const second = later.length === 0 ? [] : await send(...later);

    expect(first[0]).toEqual({ kind: "nothing-there" });
    expect(kommo.journal.calls().map(({ uniq }) => uniq)).toEqual([String(id)]);
    expect(kindsOf(second)).toEqual(later.map(() => "done"));
  },
);

test("one impossible call of a full batch is set aside, 49 are booked once", async () => {
  const { kommo, send } = await accountWith();
  kommo.seed.contact({ phones: [KNOWN] });
  const batch = Array.from({ length: 50 }, (_, uniq) =>
    uniq === 17 ? steps.registerCall("17", { source: "" }) : call(String(uniq)),
  );

  const first = await send(...batch);
  const again = batch.filter((_, index) => first[index]?.kind === "later");
  const second = await send(...again);

  expect(first[17]).toMatchObject({ kind: "refused", reason: expect.stringMatching(/source/) });
  expect(new Set(kindsOf(second))).toEqual(new Set(["done"]));
  expect(kommo.journal.calls()).toHaveLength(49);
});

test("a blocked account and a revoked token stop everything", async () => {
  const { kommo, client } = await accountWith({ isBlocked: true });
  const blocked = await readAccount(client, never);
  kommo.liftBlock();
  kommo.switches.isBlocked = false;
  kommo.switches.tokensAreRevoked = true;
  const revoked = await readAccount(client, never);

  expect(blocked).toMatchObject({ failure: { kind: "blocked" } });
  expect(revoked).toMatchObject({ failure: { kind: "token-revoked" } });
});

test("the account, its users and pipelines are read", async () => {
  const { kommo, client } = await accountWith();

  const account = await readAccount(client, never);
  const users = await readUsers(client, never);
  const pipelines = await readPipelines(client, never);

  expect(account).toMatchObject({ ok: true, value: { id: kommo.account.id } });
  expect(users.ok ? users.value.map(({ id }) => id) : users).toEqual([
    ...kommo.account.users.keys(),
  ]);
  expect(pipelines).toMatchObject({ ok: true, value: [{ isMain: true }] });
});

test.each<Partial<Switches>>([
  { popupAnswer: "items" },
  { popupAnswer: "empty", popupScope: "crm" },
  { popupAnswer: "list" },
])("the telephones that ring at the same time share one popup request (%j)", async (switches) => {
  const { kommo, client } = await accountWith(switches);

  const warnings: string[] = [];
  const warn = (_: object, message: string): number => warnings.push(message);
  const log = { debug: () => undefined, warn };
  const notifier = createNotifier({ client, clock: systemClock, log, signal: never });
  await notifier.notify(
    [
      { phone: KNOWN, userIds: [9_100_002, 9_100_003, 9_100_002] },
      { phone: UNKNOWN, userIds: [9_100_004] },
    ],
    30_000,
  );

  expect(warnings).toEqual([]);
  expect(kommo.journal.entries()).toHaveLength(1);
  expect(kommo.journal.popups()).toMatchObject([
    { phone_number: KNOWN, users: [9_100_002, 9_100_003] },
    { phone_number: UNKNOWN, users: [9_100_004] },
  ]);
});
