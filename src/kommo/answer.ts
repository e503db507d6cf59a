/**
 * What a complete HTTP answer of Kommo means. Pure. Judged by status and content, never by the
 * content type: Kommo sends JSON under several names, and pages of nginx under its own.
 */
import type { EpochMs } from "../lib/clock.ts";
import { failed, succeeded, type Result } from "../lib/failure.ts";
import { tidy, type FieldError, type KommoFailure } from "./failure.ts";
import { asObject, asObjects, asText } from "./json.ts";

export type HttpAnswer = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
};

/** `body` undefined: 204, an empty list or a missing entity (kommo-api, section 0). */
export type KommoAnswer = { readonly status: number; readonly body: unknown };

/** @param now for a `Retry-After` that names a date. */
export function readAnswer(answer: HttpAnswer, now: EpochMs): Result<KommoAnswer, KommoFailure> {
  const { status } = answer;
  const isEmpty = answer.body.length === 0;
  if (status === 204 || (status === 202 && isEmpty)) return succeeded({ status, body: undefined });
  const body = parseJson(answer.body);
  if (status >= 200 && status < 300)
    return body === undefined
      ? failed(nonsense(status, isEmpty))
      : succeeded({ status, body: body.value });
  return failed(readFailure(answer, body?.value, now));
}

/** JSON with an object or a list outside; undefined for anything else. */
function parseJson(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8").decode(bytes));
    return typeof value === "object" && value !== null ? { value } : undefined;
  } catch {
    return undefined; // not JSON, or nested deeper than the parser goes: both are nonsense to us
  }
}

const nonsense = (status: number, isEmpty: boolean): KommoFailure => ({
  kind: "nonsense",
  retry: "after-look-up",
  detail: `status ${String(status)} with ${isEmpty ? "no content" : "something that is not JSON"}`,
  hint: "something between this host and Kommo answers in its place; check proxies, filters and kommo.account_url",
});

function readFailure(answer: HttpAnswer, body: unknown, now: EpochMs): KommoFailure {
  const { status, headers } = answer;
  const detail = describe(status, body);
  const isJson = asObject(body) !== undefined;
  switch (status) {
    case 401:
      return {
        kind: "token-revoked",
        retry: "after-operator",
        detail,
        hint: "Kommo does not take the token: it is wrong, expired or revoked. Make a new one in Kommo (Settings, Integrations, Keys and scopes), put it into kommo.access_token and restart",
      };
    case 402:
      return {
        kind: "payment-required",
        retry: "after-operator",
        detail,
        hint: "the Kommo account is not paid for. Calls are kept and booked after the payment",
      };
    case 403:
      return isJson
        ? {
            kind: "forbidden",
            retry: "after-operator",
            isScope: /scope/i.test(detail),
            detail,
            hint: "the token's user or scopes do not allow this; give the user the right in Kommo, or make a token of an administrator",
          }
        : {
            kind: "blocked",
            retry: "after-operator",
            detail: "status 403 with a page in place of JSON",
            hint: "Kommo has blocked this address or account, mostly for too many requests. Lower kommo.requests_per_second, see what else uses the account, and ask Kommo's support to lift the block",
          };
    case 404:
      return {
        kind: "not-found",
        retry: "never",
        detail,
        hint: "the card is deleted, or kommo.account_url is not the account's address",
      };
    case 429:
      return {
        kind: "rate-limited",
        retry: "later",
        retryAfterMs: readRetryAfter(headers, now),
        detail,
        hint: "Kommo wants fewer requests; the pace is lowered by itself. If this goes on, lower kommo.requests_per_second",
      };
    case 504:
      return {
        kind: "gateway-timeout",
        retry: "after-look-up",
        detail,
        hint: "Kommo took too long; what was saved is looked up and the rest repeated",
      };
  }
  if (status >= 300 && status < 400)
    return {
      kind: "moved",
      retry: "after-operator",
      detail: `status ${String(status)}, moved to ${hostOf(headers["location"])}`,
      hint: "the account has another address now; put it into kommo.account_url",
    };
  if (status >= 500 || status === 408)
    return {
      kind: "server-error",
      retry: "after-look-up",
      status,
      detail,
      hint: "Kommo has trouble; nothing is lost, it is tried again",
    };
  // Kommo tells why it refuses, as JSON. A refusal cut short, or a page, does not say what was done.
  if (!isJson && (status === 400 || status === 422))
    return nonsense(status, answer.body.length === 0);
  const fields = readFieldErrors(body);
  return {
    kind: "rejected",
    retry: "never",
    status,
    fields,
    body,
    detail: fields.length === 0 ? detail : tidy(fields.map(tellField).join("; ")),
    hint: "Kommo refuses a value of this request; the reason names the field. Look at the customizations and at kommo in the configuration",
  };
}

const tellField = ({ path, code, detail }: FieldError): string =>
  [path, code, detail].filter((part) => part !== "").join(" ");

function describe(status: number, body: unknown): string {
  const problem = asObject(body);
  const words = asText(problem?.["detail"]) ?? asText(problem?.["title"]);
  return tidy(`status ${String(status)}${words === undefined ? "" : `, ${words}`}`);
}

/** @source kommo-api, section 2: `validation-errors[]` = `{request_id, errors:[{code, path, detail}]}` */
export const readFieldErrors = (body: unknown): readonly FieldError[] =>
  asObjects(asObject(body)?.["validation-errors"]).flatMap((element) =>
    asObjects(element["errors"]).map((error) => ({
      requestId: asText(element["request_id"]),
      path: asText(error["path"]) ?? "",
      code: asText(error["code"]) ?? "",
      detail: asText(error["detail"]) ?? "",
    })),
  );

/** Longer than this nobody waits without an operator; also keeps a broken header from stopping us. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Seconds, or a date: by Kommo's own clock if its answer tells the time, for ours may be wrong. */
function readRetryAfter(headers: HttpAnswer["headers"], now: EpochMs): number | undefined {
  const text = headers["retry-after"]?.trim();
  if (text === undefined || text === "") return undefined;
  const seconds = Number(text);
  const sentAt = Date.parse(headers["date"] ?? "");
  const ms = Number.isNaN(seconds)
    ? Date.parse(text) - (Number.isNaN(sentAt) ? now : sentAt)
    : Math.ceil(seconds * 1_000);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

const hostOf = (location: string | undefined): string =>
  (location === undefined ? undefined : URL.parse(location)?.host) ?? "an unnamed place";
