import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createNotifier, type Notifier } from "../../src/kommo/notify.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { createFakeClock, type FakeClock } from "../ami/fake-clock.ts";
import { accountUrl, clientFor, never, TOKEN, type TestClient } from "./scripted-server.ts";

const RINGING = [{ phone: "+351912000111", userIds: [9_100_002] }] as const;
const LONG_MS = 60_000;

let kommo: KommoSimulator;
let client: TestClient;
let clock: FakeClock;
let notifier: Notifier;
let warnings: object[];

beforeEach(async () => {
  kommo = await startKommoSimulator({ token: TOKEN });
  client = clientFor(accountUrl(kommo.url));
  clock = createFakeClock();
  warnings = [];
  const log = { debug: () => undefined, warn: (fields: object) => void warnings.push(fields) };
  notifier = createNotifier({ client, clock, log, signal: never });
});

afterEach(async () => {
  client.close();
  await kommo.close();
});

const requests = (): number => kommo.journal.entries().length;

test.each([404, 400, 401, 402, 403, 429, 500, 504])(
  "a popup that Kommo answers with %d is never sent again",
  async (status) => {
    kommo.fail({ kind: "status", status });

    await notifier.notify(RINGING, LONG_MS);

    expect(requests()).toBe(1);
    expect(warnings).toHaveLength(1);
  },
);

test.each([402, 403, 404])("after a %d there are no popups for ten minutes", async (status) => {
  kommo.fail({ kind: "status", status });
  await notifier.notify(RINGING, LONG_MS);

  await clock.advance(599_999);
  await notifier.notify(RINGING, LONG_MS);
  const before = requests();
  await clock.advance(1);
  await notifier.notify(RINGING, LONG_MS);

  expect([before, requests()]).toEqual([1, 2]);
});

test("one popup that Kommo could not take does not keep the next one back", async () => {
  kommo.fail({ kind: "status", status: 500 });
  await notifier.notify(RINGING, LONG_MS);

  await notifier.notify(RINGING, LONG_MS);

  expect(kommo.journal.popups()).toHaveLength(1);
});

test("a popup whose turn does not come in time is dropped and not sent late", async () => {
  kommo.fail({ kind: "status", status: 429, retryAfterSeconds: 3_600 });
  await notifier.notify(RINGING, LONG_MS);

  await notifier.notify(RINGING, 20);

  expect(requests()).toBe(1);
});

test("a popup that Kommo does not answer is given up", async () => {
  kommo.fail({ kind: "silence", saved: "nothing" });

  await notifier.notify(RINGING, 200);

  expect(kommo.journal.popups()).toEqual([]);
});

test.each([0, -1])("%d ms before it is too late nothing is sent", async (ms) => {
  await notifier.notify(RINGING, ms);

  expect(requests()).toBe(0);
});

test("while nothing may be sent to Kommo at all, no popup goes either", async () => {
  notifier.hold();
  await notifier.notify(RINGING, LONG_MS);
  const held = requests();
  notifier.release();
  await notifier.notify(RINGING, LONG_MS);

  expect([held, requests()]).toEqual([0, 1]);
});

test("without the scope the log says what to do, once", async () => {
  kommo.fail({ kind: "status", status: 403, detail: "Client doesn't have the required scope" });
  await notifier.notify(RINGING, LONG_MS);
  await clock.advance(600_000);
  kommo.fail({ kind: "status", status: 403, detail: "Client doesn't have the required scope" });
  await notifier.notify(RINGING, LONG_MS);

  expect(warnings).toEqual([
    expect.objectContaining({ hint: expect.stringMatching(/Notification Center/) }),
  ]);
});
