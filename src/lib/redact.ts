/**
 * Takes secrets and clients' numbers out of what is to be logged or shown. Secrets go always: by the
 * name of the field, by shape (Bearer …, a JWT, def502…) and by value where the values are known.
 * Numbers go unless the caller says that they may stay.
 */
import { digitsOf, maskPhone } from "./phone.ts";

export type Redactor = {
  text(text: string, phones: "masked" | "whole"): string;
  /** A copy that is safe to write as JSON: no cycles, no depth without end, errors with their cause. */
  value(value: unknown, phones: "masked" | "whole"): unknown;
};

export const REMOVED = "[removed]";

/** The longest first: one secret may begin with another. */
const spellingsOf = (secrets: readonly string[]): readonly string[] =>
  secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length >= 4)
    .toSorted((one, other) => other.length - one.length);

/**
 * @param secrets values that must never be shown; shorter than four characters they would hide half of all
 *   text. The list may grow: what a reload brings is hidden from then on.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  let known: readonly string[] = [];
  let count = 0;
  function hidden(): readonly string[] {
    if (secrets.length === count) return known;
    count = secrets.length;
    known = spellingsOf(secrets);
    return known;
  }

  const text = (raw: string, phones: "masked" | "whole"): string => {
    let safe = raw;
    for (const secret of hidden())
      if (safe.includes(secret)) safe = safe.replaceAll(secret, REMOVED);
    if (safe.includes("eyJ")) safe = safe.replace(JWT, REMOVED);
    if (safe.includes("def50")) safe = safe.replace(REFRESH_TOKEN, REMOVED);
    if (/[ :=]/.test(safe)) safe = safe.replace(NAMED_SECRET, `$1${REMOVED}`);
    if (phones === "whole" || !/\d\d/.test(safe)) return safe;
    return safe.replace(PHONE_IN_TEXT, maskInText);
  };

  const copy = (value: unknown, how: Copying): unknown => {
    switch (typeof value) {
      case "string":
        return text(value, how.phones);
      case "bigint":
        return value.toString();
      case "function":
      case "symbol":
        return undefined;
      case "object":
        return value === null ? null : copyObject(value, how);
      default:
        return value;
    }
  };

  const copyObject = (value: object, how: Copying): unknown => {
    if (how.inside.includes(value) || how.inside.length >= DEEPEST) return "[…]";
    const deeper = { ...how, inside: [...how.inside, value] };
    if (value instanceof Error) return copyFields(entriesOf(errorFields(value)), deeper);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map)
      return copyFields(
        [...value].map(([k, v]) => [String(k), v]),
        deeper,
      );
    if (Array.isArray(value) || value instanceof Set)
      return [...(value as Iterable<unknown>)].slice(0, LONGEST).map((item) => copy(item, deeper));
    return copyFields(entriesOf(value), deeper);
  };

  const copyFields = (fields: [string, unknown][], how: Copying): Record<string, unknown> =>
    Object.fromEntries(
      fields
        .slice(0, LONGEST)
        .map(([name, field]) => [text(name, how.phones), copyField({ name, field, how })]),
    );

  const copyField = ({
    name,
    field,
    how,
  }: {
    name: string;
    field: unknown;
    how: Copying;
  }): unknown => {
    if (SECRET_NAME.test(name) && field !== undefined && field !== null) {
      return typeof field === "boolean" ? field : REMOVED;
    }
    const isNumber = typeof field === "string" || typeof field === "number";
    if (how.phones === "masked" && isNumber && PHONE_NAME.test(name))
      return text(maskField(String(field)), "masked");
    return copy(field, how);
  };

  return {
    text,
    value: (value, phones) => copy(value, { phones, inside: [] }),
  };
}

type Copying = { readonly phones: "masked" | "whole"; readonly inside: readonly object[] };

const DEEPEST = 8;
const LONGEST = 200;

/** Not `is_token_valid` or `tokens`: counts and flags are no secrets, but a text under such a name may be. */
const SECRET_NAME = /secret|passw|token|authorization|cookie|api_?key|private_?key/i;

const PHONE_NAME =
  /phone|caller|callee|client|dialled|^(from|to|did|number|num|exten|query|connected)$|(_n|N)um(ber)?$/i;

const JWT = /\beyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?/g;
/** Refresh tokens and codes of Kommo's OAuth: "def502…" or "def50200…" and hundreds of hex digits. */
const REFRESH_TOKEN = /def50[0-9a-f]{11,}/g;
const NAMED_SECRET =
  /\b((?:bearer|basic)\s+|(?:secret|password|access_token|refresh_token|client_secret|token)["']?\s*[=:]\s*["']?|:\/\/[^\s/:@]*:(?=[^\s/@]+@))[^\s"'&,;@]{3,}/gi;

/**
 * Ten to fifteen digits, or an international number with spaces and signs. Not the seconds of a
 * uniqueid ("1795261714.0"), and not a part of a longer word of digits and letters.
 */
const PHONE_IN_TEXT =
  /(?<![\w.])\+\d[\d ()-]{7,20}\d(?![\w])|(?<![0-9A-Za-z.])\+?\d{10,15}(?!\.\d|[0-9A-Za-z])|(?<=Local\/)\+?\d{6,}(?=@)/g;

const maskInText = (number: string): string => maskPhone(number);

/** Extensions, "anonymous" and empty values say nothing about a client. */
const maskField = (value: string): string =>
  digitsOf(value).length < 5 ? value : maskPhone(value);

/** A property whose getter throws is told as such. */
function entriesOf(value: object): [string, unknown][] {
  return Object.keys(value).map((name) => {
    try {
      return [name, (value as Readonly<Record<string, unknown>>)[name]];
    } catch {
      return [name, "[unreadable]"];
    }
  });
}

function errorFields(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return { ...error, name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
