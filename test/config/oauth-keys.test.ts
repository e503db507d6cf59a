import { afterAll, expect, test } from "@jest/globals";
import { errorsOf, GOOD, load, removeFolders } from "./written-config.ts";

afterAll(removeFolders);

const ACCOUNT = { account_url: "https://acme.kommo.com" };
const OAUTH = {
  client_id: "7d3a0000-0000-4000-8000-00000000abcd",
  client_secret: "canary",
  redirect_uri: "https://pbx.example/oauth/kommo",
};
const errors = (kommo: object): string[] => errorsOf(load({ ...GOOD, kommo }));

test("one way into the account is needed, either of the two", () => {
  expect(errors({ ...ACCOUNT, access_token: "x" })).toEqual([]);
  expect(errors({ ...ACCOUNT, oauth: OAUTH })).toEqual([]);
  expect(errors(ACCOUNT)).toEqual([expect.stringContaining("kommo.access_token: is missing")]);
});

test("both ways at once, or half of one, are errors", () => {
  const { client_secret: _, ...half } = OAUTH;

  expect(errors({ ...ACCOUNT, access_token: "x", oauth: OAUTH })).toEqual([
    expect.stringContaining("kommo.access_token: is given, and kommo.oauth too"),
  ]);
  expect(errors({ ...ACCOUNT, oauth: half })).toEqual([
    expect.stringContaining("kommo.oauth.client_id: stands alone"),
  ]);
});

test("a redirect URI that is no address is an error", () => {
  expect(errors({ ...ACCOUNT, oauth: { ...OAUTH, redirect_uri: "pbx.example" } })).toHaveLength(1);
});
