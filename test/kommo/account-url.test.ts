import { expect, test } from "@jest/globals";
import { parseAccountUrl } from "../../src/kommo/account-url.ts";

test.each([
  ["https://acme.kommo.com", "https://acme.kommo.com"],
  ["  https://acme.amocrm.ru/ ", "https://acme.amocrm.ru"],
  ["https://ACME-1.amocrm.com", "https://acme-1.amocrm.com"],
  ["http://127.0.0.1:8099", "http://127.0.0.1:8099"],
  ["http://localhost:8099/", "http://localhost:8099"],
  ["http://[::1]:8099", "http://[::1]:8099"],
])("%s is taken as an account's address", (text, origin) => {
  expect(parseAccountUrl(text)).toEqual({ ok: true, value: origin });
});

test.each([
  "",
  "acme.kommo.com",
  "http://acme.kommo.com",
  "https://www.kommo.com",
  "https://api-c.kommo.com",
  "https://kommo.com",
  "https://acme.kommo.com.evil.example",
  "https://evil.example/acme.kommo.com",
  "https://acme.kommo.com:8443",
  "https://user:word@acme.kommo.com",
  "https://acme.kommo.com/leads",
  "https://a.b.kommo.com",
  "http://127.0.0.1.evil.example",
  "http://10.0.0.1",
  "ftp://127.0.0.1",
])("%p is refused with a hint", (text) => {
  const parsed = parseAccountUrl(text);

  expect(parsed).toEqual({
    ok: false,
    failure: { hint: expect.stringContaining("https://acme.kommo.com") },
  });
});
