import { afterEach, expect, test } from "@jest/globals";
import { hasManyContacts, listCards } from "../../src/kommo/list-cards.ts";
import {
  lookAtSubscription,
  subscribe,
  unsubscribe,
} from "../../src/kommo/webhook-subscription.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import {
  accountUrl,
  clientFor,
  never,
  reply,
  startScriptedServer,
  TOKEN,
  type Script,
} from "./scripted-server.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function kommoAnswers(script: Script) {
  const server = await startScriptedServer(script);
  const client = clientFor(server.url);
  open.push(
    () => client.close(),
    () => server.close(),
  );
  return { server, client };
}

async function account() {
  const kommo = await startKommoSimulator({ token: TOKEN, switches: { requestsPerSecond: 0 } });
  const client = clientFor(accountUrl(kommo.url));
  open.push(
    () => client.close(),
    () => kommo.close(),
  );
  return { kommo, client };
}

const asked = { since: 100, page: 1, purpose: "directory", signal: never } as const;

test("a list that is not in the order of changes is told as nonsense", async () => {
  const rows = [
    { id: 1, updated_at: 300 },
    { id: 2, updated_at: 200 },
  ];
  const { client } = await kommoAnswers((_, response) =>
    reply(response, 200, { _embedded: { contacts: rows } }),
  );

  const found = await listCards(client, { ...asked, type: "contacts" });

  expect(found).toMatchObject({ ok: false, failure: { kind: "nonsense" } });
});

test("a list that begins before what was asked for is told as nonsense: the filter was ignored", async () => {
  const { client } = await kommoAnswers((_, response) =>
    reply(response, 200, { _embedded: { leads: [{ id: 1, updated_at: 98 }] } }),
  );

  const found = await listCards(client, { ...asked, type: "leads" });

  expect(found).toMatchObject({ ok: false, failure: { kind: "nonsense" } });
});

test("rows of other shapes are read as far as they go", async () => {
  const rows = [
    null,
    { id: "7", updated_at: "150", custom_fields_values: null, name: 5 },
    { id: 8, custom_fields_values: [{ field_code: "PHONE", values: [{ value: 912000111 }, {}] }] },
    { name: "no id" },
  ];
  const { client } = await kommoAnswers((_, response) =>
    reply(response, 200, { _embedded: { contacts: rows } }),
  );

  const found = await listCards(client, { ...asked, type: "contacts" });

  expect(found).toMatchObject({
    value: {
      rows: [
        { id: 7, name: "5", updatedAt: 150, phones: [] },
        { id: 8, updatedAt: undefined, phones: ["912000111"] },
      ],
    },
  });
});

test.each([
  [499, false],
  [500, true],
  [501, true],
])("%i contacts are many, if 500 are: %s", async (count, expected) => {
  const { kommo, client } = await account();
  kommo.seed.contacts(count, () => ({}));

  const found = await hasManyContacts(client, 500, { purpose: "directory", signal: never });

  expect(found).toEqual({ ok: true, value: expected });
  expect(kommo.journal.entries()).toHaveLength(1);
});

const destination = "https://pbx.example/webhooks/kommo/0123456789abcdef";
const address = { destination, signal: never };

test("webhooks are subscribed once, again after they were disabled, and left without complaint", async () => {
  const { kommo, client } = await account();

  const first = await subscribe(client, address);
  const second = await subscribe(client, address);
  for (const webhook of kommo.account.webhooks.values()) webhook.disabled = true;
  const third = await subscribe(client, address);
  const state = await lookAtSubscription(client, address);
  const left = [await unsubscribe(client, address), await unsubscribe(client, address)];

  expect([first, second, third]).toMatchObject([
    { value: "made" },
    { value: "stood" },
    { value: "made" },
  ]);
  expect(state).toEqual({ ok: true, value: "whole" });
  expect(left).toMatchObject([{ ok: true }, { ok: true }]);
  expect(kommo.account.webhooks.size).toBe(0);
});

test("an account that does not know the codes of incoming leads is subscribed without them", async () => {
  const posted: unknown[] = [];
  const { client } = await kommoAnswers(({ method, body }, response) => {
    if (method === "GET") return reply(response, 204);
    const { settings } = body as { settings: string[] };
    posted.push(settings.includes("add_unsorted"));
    if (settings.includes("add_unsorted")) return reply(response, 400, { title: "Bad Request" });
    reply(response, 201, { id: 1 });
  });

  const made = await subscribe(client, address);

  expect(made).toEqual({ ok: true, value: "made" });
  expect(posted).toEqual([true, false]);
});
