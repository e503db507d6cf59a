// What the doctor says of the directory and of Kommo's webhooks.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { DoctorContext } from "../../src/cli/doctor/check.ts";
import { directoryCheck } from "../../src/cli/doctor/directory-check.ts";
import { webhooksCheck } from "../../src/cli/doctor/webhooks-check.ts";
import { keepValue } from "../../src/directory/kept.ts";
import { startOf, type MirrorState } from "../../src/directory/mirror-state.ts";
import { keepCard } from "../../src/directory/rows.ts";
import { subscribe } from "../../src/kommo/webhook-subscription.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { load } from "../config/written-config.ts";
import { accountUrl, clientFor, never, TOKEN } from "../kommo/scripted-server.ts";
import { storeFolder } from "../store/store-folder.ts";

let kommo: KommoSimulator;
let place: ReturnType<typeof storeFolder>;
let client: ReturnType<typeof clientFor>;

beforeEach(async () => {
  kommo = await startKommoSimulator({ token: TOKEN, switches: { requestsPerSecond: 0 } });
  client = clientFor(accountUrl(kommo.url));
  place = storeFolder();
});

afterEach(async () => {
  client.close();
  await place[Symbol.asyncDispose]();
  await kommo.close();
});

function context(more: object = {}): DoctorContext {
  const loaded = load(
    JSON.stringify({
      ami: { username: "a", secret: "ami-secret" },
      pbx: { extensions: ["_1XX"] },
      kommo: { account_url: kommo.url, access_token: TOKEN },
      store: { path: place.path },
      ...more,
    }),
  );
  return {
    configName: "config.json",
    loaded,
    clock: systemClock,
    signal: never,
    hasAccessToken: true,
    exchange: () => Promise.reject(new Error("nobody asks the exchange here")),
    kommo: () => client,
  };
}

const openStore = () => place.open({ migrations: storeMigrations });
const filledFrom = (state: MirrorState): MirrorState => {
  const list = { ...state.lists.contacts, isFilled: true };
  return { ...state, lists: { contacts: list, companies: list, leads: list } };
};

test("before the daemon has run there is nothing to tell", async () => {
  expect(await directoryCheck.run(context())).toMatchObject({ status: "skipped" });
});

test.each([
  [filledFrom(startOf("filling", 0)), "ok", /^filled: 1 contacts and companies, 2 numbers/],
  [startOf("filling", 0), "ok", /being filled/],
  [startOf("skipped", 0), "ok", /directory\.fill/],
  [startOf("asked", 0), "warning", /20000 contacts or more/],
] as const)("how far the directory is, is told: %#", async (state, status, sentence) => {
  const store = await openStore();
  const person = { type: "contacts", id: 5, name: "Ana", phones: ["912000111", "912000222"] };
  const listed = { ...person, responsibleUserId: 1, isDeleted: false, updatedAt: 1 } as const;
  await store.write([...keepCard(listed as never), keepValue("mirror", state)]);

  const verdict = await directoryCheck.run(context());

  expect(verdict.status).toBe(status);
  expect(verdict.sentence).toMatch(sentence);
});

const SECRET = "of-the-webhooks-0123456789";
const reachable = { recordings: { public_url: "https://pbx.example" } };
const destination = `https://pbx.example/webhooks/kommo/${SECRET}`;

test("without a public address changes are polled, and that is fine", async () => {
  const verdict = await webhooksCheck.run(context());

  expect(verdict).toMatchObject({ status: "ok", sentence: expect.stringContaining("every 120 s") });
});

test("subscribed, switched off and gone webhooks are told apart, and never with the secret", async () => {
  const store = await openStore();
  await store.write([keepValue("webhook-secret", SECRET)]);
  const verdicts = [await webhooksCheck.run(context(reachable))];
  await subscribe(client, { destination, signal: never });
  verdicts.push(await webhooksCheck.run(context(reachable)));
  for (const webhook of kommo.account.webhooks.values()) webhook.disabled = true;
  verdicts.push(await webhooksCheck.run(context(reachable)));

  expect(verdicts.map(({ status }) => status)).toEqual(["warning", "ok", "warning"]);
  expect(verdicts[2]?.sentence).toContain("switched them off");
  expect(JSON.stringify(verdicts)).not.toContain(SECRET);
});

test("a token that may not see webhooks is a warning with a remedy", async () => {
  for (const user of kommo.account.users.values()) user.isAdmin = false;
  const store = await openStore();
  await store.write([keepValue("webhook-secret", SECRET)]);

  const verdict = await webhooksCheck.run(context(reachable));

  expect(verdict).toMatchObject({ status: "warning", remedy: expect.any(String) });
});
