// Small things of the widget's script: addresses, streams of events, texts, numbers.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseBackendAddress } from "../../src/widget/browser/backend-address.ts";
import { formatPhone, formatSeconds, formatSum } from "../../src/widget/browser/format.ts";
import { readSaved } from "../../src/widget/browser/saved-settings.ts";
import { createSseParser } from "../../src/widget/browser/sse-parser.ts";
import { fill, readWords } from "../../src/widget/browser/words.ts";

test.each([
  ["https://pbx.example.com", "https://pbx.example.com", false],
  [" pbx.example.com/ ", "https://pbx.example.com", false],
  ["https://pbx.example.com:8443/kommo/", "https://pbx.example.com:8443/kommo", false],
  ["https://192.168.1.10", "https://192.168.1.10", true],
  ["https://172.16.0.1", "https://172.16.0.1", true],
  ["https://172.32.0.1", "https://172.32.0.1", false],
  ["https://10.0.0.1", "https://10.0.0.1", true],
  ["https://11.0.0.1", "https://11.0.0.1", false],
  ["https://[fd00::1]", "https://[fd00::1]", true],
  ["https://pbx.local", "https://pbx.local", true],
  ["https://pbx", "https://pbx", true],
  ["http://127.0.0.1:8078", "http://127.0.0.1:8078", true],
])("the address %s is asked at %s (private: %s)", (typed, base, isPrivate) => {
  expect(parseBackendAddress(typed)).toMatchObject({ base, isPrivate });
});

test.each([
  ["", "address_missing"],
  ["http://pbx.example.com", "address_not_https"],
  ["javascript:alert(1)", "address_invalid"],
  ["ftp://pbx.example.com", "address_not_https"],
  ["https://user@pbx.example.com", "address_invalid"],
  ["https://pbx.example.com/?a=1", "address_invalid"],
  ["https://", "address_invalid"],
])("the address %j is refused: %s", (typed, problem) => {
  expect(parseBackendAddress(typed)).toBe(problem);
});

test("events come whole, however the stream is cut", () => {
  const text =
    'event: hello\ndata: {"a":1}\n\n: still here\n\ndata: one\r\ndata: two\r\n\r\nevent: empty\n\nid: 7\nevent:x\ndata:y\n\n';
  const whole = [
    { name: "hello", text: '{"a":1}' },
    { name: "message", text: "one\ntwo" },
    { name: "x", text: "y" },
  ];

  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const parser = createSseParser();
      const places = [0, ...cuts.toSorted((one, other) => one - other), text.length];
      const events = places
        .slice(1)
        .flatMap((end, at) => parser.push(text.slice(places[at], end)) ?? []);
      expect(events).toEqual(whole);
    }),
  );
});

test("a line without an end is not kept for ever", () => {
  const parser = createSseParser();

  expect(parser.push(`data: ${"x".repeat(250_000)}`)).toEqual([]);
  expect(parser.push("x".repeat(20_000))).toBeUndefined();
});

test("texts that Kommo does not give stand as their names, and places are filled", () => {
  const words = readWords((section) =>
    section === "talk" ? { hang_up: "Colgar", transfer: "" } : "no such section",
  );

  expect(words.talk.hang_up).toBe("Colgar");
  expect(words.talk.transfer).toBe("transfer");
  expect(words.ringing.open_card).toBe("open card");
  expect(words.common.locale).toBe("en");
  expect(fill("{name} ({extension})", { name: "$& {extension}", extension: "101" })).toBe(
    "$& {extension} (101)",
  );
});

test.each([
  ["+79161234567", "+7 916 123-45-67"],
  ["+351912000111", "+351 912 000 111"],
  ["101", "101"],
  ["call me", "call me"],
])("the number %s is shown as %s", (phone, shown) => {
  expect(formatPhone(phone)).toBe(shown);
});

test.each([
  [0, "0:00"],
  [59.9, "0:59"],
  [60, "1:00"],
  [3_599, "59:59"],
  [3_600, "1:00:00"],
  [-5, "0:00"],
])("%d seconds are shown as %s", (seconds, shown) => {
  expect(formatSeconds(seconds)).toBe(shown);
});

test.each([[{ "1": "101" }], ['{"1":" 101 "}'], [{ "1": 101, x: "102" }]])(
  "extensions are read as an object and as its text: %j",
  (extensions) => {
    const saved = readSaved({ active: "Y", fields: { backend_url: "x", extensions } });

    expect(saved).toEqual({ isActive: true, backendUrl: "x", extensions: { "1": "101" } });
  },
);

test.each([[undefined], [null], ["{broken"], [[]], [7]])(
  "extensions that are none are an empty list: %j",
  (extensions) => {
    expect(readSaved({ active: "N", fields: { extensions } })).toEqual({
      ...{ isActive: false, backendUrl: "", extensions: {} },
    });
  },
);

test.each([
  ["en", "$", 4_000, "$4,000"],
  ["ru", "₽", 1_500.5, "1 500,5 ₽"],
  ["es", "€", 4_000.25, "4000,25 €"],
  ["en", "Kč", 4_000, "Kč 4,000"],
  ["pt", "", 12_000, "12.000"],
])("in %s with the sign %j the sum %d is written %s", (locale, currency, sum, written) => {
  expect(formatSum(sum, { locale, currency }).replace(/\s/g, " ")).toBe(written);
});
