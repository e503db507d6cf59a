/**
 * Where a number stands in text, however it is spelt: "79161234567", "+7 916 123-45-67", "9161234567".
 * Pure. Exports `tracesOf`.
 */
import { digitsOf, MATCHED_DIGITS, phoneKey } from "../../lib/phone.ts";

export type PhoneTraces = {
  /** The last ten digits, or all of a shorter number. */
  readonly key: string;
  isIn(text: string): boolean;
  /** The text without the number. */
  without(text: string): string;
};

/** Shorter ones are extensions, and would be found everywhere. */
const SHORTEST = 5;

/** Between two digits: "916 123-45-67", "(916) 1234567". */
const SIGNS = String.raw`[ ().\-/\u00a0\u2010-\u2013]{0,4}`;

/** @returns undefined: this is no number of a client */
export function tracesOf(number: string): PhoneTraces | undefined {
  if (!/^[+\d\s().-]+$/.test(number) || digitsOf(number).length < SHORTEST) return undefined;
  const key = phoneKey(number);
  const digits = [...key].join(SIGNS);
  // A long number may stand with its country, or with what is dialled before it (8, 00, 9 for a line).
  const before = key.length < MATCHED_DIGITS ? "" : String.raw`(?:\+?\d{1,4}${SIGNS})?`;
  const pattern = String.raw`(?<!\d)\+?${before}${digits}(?!\d)`;
  return {
    key,
    isIn: (text) => new RegExp(pattern).test(text),
    without: (text) => text.replace(new RegExp(pattern, "g"), ""),
  };
}
