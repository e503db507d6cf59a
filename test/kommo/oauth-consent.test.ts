import { expect, test } from "@jest/globals";
import { readClaims } from "../../src/kommo/oauth/claims.ts";
import {
  consentUrl,
  otherAccountOf,
  readCode,
  readRedirect,
} from "../../src/kommo/oauth/consent.ts";
import { decodePair } from "../../src/kommo/oauth/pair.ts";
import { verifyRevokedHook } from "../../src/kommo/oauth/revoked-hook.ts";
import { otherAccount } from "../../src/kommo/oauth/same-account.ts";
import { createAccount } from "../../src/simulator/kommo/state/new-account.ts";
import { revokedHookQuery } from "../../src/simulator/kommo/state/tokens.ts";
import { INTEGRATION, OAUTH } from "./oauth-simulated-integration.ts";
import { accountUrl } from "./scripted-server.ts";

const ACME = accountUrl("https://acme.kommo.com");
const expected = { accountUrl: ACME, clientId: OAUTH.clientId, state: "state-1" };
const redirect = (changed: Record<string, string> = {}): URLSearchParams =>
  new URLSearchParams({
    code: "def502-code",
    state: "state-1",
    referer: "acme.kommo.com",
    client_id: OAUTH.clientId,
    ...changed,
  });

test.each([
  ["https://acme.kommo.com", "https://www.kommo.com/oauth"],
  ["https://acme.amocrm.com", "https://www.kommo.com/oauth"],
  ["https://acme.amocrm.ru", "https://www.amocrm.ru/oauth"],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080/oauth"],
])("the consent page of %s is %s", (account, page) => {
  const url = new URL(consentUrl(accountUrl(account), OAUTH, "state-1"));

  expect(url.origin + url.pathname).toBe(page);
  expect(url.searchParams.get("client_id")).toBe(OAUTH.clientId);
  expect(url.searchParams.get("state")).toBe("state-1");
  expect(url.href).not.toContain(OAUTH.clientSecret);
});

test("the code of a redirect that belongs to us is taken", () => {
  expect(readRedirect(redirect(), expected)).toEqual({ ok: true, value: "def502-code" });
});

test.each([
  ["another state", "wrong-state", redirect({ state: "state-2" })],
  ["no state", "wrong-state", new URLSearchParams({ code: "def502-code" })],
  ["an empty state", "wrong-state", redirect({ state: "" })],
  ["a refusal", "refused-consent", redirect({ error: "access_denied" })],
  ["another integration", "unusable", redirect({ client_id: "someone-else" })],
  ["another account", "other-account", redirect({ referer: "evil.kommo.com" })],
  ["a host that is not Kommo's", "unusable", redirect({ referer: "acme.kommo.com.evil.example" })],
  ["a host with a path", "unusable", redirect({ referer: "acme.kommo.com/x?y=" })],
  ["a host with a user", "unusable", redirect({ referer: "acme.kommo.com@evil.example" })],
  ["no account", "unusable", redirect({ referer: "" })],
  ["Kommo's own pages as account", "unusable", redirect({ referer: "www.kommo.com" })],
  ["this host as account", "other-account", redirect({ referer: "localhost" })],
  ["a code with a line break", "unusable", redirect({ code: "def502\r\ncode" })],
  ["no code", "unusable", redirect({ code: "" })],
])("a redirect with %s is refused as %s", (_, kind, query) => {
  expect(readRedirect(query, expected)).toMatchObject({ ok: false, failure: { kind } });
});

test("without a page that was asked for no redirect is taken, not even one without a state", () => {
  const query = redirect({ state: "" });

  expect(readRedirect(query, { ...expected, state: undefined }).ok).toBe(false);
});

test("a code by hand is taken from 8 to 4,096 characters", () => {
  const ofLength = [7, 8, 9, 4_095, 4_096, 4_097].map((length) => readCode("x".repeat(length)).ok);

  expect(ofLength).toEqual([false, true, true, true, true, false]);
});

test("the account of the configuration is no other one", () => {
  expect(otherAccountOf("acme.kommo.com", ACME)).toBeUndefined();
  expect(otherAccountOf("ACME.KOMMO.COM", ACME)).toBeUndefined();
});

const PAIR = { access_token: "a", refresh_token: "b", expires_in: 86_400 };
test.each([
  ["nothing", undefined],
  ["a list", [PAIR]],
  ["no refresh token", { ...PAIR, refresh_token: undefined }],
  ["an empty token", { ...PAIR, access_token: "" }],
  ["a token that would end the header", { ...PAIR, access_token: "a\r\nX: y" }],
  ["a token with letters beyond ASCII", { ...PAIR, access_token: "ä" }],
  ["a token of 8,193 characters", { ...PAIR, access_token: "a".repeat(8_193) }],
  ["a life of 0", { ...PAIR, expires_in: 0 }],
  ["a life below 0", { ...PAIR, expires_in: -1 }],
  ["a life without end", { ...PAIR, expires_in: 1e12 }],
  ["a life in words", { ...PAIR, expires_in: "long" }],
])("an answer with %s is no pair", (_, body) => {
  expect(decodePair(body)).toBeUndefined();
});

test("a pair may have a token of 8,192 characters and a life of 1 second, as text too", () => {
  const body = { ...PAIR, access_token: "a".repeat(8_192), expires_in: "1" };

  expect(decodePair(body)?.expiresInSeconds).toBe(1);
});

const tokenWith = (claims: unknown): string =>
  `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.y`;

test("a token says its account, its end and Kommo's host, and only Kommo's", () => {
  const told = readClaims(tokenWith({ account_id: 5, exp: 7, api_domain: "api-c.kommo.com" }));
  const lies = readClaims(
    tokenWith({ account_id: -5, exp: "x", api_domain: "api-c.evil.example" }),
  );

  expect(told).toEqual({ accountId: 5, endsAtMs: 7_000, apiDomain: "api-c.kommo.com" });
  expect(lies).toEqual({ accountId: undefined, endsAtMs: undefined, apiDomain: undefined });
});

test.each(["", ".", "a.b.c", "x.bnVsbA.y", tokenWith([]), tokenWith(7)])(
  "a token %j says nothing",
  (token) => {
    expect(Object.values(readClaims(token)).filter((claim) => claim !== undefined)).toEqual([]);
  },
);

test("a token is of another account only if both are known and differ", () => {
  const token = tokenWith({ account_id: 31_990_001 });

  expect(otherAccount(undefined, token)).toBeUndefined();
  expect(otherAccount(31_990_001, token)).toBeUndefined();
  expect(otherAccount(1, "opaque")).toBeUndefined();
  expect(otherAccount(1, token)?.reason).toContain("31990001");
});

test("the access-revoked hook is believed with Kommo's signature only", () => {
  const query = revokedHookQuery(createAccount(), INTEGRATION);
  const signature = query.get("signature") ?? "";
  const changed = (name: string, value: string): URLSearchParams => {
    const copy = new URLSearchParams(query);
    copy.set(name, value);
    return copy;
  };

  expect(verifyRevokedHook(query, OAUTH)).toBe(31_990_001);
  expect(verifyRevokedHook(changed("signature", signature.toUpperCase()), OAUTH)).toBe(31_990_001);
  for (const forged of [
    changed(
      "signature",
      signature.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
    ),
    changed("signature", ""),
    changed("account_id", "31990002"),
    changed("account_id", "31990001|x"),
    changed("client_uuid", "another"),
    new URLSearchParams(),
  ])
    expect(verifyRevokedHook(forged, OAUTH)).toBeUndefined();
  expect(verifyRevokedHook(query, { ...OAUTH, clientSecret: "x" })).toBeUndefined();
});
