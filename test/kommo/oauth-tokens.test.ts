// Access by OAuth, against the simulated account: what Kommo and the network may do to it.
import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { epochMs } from "../../src/lib/clock.ts";
import { StoreFailure } from "../../src/store/store.ts";
import { handClock } from "../outbox/hand-clock.ts";
import { consentAt, oauthAccount, until } from "./oauth-at-account.ts";

const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, act));

const DAY_MS = 86_400_000;

test("F43: 20 requests refused at once renew the access once, and all succeed", async () => {
  await using account = await oauthAccount({ isAuthorised: false });
  await account.authorise({ accessToken: "ended-before-its-time" });
  await account.tokens.restore();

  const answers = await times(20, account.askAccount);

  const refusals = account.kommo.journal.entries().filter(({ status }) => status === 401);
  expect(answers).toEqual(Array(20).fill(200));
  expect(refusals.length).toBeGreaterThan(1);
  expect(account.refreshes()).toBe(1);
});

test("F43: a 401 to a token that was renewed meanwhile does not renew again", async () => {
  await using account = await oauthAccount();
  const old = account.tokens.current();
  const signal = new AbortController().signal;

  await account.tokens.renew(old, signal);
  const late = await account.tokens.renew(old, signal);

  expect(late).toBeUndefined();
  expect(account.refreshes()).toBe(1);
});

test("what was handed over is in the store, and its file is gone", async () => {
  await using account = await oauthAccount();

  const kept = await account.keptPair();

  expect(kept?.accessToken).toBe(account.tokens.current());
  expect(existsSync(account.handoverFile)).toBe(false);
  expect(await account.askAccount()).toBe(200);
  expect(account.refreshes()).toBe(0);
});

test.each([
  ["the answer is lost after Kommo has issued the pair", { kind: "drop", saved: "all" }],
  ["the connection is reset before", { kind: "reset", saved: "nothing" }],
  ["the answer is cut off", { kind: "garble", as: "truncated" }],
  ["the answer is no JSON", { kind: "garble", as: "html" }],
  ["Kommo has trouble", { kind: "status", status: 503 }],
  ["Kommo wants fewer requests", { kind: "status", status: 429, retryAfterSeconds: 1 }],
] as const)("where %s, the old refresh token is used again (fault F44)", async (_, fault) => {
  await using account = await oauthAccount();
  const { kommo, tokens } = account;
  kommo.fail({ ...fault, path: "/oauth2/access_token" });
  kommo.fail({ kind: "status", status: 401, path: "/api/v4/account" });
  tokens.start();

  const first = await account.askAccount();
  await until(() => account.refreshes() === 2);
  await until(async () => (await account.askAccount()) === 200);

  expect(first).toBe("unreachable");
  expect(account.refreshes()).toBe(2);
  expect(account.alarms).toEqual([]);
});

test("F44: a new pair is on the disk before Kommo sees it, however long the disk is full", async () => {
  let isFull = false;
  await using account = await oauthAccount({
    keepBy: (store) => async (statements) => {
      while (isFull) await new Promise((resolve) => setTimeout(resolve, 2));
      return store.write(statements);
    },
  });
  const { kommo } = account;
  const before = await account.keptPair();
  kommo.fail({ kind: "status", status: 401, path: "/api/v4/account" });
  isFull = true;

  const asked = account.askAccount();
  await until(() => account.refreshes() === 1);
  const isOldGood = kommo.tokens.isGoodRefreshToken(before?.refreshToken ?? "", Date.now());
  const keptMeanwhile = await account.keptPair();
  const inUseMeanwhile = account.tokens.current();
  isFull = false;

  expect(await asked).toBe(200);
  expect(isOldGood).toBe(true);
  expect(keptMeanwhile).toEqual(before);
  expect(inUseMeanwhile).toBe(before?.accessToken);
  expect((await account.keptPair())?.accessToken).toBe(account.tokens.current());
});

test("F44: a pair that cannot be saved is not used, and the one before stays good", async () => {
  let isBroken = false;
  await using account = await oauthAccount({
    keepBy: (store) => (statements) =>
      isBroken
        ? Promise.reject(new StoreFailure("no room", { code: "SQLITE_FULL", hint: "" }))
        : store.write(statements),
  });
  account.kommo.fail({ kind: "status", status: 401, path: "/api/v4/account" });
  isBroken = true;

  const before = account.tokens.current();
  const answer = await account.askAccount();
  const inUse = account.tokens.current();
  isBroken = false;
  const later = await account.askAccount();

  expect([answer, later]).toEqual(["unreachable", 200]);
  expect(inUse).toBe(before);
});

test("F45: a removed integration is told once and not asked again, until auth", async () => {
  await using account = await oauthAccount();
  const { kommo, tokens } = account;
  tokens.start();
  kommo.tokens.revokeAll();

  const answers = await times(20, account.askAccount);
  const more = await times(20, account.askAccount);
  const asked = kommo.journal.entries().length;
  await new Promise((resolve) => setTimeout(resolve, 200)); // ten rounds of the watch
  const afterWaiting = kommo.journal.entries().length;
  await account.authorise();
  await until(() => account.renewals() === 1);

  expect(new Set([...answers, ...more])).toEqual(new Set(["token-revoked"]));
  expect(account.refreshes()).toBe(1);
  expect(afterWaiting).toBe(asked);
  expect(account.alarms).toEqual([expect.stringContaining("asterisk-kommo auth url")]);
  expect(await account.askAccount()).toBe(200);
});

test("after a refusal Kommo is asked once an hour, and what it gives then is taken", async () => {
  const clock = handClock();
  await using account = await oauthAccount({ clock, isAuthorised: false });
  await account.authorise({ accessToken: "ended-before-its-time", issuedAt: clock.now() });
  account.tokens.start();
  await until(() => account.renewals() === 1);
  account.kommo.fail({ kind: "status", status: 401, path: "/oauth2", times: 2 });
  const first = await account.askAccount();
  await until(() => clock.sleepers() === 1);

  clock.advance(3_600_000 - 1);
  await until(() => clock.sleepers() === 1);
  const justBefore = account.refreshes();
  clock.advance(20);
  await until(() => account.renewals() === 2);

  expect(first).toBe("token-revoked");
  expect([justBefore, account.refreshes()]).toEqual([1, 2]);
  expect(await account.askAccount()).toBe(200);
});

test("without a consent nothing is sent, and the alarm names the command", async () => {
  await using account = await oauthAccount({ isAuthorised: false });
  account.tokens.start();

  const before = await account.askAccount();
  await account.authorise();
  await until(() => account.renewals() === 1);

  expect(before).toBe("token-revoked");
  expect(account.kommo.journal.entries()).toEqual([]);
  expect(account.alarms).toEqual([expect.stringContaining("nobody has allowed")]);
  expect(await account.askAccount()).toBe(200);
});

test("a refused consent of more than three months says so", async () => {
  await using account = await oauthAccount({ isAuthorised: false });
  const longAgo = epochMs(Date.now() - 91 * DAY_MS);
  await account.authorise({ issuedAt: longAgo });
  account.tokens.start();
  account.kommo.tokens.revokeAll();

  await until(() => account.alarms.length === 2);

  expect(account.alarms[1]).toContain("drops it after three months");
});

test("a token that is refused as soon as it is issued is not asked for again and again", async () => {
  await using account = await oauthAccount();
  const { kommo, tokens } = account;
  tokens.start();
  kommo.switches.tokensAreRevoked = true;

  const answers = await times(20, account.askAccount);
  const more = await times(20, account.askAccount);

  expect(new Set([...answers, ...more])).toEqual(new Set(["token-revoked"]));
  expect(account.refreshes()).toBe(1);
  expect(account.alarms).toEqual([expect.stringContaining("just issued")]);
});

test("F45: an unpaid or blocked account is told as such when its token has to be renewed", async () => {
  await using account = await oauthAccount();
  const { kommo } = account;
  kommo.fail({ kind: "status", status: 401, path: "/api/v4/account" });
  kommo.fail({ kind: "status", status: 403, html: true, path: "/oauth2" });

  const answer = await account.askAccount();
  const again = await account.askAccount();

  expect([answer, again]).toEqual(["blocked", "blocked"]);
  expect(account.refreshes()).toBe(1);
});

test("F45: an account that has moved is told with its new address, and the access is kept", async () => {
  await using account = await oauthAccount();
  const { kommo, tokens } = account;
  kommo.switches.movedTo = "http://127.0.0.1:9";
  const old = tokens.current();

  const why = await tokens.renew(old, new AbortController().signal);

  expect(why?.kind).toBe("moved");
  expect(why?.detail).toContain("127.0.0.1:9");
  expect((await account.keptPair())?.accessToken).toBe(old);
});

test.each([401, 404] as const)(
  "F45: an account that was renamed answers %d to the renewal, and is asked for its new address",
  async (refreshMovedStatus) => {
    const switches = { refreshMovedStatus, accountDomain: "127.0.0.1:9" };
    await using account = await oauthAccount({ switches });
    const old = account.tokens.current();

    const why = await account.tokens.renew(old, new AbortController().signal);

    expect(why?.kind).toBe("moved");
    expect(why?.detail).toContain("127.0.0.1:9");
    expect((await account.keptPair())?.accessToken).toBe(old);
  },
);

test.each([400, 401] as const)(
  "F45: a grant that Kommo refuses with %d is over until somebody allows the access anew",
  async (badGrantStatus) => {
    await using account = await oauthAccount({ switches: { badGrantStatus } });
    account.kommo.tokens.revokeAll();

    const answers = await times(3, account.askAccount);

    expect(answers).toEqual(Array(3).fill("token-revoked"));
    expect(account.refreshes()).toBe(1);
    expect(account.alarms).toEqual([expect.stringContaining("asterisk-kommo auth url")]);
  },
);

test("F46: the token of another account that auth handed over is refused", async () => {
  await using account = await oauthAccount();
  const ours = account.tokens.current();
  const claims = Buffer.from(JSON.stringify({ account_id: 777 })).toString("base64url");
  account.tokens.start();
  await account.authorise({ accessToken: `x.${claims}.y` });

  await until(() => account.alarms.length === 1);

  expect(account.alarms[0]).toContain("account 777, and the store to account 31990001");
  expect(account.alarms[0]).toContain("store.path");
  expect(account.tokens.current()).toBe(ours);
  await until(() => !existsSync(account.handoverFile));
});

test("an authorisation of another integration is of no use", async () => {
  await using account = await oauthAccount({ clientId: "another-integration" });

  expect(await account.askAccount()).toBe("token-revoked");
  expect(account.alarms.join()).toContain("kommo.oauth.client_id");
  expect(account.kommo.journal.entries()).toEqual([]);
});

test("a token is renewed an hour before its end, and the host's clock has no say in it (fault F14)", async () => {
  const clock = handClock();
  await using account = await oauthAccount({ clock, isAuthorised: false });
  await account.authorise({ issuedAt: clock.now() });
  account.tokens.start();
  await until(() => account.renewals() === 1);
  const first = account.tokens.current();
  await until(() => clock.sleepers() === 1);

  clock.setWall(clock.now() + 400 * DAY_MS);
  clock.advance(23 * 3_600_000 - 1);
  await until(() => clock.sleepers() === 1);
  const justBefore = account.tokens.current();
  clock.setWall(clock.now() - 800 * DAY_MS);
  clock.advance(1);
  await until(() => account.tokens.current() !== first);

  expect(justBefore).toBe(first);
  expect(account.refreshes()).toBe(1);
});

test("a token whose age nobody knows, since the clock was set back, is renewed at once", async () => {
  await using account = await oauthAccount({ isAuthorised: false });
  await account.authorise({ issuedAt: epochMs(Date.now() + 3 * DAY_MS) });
  account.tokens.start();

  await until(() => account.refreshes() === 1);

  expect(await account.askAccount()).toBe(200);
});

test("a token that has ended is renewed before a request is sent", async () => {
  await using account = await oauthAccount({ isAuthorised: false });
  await account.authorise({ issuedAt: epochMs(Date.now() - 2 * DAY_MS) });
  await account.tokens.restore();

  const answers = await times(20, account.askAccount);

  expect(answers).toEqual(Array(20).fill(200));
  expect(account.refreshes()).toBe(1);
  expect(account.kommo.journal.entries()[0]?.path).toBe("/oauth2/access_token");
});

test("a short life of tokens is kept up without a refused request", async () => {
  await using account = await oauthAccount({ switches: { accessTokenSeconds: 1 } });
  account.tokens.start();

  await until(() => account.refreshes() >= 3);

  expect(await account.askAccount()).toBe(200);
  expect(account.alarms).toEqual([]);
});

test("a rumour of a revoked access is checked once, not believed", async () => {
  await using account = await oauthAccount();

  for (let rumour = 0; rumour < 20; rumour++) account.tokens.suspectRevoked();
  await until(() => account.refreshes() === 1);

  expect(await account.askAccount()).toBe(200);
  expect(account.refreshes()).toBe(1);
});

test("no token and no secret is logged", async () => {
  await using account = await oauthAccount();
  const { kommo, tokens } = account;
  const pair = consentAt(kommo);
  kommo.fail({ kind: "status", status: 500, path: "/oauth2" });
  await tokens.renew(tokens.current(), new AbortController().signal);
  await account.authorise(pair);
  tokens.start();
  await until(() => tokens.current() === pair.accessToken);
  kommo.tokens.revokeAll();
  await account.askAccount();

  const log = [...account.logged, ...account.alarms].join("\n");

  expect(log).not.toMatch(/eyJ|def50|simulator-secret/);
});
