/**
 * Stand-ins for what must not leave the exchange. A key that is made for one recording and kept
 * nowhere decides them: the same original has the same stand-in all through a recording, and nobody
 * can find the original by trying all numbers.
 */
import { createHmac } from "node:crypto";
import { MATCHED_DIGITS } from "../../lib/phone.ts";

export type Pseudonyms = {
  /**
   * Another number of the same length. What stands before the last ten digits (+7, 8, an access
   * code) stays, so that all spellings of one client stay spellings of one client.
   */
  readonly number: (digits: string) => string;
  /** Another word of the same length, script and case. */
  readonly word: (word: string) => string;
  /** Ids of mixed letters and digits: as long, with the same signs between. */
  readonly token: (token: string) => string;
  readonly ip: (address: string) => string;
  readonly host: (name: string) => string;
  /** What was replaced, and by what: for the last look at a finished recording. */
  readonly replaced: Replaced;
};

export type Replaced = {
  /** By the digits that are compared: the last ten, or all of a shorter number. */
  readonly numbers: ReadonlyMap<string, string>;
  /** In small letters. */
  readonly words: ReadonlyMap<string, string>;
  readonly ips: ReadonlyMap<string, string>;
  readonly hosts: ReadonlyMap<string, string>;
};

/** Longer runs of digits are no telephone numbers: they are replaced as a whole. */
const MAX_PHONE_DIGITS = 15;
/** Then a stand-in may be an employee's number: with a pattern that matches everything all are. */
const MAX_TRIES = 50;

export function createPseudonyms({
  key,
  isEmployee,
}: {
  key: Buffer;
  /** Whether the call model takes a number for an employee's: a stand-in must not be one. */
  isEmployee: (number: string) => boolean;
}): Pseudonyms {
  const numbers = new Map<string, string>();
  const issuedNumbers = new Set<string>();
  const words = new Map<string, string>();
  const tokens = new Map<string, string>();
  const ips = new Map<string, string>();
  const hosts = new Map<string, string>();

  /** As many bytes as wanted, the same for the same `what`. */
  const bytesFor = (what: string, length: number): Buffer => {
    const blocks: Buffer[] = [];
    for (let block = 0; block * 32 < length; block++) {
      blocks.push(createHmac("sha256", key).update(`${block}:${what}`).digest());
    }
    return Buffer.concat(blocks);
  };

  const newNumber = (compared: string): string => {
    for (let tries = 0; ; tries++) {
      const bytes = bytesFor(`number ${tries} ${compared}`, compared.length);
      const candidate = [...compared]
        .map((_, i) => (i === 0 ? firstDigit(compared.length, bytes) : (bytes[i] ?? 0) % 10))
        .join("");
      const isTaken = issuedNumbers.has(candidate) || numbers.has(candidate);
      const spellings = [candidate, `7${candidate}`, `8${candidate}`];
      if (tries < MAX_TRIES && (isTaken || spellings.some(isEmployee))) continue;
      issuedNumbers.add(candidate);
      return candidate;
    }
  };

  return {
    number: (digits) => {
      const isPhone = digits.length >= MATCHED_DIGITS && digits.length <= MAX_PHONE_DIGITS;
      const prefix = isPhone ? digits.slice(0, -MATCHED_DIGITS) : "";
      const compared = digits.slice(prefix.length);
      return prefix + remembered(numbers, compared, newNumber);
    },
    word: (word) =>
      inCaseOf(
        word,
        remembered(words, word.toLowerCase(), (lower) => {
          const letters = [...lower];
          return spell(letters, bytesFor(`word ${lower}`, letters.length));
        }),
      ),
    token: (token) =>
      remembered(tokens, token, () => {
        const bytes = bytesFor(`token ${token}`, token.length);
        let made = "";
        for (let i = 0; i < token.length; i++)
          made += standIn(token.charAt(i), bytes[i] ?? 0, made);
        return made;
      }),
    ip: (address) =>
      remembered(ips, address, () => {
        const [a = 0, b = 0, c = 0] = bytesFor(`address ${address}`, 3);
        const isV6 = address.includes(":");
        return isV6 ? `fd00::${(a * 256 + b).toString(16)}:${c.toString(16)}` : `10.${a}.${b}.${c}`;
      }),
    host: (name) =>
      remembered(
        hosts,
        name.toLowerCase(),
        (lower) => `h${[...bytesFor(`host ${lower}`, 10)].map(letterOf).join("")}.invalid`,
      ),
    replaced: { numbers, words, ips, hosts },
  };
}

function remembered(
  known: Map<string, string>,
  original: string,
  make: (original: string) => string,
): string {
  const before = known.get(original);
  if (before !== undefined) return before;
  const made = make(original);
  known.set(original, made);
  return made;
}

/** No national number of Russia, Kazakhstan or North America begins with 1: it rings nowhere there. */
const firstDigit = (length: number, bytes: Buffer): number =>
  length >= 7 ? 1 : 2 + ((bytes[0] ?? 0) % 7);

const LATIN = { consonants: "bcdfghjklmnprstvz", vowels: "aeiou" };
const CYRILLIC = { consonants: "бвгджзклмнпрстфхчш", vowels: "аеиоуыэя" };

function spell(letters: readonly string[], bytes: Buffer): string {
  const script = letters.every((letter) => letter.charCodeAt(0) < 0x80) ? LATIN : CYRILLIC;
  return letters
    .map((_, index) => {
      const from = index % 2 === 0 ? script.consonants : script.vowels;
      return from.charAt((bytes[index] ?? 0) % from.length);
    })
    .join("");
}

function inCaseOf(word: string, lower: string): string {
  if (word === word.toLowerCase()) return lower;
  if (word.length > 1 && word === word.toUpperCase()) return lower.toUpperCase();
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

/** Never three digits in a row, so that by chance none of the replaced numbers stands in an id. */
function standIn(character: string, byte: number, before: string): string {
  if (!/[A-Za-z0-9]/.test(character)) return character;
  if (/\d/.test(character) && !/\d\d$/.test(before)) return String(byte % 10);
  const letter = letterOf(byte);
  return /[A-Z]/.test(character) ? letter.toUpperCase() : letter;
}

const letterOf = (byte: number): string => String.fromCharCode(97 + (byte % 6));
