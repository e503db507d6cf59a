/**
 * Finds cards by the digits of their numbers, fast with 100,000s of cards: by the last ten for
 * POST /calls, the last eight for popups, any seven in a row for `query`.
 * @source kommo-api, sections 0, 7.1, 9.1
 */
import { digitsOf } from "../../../lib/phone.ts";

export const CALL_DIGITS = 10;
export const POPUP_DIGITS = 8;
export const QUERY_DIGITS = 7;

/** Digits as a number, with a leading 1 so that leading zeros count. */
type Key = number;
const keyOf = (digits: string): Key => +`1${digits}`;

/** Mostly one card has a number: then it stands there without a list around it. */
type Ids = Map<Key, number | number[]>;

/** A number of the PHONE field is found in all three ways, any other value by `query` only. */
export type IndexedValue = { readonly value: string; readonly isPhone: boolean };

export type PhoneIndex = {
  add(cardId: number, indexed: IndexedValue): void;
  remove(cardId: number, indexed: IndexedValue): void;
  /** Cards with a number that ends like `phone`; a shorter number is compared whole. */
  endingLike(phone: string, digits: typeof CALL_DIGITS | typeof POPUP_DIGITS): readonly number[];
  /** Cards with a value that has the last seven digits of `query` anywhere. */
  containing(query: string): readonly number[];
};

export function createPhoneIndex(): PhoneIndex {
  const byCallDigits: Ids = new Map();
  const byPopupDigits: Ids = new Map();
  const bySeven: Ids = new Map();
  const places = ({ value, isPhone }: IndexedValue): [Ids, Key][] => {
    const digits = digitsOf(value);
    const found = sevens(digits).map((key): [Ids, Key] => [bySeven, key]);
    if (isPhone && digits !== "") {
      found.push([byCallDigits, keyOf(digits.slice(-CALL_DIGITS))]);
      found.push([byPopupDigits, keyOf(digits.slice(-POPUP_DIGITS))]);
    }
    return found;
  };
  return {
    add(cardId, indexed) {
      for (const [ids, key] of places(indexed)) insert(ids, key, cardId);
    },
    remove(cardId, indexed) {
      for (const [ids, key] of places(indexed)) withdraw(ids, key, cardId);
    },
    endingLike(phone, count) {
      const digits = digitsOf(phone);
      if (digits === "") return [];
      return read(
        count === CALL_DIGITS ? byCallDigits : byPopupDigits,
        keyOf(digits.slice(-count)),
      );
    },
    containing(query) {
      return read(bySeven, keyOf(digitsOf(query).slice(-QUERY_DIGITS)));
    },
  };
}

/** Every seven digits in a row, as `keyOf` would give them. A row that repeats is given again. */
function sevens(digits: string): Key[] {
  const keys: Key[] = [];
  let row = 0;
  for (let at = 0; at < digits.length; at++) {
    row = (row * 10 + digits.charCodeAt(at) - ZERO) % SEVEN_DIGITS;
    if (at >= QUERY_DIGITS - 1) keys.push(SEVEN_DIGITS + row);
  }
  return keys;
}

const ZERO = "0".charCodeAt(0);
const SEVEN_DIGITS = 10_000_000;

const read = (ids: Ids, key: Key): readonly number[] => {
  const found = ids.get(key);
  return found === undefined ? [] : typeof found === "number" ? [found] : [...new Set(found)];
};

function insert(ids: Ids, key: Key, cardId: number): void {
  const found = ids.get(key);
  if (found === undefined) ids.set(key, cardId);
  else if (typeof found === "number") ids.set(key, [found, cardId]);
  else found.push(cardId);
}

/** Takes one entry away: a card may hold the same number twice. */
function withdraw(ids: Ids, key: Key, cardId: number): void {
  const found = ids.get(key);
  if (found === cardId) ids.delete(key);
  if (typeof found !== "object") return;
  const place = found.indexOf(cardId);
  if (place >= 0) found.splice(place, 1);
}
