import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readAnswer, type HttpAnswer } from "../../src/kommo/answer.ts";
import { epochMs } from "../../src/lib/clock.ts";

const NOW = epochMs(Date.parse("2026-11-21T12:00:00Z"));

const answer = (
  status: number,
  body: unknown = "",
  headers: HttpAnswer["headers"] = {},
): HttpAnswer => ({
  status,
  headers,
  body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
});

const page = "<html><head><title>403 Forbidden</title></head><body>nginx</body></html>";

test("an answer without content is an empty list, and no list of nothing", () => {
  expect(readAnswer(answer(204), NOW)).toEqual({
    ok: true,
    value: { status: 204, body: undefined },
  });
});

test("JSON is read by what it is, with or without a mark of its byte order", () => {
  const outcome = readAnswer(answer(200, '\uFEFF{"id": 1}', { "content-type": "text/html" }), NOW);

  expect(outcome).toEqual({ ok: true, value: { status: 200, body: { id: 1 } } });
});

test.each([
  ["a page", page],
  ["nothing", ""],
  ["half of an answer", '{"id": 1'],
  ["a word", '"ok"'],
])("a success with %s is nonsense: whether it was done has to be looked up", (_, body) => {
  expect(readAnswer(answer(200, body), NOW)).toMatchObject({
    ok: false,
    failure: { kind: "nonsense", retry: "after-look-up" },
  });
});

test.each([
  [401, { title: "Unauthorized" }, "token-revoked", "after-operator"],
  [402, { detail: "Account is not paid" }, "payment-required", "after-operator"],
  [403, page, "blocked", "after-operator"],
  [403, "", "blocked", "after-operator"],
  [403, { detail: "Forbidden" }, "forbidden", "after-operator"],
  [404, { title: "Not Found" }, "not-found", "never"],
  [405, "", "rejected", "never"],
  [422, { title: "Unprocessable" }, "rejected", "never"],
  [408, "", "server-error", "after-look-up"],
  [500, page, "server-error", "after-look-up"],
  [503, { title: "Unavailable" }, "server-error", "after-look-up"],
  [504, page, "gateway-timeout", "after-look-up"],
  [429, page, "rate-limited", "later"],
  [301, "", "moved", "after-operator"],
] as const)("status %d with %j is %s", (status, body, kind, retry) => {
  const outcome = readAnswer(answer(status, body), NOW);

  expect(outcome).toMatchObject({ ok: false, failure: { kind, retry } });
});

test.each([
  ["7", 7_000],
  ["0", 0],
  ["-5", 0],
  ["3600", 3_600_000],
  ["3601", 3_600_000],
  ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
  ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
  ["1.5", 1_500],
  ["soon", undefined],
  [undefined, undefined],
])("Retry-After %p is a wait of %p ms", (header, retryAfterMs) => {
  const outcome = readAnswer(answer(429, "", { "retry-after": header }), NOW);

  expect(outcome).toMatchObject({ failure: { kind: "rate-limited", retryAfterMs } });
});

test("a Retry-After that names a date counts from the time that Kommo's answer tells", () => {
  const headers = {
    "retry-after": "Sat, 21 Nov 2026 11:00:30 GMT",
    date: "Sat, 21 Nov 2026 11:00:00 GMT",
  };

  const outcome = readAnswer(answer(429, "", headers), NOW);

  expect(outcome).toMatchObject({ failure: { kind: "rate-limited", retryAfterMs: 30_000 } });
});

test("a refusal names its fields and the elements they belong to", () => {
  const outcome = readAnswer(
    answer(400, {
      "validation-errors": [
        { request_id: "step-3", errors: [{ code: "FieldMissing", path: "duration", detail: "x" }] },
      ],
      detail: "Request validation failed",
    }),
    NOW,
  );

  expect(outcome).toMatchObject({
    failure: {
      kind: "rejected",
      detail: "duration FieldMissing x",
      fields: [{ requestId: "step-3", path: "duration", code: "FieldMissing", detail: "x" }],
    },
  });
});

test("Kommo's words lose phone numbers, tokens and line breaks before they reach a log", () => {
  const token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9aaaaaaaaaa.bbb-b.ccc";
  const detail = `no\r\n+351 912 000 111 for ${token} of user 9100002 ${"long ".repeat(200)}`;

  const outcome = readAnswer(answer(400, { detail }), NOW);

  const said = outcome.ok ? "" : outcome.failure.detail;
  expect(said).toContain("no •••11 for … of user 9100002");
  expect(said).not.toContain("912");
  expect(said.length).toBeLessThanOrEqual(300);
});

test("no bytes and no status bring the reader down", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.uint8Array(), (status, body) => {
      const outcome = readAnswer({ status, headers: {}, body }, NOW);

      return outcome.ok || outcome.failure.hint !== "";
    }),
  );
});

test("lists nested deeper than any stack are nonsense", () => {
  expect(readAnswer(answer(200, "[".repeat(2_000_000)), NOW)).toMatchObject({
    failure: { kind: "nonsense" },
  });
});

test.each([400, 422])("a refusal (%i) that cannot be read does not say what was done", (status) => {
  for (const body of [page, '{"title": "Bad', ""])
    expect(readAnswer(answer(status, body), NOW)).toMatchObject({
      failure: { kind: "nonsense", retry: "after-look-up" },
    });
});
