/**
 * Lists of numbers and names as an administrator writes them:
 * `_7916XXXXXXX` a dial pattern of Asterisk, `8123456XXXX` the same without more than X, and anything
 * else exact. Exact telephone numbers are compared as Kommo does, by the last ten digits.
 */
import { compileDialPattern, type NumberMatcher } from "../lib/dial-pattern.ts";
import { digitsOf, isSamePhone, MATCHED_DIGITS } from "../lib/phone.ts";

/** As the exchange tells them: DIDs, trunks, queues, extensions. */
export const isNameListed = (name: string, listed: readonly string[]): boolean =>
  listed.some((entry) => entry === name || matcherOf(entry)?.(name) === true);

/** Telephone numbers in any spelling. */
export const isNumberListed = (number: string, listed: readonly string[]): boolean => {
  const digits = digitsOf(number);
  return listed.some((entry) => {
    const matches = matcherOf(entry);
    if (matches !== undefined) return matches(number) || matches(digits);
    return entry === number || (isLong(entry) && isLong(digits) && isSamePhone(entry, digits));
  });
};

const isLong = (number: string): boolean => digitsOf(number).length >= MATCHED_DIGITS;

/** Patterns are few and asked for at each call. */
const compiled = new Map<string, NumberMatcher | undefined>();
const MOST_COMPILED = 10_000;

function matcherOf(entry: string): NumberMatcher | undefined {
  const pattern = /^\+?\d*X[\dX]*$/.test(entry) ? `_${entry}` : entry;
  if (!pattern.startsWith("_")) return undefined;
  if (!compiled.has(pattern) && compiled.size < MOST_COMPILED)
    compiled.set(pattern, compileDialPattern(pattern));
  return compiled.get(pattern);
}
