// Steps that change or look for what is there, and what is read before steps are sent.
import { afterEach, expect, test } from "@jest/globals";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import type { CreateTask, FindCard, KommoStep } from "../../src/kommo/step.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import * as steps from "./made-up-steps.ts";
import { accountUrl, clientFor, never, TOKEN } from "./scripted-server.ts";

const PHONE = "+351912000111";
const OLGA = 9_100_003;
const LUIS = 9_100_004;

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function accountWith(switches: Partial<Switches> = {}) {
  const kommo = await startKommoSimulator({
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
  const contact = kommo.seed.contact({ phones: [PHONE], responsibleUserId: OLGA });
  return {
    kommo,
    contact,
    card: { type: "contacts", id: contact.id } as const,
    send: async (...batch: KommoStep[]) => (await farSide.send(batch, never)).deliveries,
    recall: (...batch: KommoStep[]) => farSide.recall(batch, never),
    asked: () => kommo.journal.entries().map(({ method, path }) => `${method} ${path}`),
  };
}

const task = (cardId: number, changes: Partial<CreateTask> = {}): CreateTask => ({
  ...steps.createTask("1", cardId),
  responsible_user_id: LUIS,
  ...changes,
});

test("a task's text names the card, and is recognised whatever the card is called by then", async () => {
  const { kommo, contact, card, send, recall } = await accountWith();
  const named = task(contact.id, { text: "Call {name} back", nameless: PHONE });
  const shown = kommo.account.cards.contacts.get(contact.id);
  if (shown === undefined) throw new Error("the contact is not there");

  shown.name = "Ana $& {name}";
  await send(named);
  shown.name = "Ana Silva";
  const recalled = await recall({ ...named, card });
  shown.name = "";
  await send({ ...named, complete_till: named.complete_till + 60 });

  expect(kommo.journal.tasks().map(({ text }) => text)).toEqual([
    "Call Ana $& {name} back",
    `Call ${PHONE} back`,
  ]);
  expect(recalled).toMatchObject([{ kind: "done", result: { kind: "made-task" } }]);
});

test("a task goes to the card's responsible user where that is wanted, in one look for all", async () => {
  const { kommo, contact, send, asked } = await accountWith();
  const lead = kommo.seed.lead({ contactId: contact.id, responsibleUserId: LUIS });
  const isForCardOwner = true;

  await send(
    task(contact.id, { isForCardOwner }),
    task(contact.id, { isForCardOwner }),
    task(contact.id),
    { ...task(lead.id), card: { type: "leads", id: lead.id } },
  );

  const whose = kommo.journal.tasks().map((made) => made.responsible_user_id);
  expect(whose).toEqual([OLGA, OLGA, LUIS, LUIS]);
  expect(asked()).toEqual(["GET /api/v4/contacts", "POST /api/v4/tasks"]);
});

test("no second task while the first is open; nothing is read where there was no first", async () => {
  const { kommo, contact, send, asked } = await accountWith();
  await send(task(contact.id));
  const [first] = kommo.journal.tasks();
  const taskId = first?.id ?? 0;

  const whileOpen = await send(task(contact.id, { unlessOpen: taskId }));
  await send({ kind: "complete-task", taskId, result: "Reached" });
  const afterwards = await send(task(contact.id, { unlessOpen: taskId }));

  expect(whileOpen).toMatchObject([{ result: { kind: "made-task", taskId, wasOpen: true } }]);
  expect(afterwards).toMatchObject([{ kind: "done", result: { kind: "made-task" } }]);
  expect(kommo.journal.tasks()).toMatchObject([
    { is_completed: true, result: "Reached" },
    { is_completed: false },
  ]);
  expect(asked()[0]).toBe("POST /api/v4/tasks");
});

test("tasks are completed many in one request; one that is gone is told as nothing there", async () => {
  const { kommo, contact, send, asked } = await accountWith();
  await send(task(contact.id), task(contact.id));
  const batch = [...kommo.account.tasks.keys(), 99].map((taskId) => ({
    kind: "complete-task" as const,
    taskId,
    result: "Reached",
  }));
  kommo.journal.clear();

  const first = await send(...batch);
  const second = await send(...batch.slice(0, 2));

  expect(first.map(({ kind }) => kind)).toEqual(["later", "later", "nothing-there"]);
  expect(second).toMatchObject([{ kind: "done" }, { kind: "done" }]);
  expect(asked()).toEqual(["PATCH /api/v4/tasks", "PATCH /api/v4/tasks"]);
});

test.each([
  [undefined, true, LUIS, ["PATCH /api/v4/contacts"]],
  [OLGA, true, LUIS, ["GET /api/v4/contacts", "PATCH /api/v4/contacts"]],
  [9_100_001, false, OLGA, ["GET /api/v4/contacts"]],
] as const)(
  "a card is taken over only from the named user, and read only then: %s",
  async (onlyFrom, isChanged, whose, asked) => {
    const account = await accountWith();
    const { card } = account;
    const from = onlyFrom === undefined ? {} : { onlyFrom };

    const answers = await account.send({
      kind: "update-card",
      card,
      responsible_user_id: LUIS,
      ...from,
    });

    expect(answers).toEqual([{ kind: "done", result: { kind: "updated-card", card, isChanged } }]);
    expect(account.kommo.account.cards.contacts.get(card.id)?.responsible_user_id).toBe(whose);
    expect(account.asked()).toEqual(asked);
  },
);

test("what was changed before the answer was lost is found again", async () => {
  const { kommo, contact, card, send, recall } = await accountWith();
  await send(task(contact.id));
  const taskId = kommo.journal.tasks()[0]?.id ?? 0;
  const batch: KommoStep[] = [
    { kind: "complete-task", taskId, result: "Reached" },
    { kind: "update-card", card, responsible_user_id: LUIS },
  ];
  kommo.fail({ kind: "drop", saved: "all", method: "PATCH", times: 2 });

  const outcomes = [];
  for (const step of batch) {
    const [before] = await recall(step);
    const [sent] = await send(step);
    const [after] = await recall(step);
    outcomes.push([before?.kind, sent?.kind, after?.kind]);
  }

  expect(outcomes).toEqual(batch.map(() => ["absent", "unknown", "done"]));
});

const findCard = (phone: string): FindCard => ({
  kind: "find-card",
  call: steps.callFields("1", { phone }),
  booking: {
    known: { register: true, on: "kommo" },
    unknown: { make: "ignore", because: "a test" },
  },
});

test("a card is found by its number, the oldest contact first, with its open leads", async () => {
  const { kommo, contact, card, send } = await accountWith();
  const younger = kommo.seed.contact({ phones: [PHONE] });
  kommo.seed.lead({ contactId: younger.id });
  const { id: contactId } = contact;
  const [first, second] = [kommo.seed.lead({ contactId }), kommo.seed.lead({ contactId })];
  kommo.seed.lead({ contactId, closed: "lost" });

  const answers = await send(findCard(PHONE), findCard("+351912999222"));

  expect(answers).toEqual([
    { kind: "done", result: { kind: "found-card", card, openLeads: [first.id, second.id] } },
    { kind: "nothing-there" },
  ]);
});

test("a company is found where no contact has the number", async () => {
  const { kommo, send } = await accountWith();
  const company = kommo.seed.company({ phones: ["+351912999222"] });

  const answers = await send(findCard("+351912999222"));

  expect(answers).toMatchObject([{ result: { card: { type: "companies", id: company.id } } }]);
});

test.each<[string, KommoStep]>([
  ["a look-up", findCard(PHONE)],
  ["a task for the card's user", task(1, { isForCardOwner: true })],
  ["a task unless one is open", task(1, { unlessOpen: 5 })],
  [
    "a card to be taken over",
    { kind: "update-card", card: { type: "contacts", id: 1 }, responsible_user_id: 1, onlyFrom: 2 },
  ],
])("what could not be read was not done, and is tried later: %s", async (_, step) => {
  const { kommo, send, asked } = await accountWith();
  kommo.fail({ kind: "status", status: 500, method: "GET" });

  const answers = await send(step);

  expect(answers).toMatchObject([{ kind: "later" }]);
  expect(asked()).toHaveLength(1);
});

test("a revoked token found while reading stops all sending", async () => {
  const { kommo } = await accountWith();
  kommo.switches.tokensAreRevoked = true;
  const client = clientFor(accountUrl(kommo.url));
  open.push(() => client.close());
  const log = { debug: () => undefined, warn: () => undefined };

  const answer = await createKommoFarSide({ client, clock: systemClock, log }).send(
    [findCard(PHONE)],
    never,
  );

  expect(answer.halt?.probeAfterMs).toBeUndefined();
  expect(answer.halt?.reason).toMatch(/token/);
});

test.each(["validation", "404"] as const)(
  "a note that is refused on a waiting incoming lead waits, beside one that is written: %s",
  async (missingCard) => {
    const { kommo, card, send } = await accountWith({ notesOnUnsorted: "refuse", missingCard });
    await send({ ...steps.addUnsorted("1"), ...UNSORTED });
    const [{ uid: unsortedUid = "", leadId: id = 0 } = {}] = kommo.journal.unsorted();
    const hidden = (uniq: string): KommoStep => ({
      ...steps.addCallNote(uniq, { type: "leads", id }),
      unsortedUid,
    });

    const waiting = await send(hidden("2"), hidden("3"));
    const written = await send(steps.addCallNote("4", card));
    kommo.browser.accept(unsortedUid);
    const accepted = await send(hidden("2"), hidden("3"));

    expect(waiting).toMatchObject([
      { kind: "later", isWaiting: true },
      { kind: "later", isWaiting: true },
    ]);
    expect([...written, ...accepted].map(({ kind }) => kind)).toEqual(["done", "done", "done"]);
  },
);

const UNSORTED = {
  call: steps.callFields("1", { phone: "+351912999222" }),
  lead: { name: "New", tags: [] },
  contact: { name: "New", phone: "+351912999222", tags: [] },
};
