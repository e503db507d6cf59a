/**
 * What the value of a key may be: one check for file, environment and credentials, and how the text
 * of an environment variable becomes a value. No flaw repeats a value that may be a secret.
 */
import type { JsonValue } from "./json-text.ts";
import { readJsonText, valueOf } from "./json-text.ts";

export type Flaw = {
  /** Where inside the value: a key of a map, an index of a list. */
  readonly at: readonly (string | number)[];
  readonly wrong: string;
  readonly instead: string;
};

export type Format<T> = {
  /** "a whole number from 1 to 65535"; also its name for convict, so equal words mean one format. */
  readonly expects: string;
  readonly check: (value: unknown) => readonly Flaw[];
  /** Text that cannot be one stays text, and `check` says so. */
  readonly fromText: (text: string) => unknown;
  /** A checked value as the rest of the daemon wants it; absent: as it stands in the file. */
  readonly read?: (value: unknown) => T;
  /** Secrets inside a value without flaws; absent: there are none, unless the key itself is one. */
  readonly secretsIn?: (value: unknown) => readonly SecretInside[];
  /** Only for the compiler: what a checked value is. */
  readonly means?: T;
};

export type SecretInside = {
  readonly value: string;
  /** The file it was read from; undefined: it stands in the value. */
  readonly file: string | undefined;
};

export const plainText: Format<string> = textFormat("a text in one line", () => true);

export const secretText: Format<string> = textFormat("a secret in one line", () => true);

export const pathSecret: Format<string> = textFormat("16 to 128 letters, digits, - and _", (text) =>
  /^[\w-]{16,128}$/.test(text),
);

export const hostName: Format<string> = textFormat(
  'a name or address without "://" and port, as "127.0.0.1"',
  (text) => /^[0-9A-Za-z._-]+$|^[0-9A-Fa-f:.]+(%[0-9A-Za-z]+)?$/.test(text),
);

export const absolutePath: Format<string> = textFormat('a path that begins with "/"', (text) =>
  text.startsWith("/"),
);

/** @source kommo-api, section 1: the base domain is one of a closed list */
export const accountUrl: Format<string> = textFormat(
  "the address of the account, as https://acme.kommo.com, https://acme.amocrm.ru or https://acme.amocrm.com",
  (text) => {
    const url = plainUrl(text);
    if (url === undefined || url.pathname !== "/") return false;
    if (isLoopback(url.hostname)) return true;
    const isKommo = /^[a-z0-9][a-z0-9-]*\.(kommo\.com|amocrm\.ru|amocrm\.com)$/.test(url.hostname);
    const isApi = /^(www|api|api-[a-z]+|developers)\./.test(url.hostname);
    return url.protocol === "https:" && isKommo && !isApi && url.port === "";
  },
);

export const publicUrl: Format<string> = textFormat(
  "an address that browsers reach, as https://pbx.example",
  (text) => plainUrl(text) !== undefined,
);

export const postgresUrl: Format<string> = textFormat(
  "an address as postgres://user:password@host/database",
  (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ""),
);

export const schemaName: Format<string> = textFormat(
  "up to 24 small letters, digits and _",
  (text) => /^[a-z0-9_]{1,24}$/.test(text),
);

export const flag: Format<boolean> = {
  expects: "true or false",
  check: (value) => (typeof value === "boolean" ? [] : [notA("true or false", value)]),
  fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
};

export function numberFrom(least: number, most: number): Format<number> {
  return numeric(`a number from ${least} to ${most}`, (n) => n >= least && n <= most);
}

export function wholeNumberFrom(least: number, most: number): Format<number> {
  return numeric(
    `a whole number from ${least} to ${most}`,
    (n) => Number.isInteger(n) && n >= least && n <= most,
  );
}

export function oneOf<const Options extends readonly (string | boolean)[]>(
  ...options: Options
): Format<Options[number]> {
  const words = options.map((option) => JSON.stringify(option));
  const expects = `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
  const known: readonly unknown[] = options;
  return {
    expects,
    check: (value) => (known.includes(value) ? [] : [notA(expects, value)]),
    fromText: (text) => options.find((option) => String(option) === text) ?? text,
  };
}

/** Lists and maps stand as JSON in a variable. */
export function fromJson(text: string): unknown {
  const { root, syntax } = readJsonText(text);
  return root === undefined || syntax.length > 0 ? text : valueOf(root);
}

/** A flaw of the whole value. */
export function notA(expects: string, value: unknown): Flaw {
  return { at: [], wrong: kindInWords(value), instead: `write ${expects}` };
}

export function kindInWords(value: unknown): string {
  if (value === null) return "is null";
  if (value === "") return "is an empty text";
  if (typeof value === "string") return "is a text that does not fit";
  if (typeof value === "number" || typeof value === "boolean") return `is ${value}`;
  return Array.isArray(value) ? "is a list" : "is an object";
}

export const isMap = (value: unknown): value is ReadonlyMap<string, JsonValue> =>
  value instanceof Map;

function numeric(expects: string, fits: (value: number) => boolean): Format<number> {
  return {
    expects,
    check: (value) => {
      if (typeof value === "number") return fits(value) ? [] : [notA(expects, value)];
      if (typeof value !== "string" || value === "") return [notA(expects, value)];
      return [{ at: [], wrong: "is a text", instead: `write ${expects}, without quotes` }];
    },
    fromText: (text) => (/^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : text),
  };
}

function textFormat(expects: string, fits: (text: string) => boolean): Format<string> {
  return {
    expects,
    check: (value) => {
      if (typeof value !== "string" || value === "") return [notA(expects, value)];
      if (/[\0-\x1f\x7f]/.test(value))
        return [
          { at: [], wrong: "has a line end or control character", instead: `write ${expects}` },
        ];
      return value.length <= 4096 && fits(value) ? [] : [notA(expects, value)];
    },
    fromText: (text) => text,
  };
}

function plainUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const isPlain =
    url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  return isPlain ? url : undefined;
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
