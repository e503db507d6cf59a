// What the daemon learns of the account itself, with Kommo up and down.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Store } from "../../src/store/store.ts";
import { storeFolder } from "../store/store-folder.ts";
import {
  migrations,
  openDirectoryOffice,
  until,
  type DirectoryOffice,
  type OfficeOptions,
} from "./directory-office.ts";

let kommo: KommoSimulator;
let store: Store;
let place: ReturnType<typeof storeFolder>;
let office: DirectoryOffice | undefined;

beforeEach(async () => {
  kommo = await startKommoSimulator({
    switches: { requestsPerSecond: 0 },
    account: { timezone: "America/Sao_Paulo" },
  });
  place = storeFolder();
  store = await place.open({ migrations });
});

afterEach(async () => {
  await office?.stop();
  await place[Symbol.asyncDispose]();
  await kommo.close();
});

async function open(options: Partial<OfficeOptions> = {}): Promise<DirectoryOffice> {
  office = await openDirectoryOffice({ kommo, store, ...options });
  return office;
}

test("who is active and in which zone the account lives is known soon after the start", async () => {
  const dismissed = kommo.account.users.get(9_100_003);
  if (dismissed !== undefined) dismissed.isActive = false;

  const { found, service } = await open();
  await until(() => found.activeUsers !== undefined);

  expect(found).toEqual({
    activeUsers: new Set([9_100_001, 9_100_002, 9_100_004]),
    timeZone: "America/Sao_Paulo",
  });
  expect(service.facts.users()).toHaveLength(4);
  expect(service.facts.accountId()).toBe(kommo.account.id);
});

test("a zone in the configuration goes before the account's", async () => {
  const { found } = await open({ timeZone: "Europe/Lisbon" });
  await until(() => found.activeUsers !== undefined);

  expect(found.timeZone).toBeUndefined();
});

test("a start while Kommo is away knows what was known last", async () => {
  const first = await open();
  await until(() => first.found.activeUsers !== undefined);
  await first.stop();
  kommo.switches.isBlocked = true;

  const { found } = await open();

  expect(found.activeUsers?.size).toBe(4);
  expect(found.timeZone).toBe("America/Sao_Paulo");
});

test("a token that may not read users is told in the log, and nobody counts as inactive", async () => {
  for (const user of kommo.account.users.values()) user.isAdmin = false;

  const { found, log } = await open();
  await until(() => log().includes("the users of the account cannot be read"));

  expect(found.activeUsers).toBeUndefined();
  expect(found.timeZone).toBe("America/Sao_Paulo");
});
