// Which account the daemon is let into, by a long-lived token (fault F46).
import { afterEach, expect, test } from "@jest/globals";
import { openAccess, type Access } from "../../src/kommo/access.ts";
import { EXCHANGE_LIMITS } from "../../src/kommo/exchange.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import { kommoMigrations } from "../../src/kommo/oauth/token-rows.ts";
import type { OtherAccount } from "../../src/kommo/oauth/same-account.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { Result } from "../../src/lib/failure.ts";
import type { Store } from "../../src/store/store.ts";
import { storeFolder } from "../store/store-folder.ts";
import { GOOD, load, removeFolders } from "../config/written-config.ts";
import { accountUrl } from "./scripted-server.ts";

afterEach(removeFolders);

const tokenOf = (accountId: number): string =>
  `x.${Buffer.from(JSON.stringify({ account_id: accountId })).toString("base64url")}.y`;

async function openWith(store: Store, token: string): Promise<Result<Access, OtherAccount>> {
  const loaded = load({ ...GOOD, kommo: { ...GOOD.kommo, access_token: token } });
  if (!loaded.ok) throw new Error("the configuration is not good");
  const limiter = createLimiter({ requestsPerSecond: 5, clock: systemClock });
  limiter.close();
  return openAccess({
    config: loaded.value.config,
    accountUrl: accountUrl("https://acme.kommo.com"),
    store,
    keep: (statements) => store.write(statements),
    clock: systemClock,
    limiter,
    log: { debug: () => {}, warn: () => {}, error: () => {} },
    userAgent: "test",
    limits: EXCHANGE_LIMITS,
    onRenewed: () => {},
    onFatal: () => {},
  });
}

test("F46: a store takes the tokens of the account that it was begun with, and no others", async () => {
  await using place = storeFolder();
  const store = await place.open({ migrations: kommoMigrations });

  const first = await openWith(store, tokenOf(5));
  const same = await openWith(store, tokenOf(5));
  const other = await openWith(store, tokenOf(6));

  expect([first.ok, same.ok, other.ok]).toEqual([true, true, false]);
  expect(!other.ok && other.failure).toEqual({
    reason: "the token belongs to Kommo account 6, and the store to account 5",
    hint: expect.stringContaining("name a new file in store.path"),
  });
});

test("a token that does not say its account is taken", async () => {
  await using place = storeFolder();
  const store = await place.open({ migrations: kommoMigrations });

  const opaque = await openWith(store, "opaque");
  const later = await openWith(store, tokenOf(6));

  expect([opaque.ok, later.ok]).toEqual([true, true]);
  expect(opaque.ok && opaque.value.forClient.accessToken()).toBe("opaque");
  expect(opaque.ok && opaque.value.forClient.renewal).toBeUndefined();
});
