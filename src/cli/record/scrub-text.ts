/**
 * Free text with everything replaced that may say who called whom: numbers in every spelling, words
 * that are not technical, addresses, hosts, ids. What is not known to be harmless is replaced.
 */
import type { NumberMatcher } from "../../lib/dial-pattern.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { REMOVED_VALUE, SECRET_NAME } from "./secret-names.ts";
import { isTechnicalWord } from "./technical-words.ts";

export type TextScrubber = {
  /** @param decoded a value as Unicode */
  readonly text: (decoded: string) => string;
  /** A field that holds a number: what looks like a date or a time is a number there. */
  readonly number: (decoded: string) => string;
  /** A field that holds a person's name: no word is technical there. */
  readonly name: (decoded: string) => string;
  /** Only its numbers, in names of contexts and variables that stay readable. */
  readonly digitsOnly: (decoded: string) => string;
  /** A name of the exchange's own (context, queue, trunk, system) stays wherever it stands as a whole. */
  readonly keep: (name: string) => void;
  readonly isKept: (name: string) => boolean;
  /** The seconds in a uniqueid: how ids and times of this exchange look. */
  readonly learnTime: (seconds: number) => void;
  /** The words of all persons' names, in small letters. */
  readonly names: ReadonlySet<string>;
};

/** Numbers of employees who have a number outside, as they stand in the recording. */
export type EmployeeNumbers = {
  readonly isExtension: NumberMatcher;
  /** Told of each number that is replaced, with its stand-in. */
  readonly onNumber?: (original: string, standIn: string) => void;
};

/** Shorter ones are extensions, queues, feature codes, ports. */
const MIN_NUMBER_DIGITS = 5;
/** Telephones of employees have shorter ones; a longer one is a number that others can dial. */
export const MAX_EXTENSION_DIGITS = 6;
const PLAUSIBLE_SECONDS = 30 * 24 * 3600;

const COUNTER = String.raw`-00[0-9a-f]{6}(?![0-9A-Za-z])`;
const IP = String.raw`(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)|(?<![0-9A-Za-z:])(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}(?![0-9A-Za-z:])|(?<![0-9A-Za-z:])(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?::[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6}(?![0-9A-Za-z:])`;
const MAC = String.raw`(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}(?![0-9A-Za-z])`;
const UUID = String.raw`[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}`;
const LETTER = String.raw`[\p{L}\p{M}\p{N}]`;

/** In the order in which they are tried where several could begin. */
const PIECES: Readonly<Record<string, string>> = {
  ip: IP,
  mac: MAC,
  spaced: String.raw`(?<![\p{L}\p{N}./@_-])\+?(?:\(\d{2,7}\)|\d{1,7})(?:[ _-]{0,3}\(\d{1,7}\)[ _-]{0,3}\d{1,7}|[ _-]{1,3}\d{1,7}|(?<=\))\d{1,7})+(?!\d)|(?<![\d.])\+?\d{1,4}(?:\.\d{2,4}){2,5}(?!\d|\.\d)`,
  uuid: UUID,
  host: String.raw`(?<=@|:\/\/|\bsips?:)(?:[\p{L}\p{N}_-]+\.)+\p{L}[\p{L}\p{N}-]*(?![\p{L}\p{N}_@.-])`,
  id: String.raw`(?<!\d)1\d{9}\.\d+`,
  counter: COUNTER,
  words: String.raw`${LETTER}+(?:[_-]+(?!(?<=-)${COUNTER.slice(1)}|1\d{9}\.\d|${IP}|${MAC}|${UUID})${LETTER}+)*`,
};
const anyOf = (names: readonly string[]): RegExp =>
  new RegExp(names.map((name) => `(?<${name}>${PIECES[name] ?? ""})`).join("|"), "gu");
const EVERYTHING = anyOf(Object.keys(PIECES));
const WITHOUT_SPACED = anyOf(Object.keys(PIECES).filter((name) => name !== "spaced"));

const NAMED_SECRET = new RegExp(
  String.raw`([\w-]*(?:${SECRET_NAME.source})[\w-]*["'\\]*\s*[=:]\s*(?:(?:bearer|basic|digest)\s+)?["'\\]*)[^\s,;&)"'\\]+`,
  "gi",
);
const BEARER = /\b(bearer|basic|digest)\s+[\w.+/=~-]{6,}/gi;
/** "IAX2/user:secret@host": not the colon of "sip:101@host". */
const DIAL_SECRET = /(\/(?!sips?:|\/)[^\s/:@,&]*:)[^\s@/,&]+(?=@)/gi;

type Where = "text" | "number" | "name";

export function createTextScrubber(deps: {
  pseudonyms: Pseudonyms;
  employees: EmployeeNumbers;
  /** Values that must not be written, wherever they turn up. */
  secrets: readonly string[];
}): TextScrubber {
  const { pseudonyms, employees } = deps;
  const { isExtension } = employees;
  const secrets = deps.secrets.filter((secret) => secret.length >= 4);
  const kept = new Set<string>();
  const phrases = new Set<string>();
  const names = new Set<string>();
  let time = 0;

  const newNumber = (digits: string): string => {
    const standIn = pseudonyms.number(digits);
    employees.onNumber?.(digits, standIn);
    return standIn;
  };
  const isTelephone = (digits: string): boolean =>
    digits.length <= MAX_EXTENSION_DIGITS &&
    (kept.has(digits) || isExtension(digits) || isExtension(digits.replace(/^9[089](?=\d)/, "")));
  const isNear = (seconds: number): boolean =>
    time > 0 && Math.abs(seconds - time) < PLAUSIBLE_SECONDS;

  const run = (digits: string, place: Place): string => {
    if (digits.length < MIN_NUMBER_DIGITS || isTelephone(digits) || /^0+$/.test(digits)) {
      return digits;
    }
    const isCode = /[*#]$/.test(place.before) && digits.length <= MAX_EXTENSION_DIGITS;
    if (isCode && [1, 2, 3].some((length) => isExtension(digits.slice(length)))) return digits;
    if (place.where === "text") {
      if (isDateOrTime(digits, place.before)) return digits;
      if (digits.length === 6 && /(?<!\d)\d{1,3}\.$/.test(place.before)) return digits;
      if (/^1\d{9}$/.test(digits) && isNear(Number(digits))) return digits;
    }
    return newNumber(digits);
  };

  const word = (letters: string, where: Where): string => {
    if (where === "name") names.add(letters.toLowerCase());
    const stays = where === "name" ? RESERVED.test(letters) : isTechnicalWord(letters);
    return stays ? letters : pseudonyms.word(letters);
  };

  /** Of letters and digits only. */
  const alnum = (token: string, place: Place): string => {
    const pieces = token.match(/\d+|\D+/g) ?? [];
    if (pieces.length >= 3 && token.length >= 5 && !isTelephone(token)) {
      return /^[A-Za-z0-9]+$/.test(token) ? pseudonyms.token(token) : pseudonyms.word(token);
    }
    let { before } = place;
    return pieces
      .map((piece) => {
        const isDigits = /^\d/.test(piece);
        const made = isDigits ? run(piece, { ...place, before }) : word(piece, place.where);
        before += piece;
        return made;
      })
      .join("");
  };

  const words = (token: string, place: Place): string => {
    if (place.where !== "name" && kept.has(token)) return token;
    return token.replace(/[\p{L}\p{M}\p{N}]+/gu, (part, index: number) =>
      alnum(part, { where: place.where, before: place.before + token.slice(0, index) }),
    );
  };

  const spaced = (found: string, place: Place): string => {
    const pieces = found.match(/\d+/g) ?? [];
    const digits = pieces.join("");
    const isLocal = digits.length === 7 && /^\d{3}[ -](\d{4}|\d\d[ -]\d\d)$/.test(found);
    const isNumber = digits.length >= 10 || isLocal;
    const date = /^\d{4}([-_ ])\d\d\1\d\d(?!\d)/.exec(found)?.[0];
    if (date !== undefined) return date + scan(found.slice(date.length), afterDate(place, date));
    if (!isNumber || pieces.every((piece) => isExtension(piece))) {
      return scan(found, place, WITHOUT_SPACED);
    }
    const standIn = newNumber(digits);
    let at = 0;
    return found.replace(/\d/g, () => standIn.charAt(at++));
  };

  const scan = (text: string, place: Place, pattern = EVERYTHING): string =>
    text.replace(pattern, (...parts: unknown[]) => {
      const found = parts[0] as string;
      const groups = parts.at(-1) as Readonly<Record<string, string | undefined>>;
      const index = parts.at(-3) as number;
      const here = { where: place.where, before: place.before + text.slice(0, index) };
      if (groups["spaced"] !== undefined) return spaced(found, here);
      if (groups["counter"] !== undefined) return found;
      if (groups["uuid"] !== undefined) return kept.has(found) ? found : pseudonyms.token(found);
      if (groups["mac"] !== undefined) return pseudonyms.token(found);
      if (groups["ip"] !== undefined) return isNobodys(found) ? found : pseudonyms.ip(found);
      if (groups["host"] !== undefined) return kept.has(found) ? found : pseudonyms.host(found);
      if (groups["id"] !== undefined) {
        const [seconds = "", counter = ""] = found.split(".");
        return isNear(Number(seconds)) ? found : `${newNumber(seconds)}.${run(counter, here)}`;
      }
      return words(found, here);
    });

  const withoutSecrets = (text: string): string => {
    let safe = text;
    for (const secret of secrets) safe = safe.replaceAll(secret, REMOVED_VALUE);
    return safe
      .replace(NAMED_SECRET, `$1${REMOVED_VALUE}`)
      .replace(BEARER, `$1 ${REMOVED_VALUE}`)
      .replace(DIAL_SECRET, `$1${REMOVED_VALUE}`);
  };

  const nameOf = (decoded: string): string => scan(decoded, { where: "name", before: "" });
  const value = (text: string, where: Where): string => {
    for (const phrase of phrases) {
      if (text.includes(phrase)) {
        return text
          .split(phrase)
          .map((part) => value(part, where))
          .join(nameOf(phrase));
      }
    }
    return scan(text, { where, before: "" });
  };

  return {
    text: (decoded) => value(withoutSecrets(decoded), "text"),
    number: (decoded) => value(withoutSecrets(decoded), "number"),
    name: (decoded) => {
      // Words that are left alone elsewhere, but not where this very name stands.
      const isPhrase = decoded.length >= 4 && decoded.includes(" ") && phrases.size < MAX_PHRASES;
      if (isPhrase && /[A-Za-z]+/.test(decoded) && decoded.split(/\P{L}+/u).some(isTechnicalWord)) {
        if (!RESERVED.test(decoded)) phrases.add(decoded);
      }
      return nameOf(withoutSecrets(decoded));
    },
    digitsOnly: (decoded) =>
      withoutSecrets(decoded).replace(/\d+/g, (digits, index: number) =>
        digits.length <= MAX_EXTENSION_DIGITS
          ? digits
          : run(digits, { where: "number", before: decoded.slice(0, index) }),
      ),
    keep: (name) => kept.add(name),
    isKept: (name) => kept.has(name),
    learnTime: (seconds) => (time = seconds),
    names,
  };
}

/** `before`: what stands before, which may say what it is. */
type Place = { readonly where: Where; readonly before: string };

const afterDate = (place: Place, date: string): Place => ({
  ...place,
  before: place.before + date,
});

const MAX_PHRASES = 500;

/** What exchanges say where there is no name. */
const RESERVED = /^(unknown|anonymous|restricted|unavailable|private|withheld)$/i;

const isNobodys = (ip: string): boolean => /^(127\.|0\.0\.0\.0$|255\.|::1?$)/.test(ip);

/** "20261121", "20261121114834", and "114834" behind the former. */
export function isDateOrTime(digits: string, before: string): boolean {
  const time = "([01]\\d|2[0-3])[0-5]\\d[0-5]\\d";
  const date = "20[2-4]\\d(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])";
  if (digits.length === 6) {
    return new RegExp(`(?<!\\d)${date}[-_]$`).test(before) && new RegExp(`^${time}$`).test(digits);
  }
  return new RegExp(`^${date}(${time})?$`).test(digits);
}
