import type { Brand } from "./brand.ts";

/** A client's number as the exchange told it, without spaces and signs but for a leading plus. */
export type Phone = Brand<string, "Phone">;

export const digitsOf = (number: string): string => number.replace(/\D/g, "");

/**
 * By how many last digits Kommo's `/calls` matches a number; a shorter number is compared whole.
 * @source kommo-api, sections 0 and 7.1
 */
export const MATCHED_DIGITS = 10;

/**
 * The part of a number by which two spellings of one client are the same ("+7 916 …", "8916…").
 * @returns at most the last ten digits; "" for a number without digits
 */
export const phoneKey = (number: string): string => digitsOf(number).slice(-MATCHED_DIGITS);

export const isSamePhone = (one: string, other: string): boolean =>
  phoneKey(one) !== "" && phoneKey(one) === phoneKey(other);

/** A number for logs and messages: the last two digits stay, so that two calls can be told apart. */
export const maskPhone = (number: string): string => {
  const digits = digitsOf(number);
  return digits.length < 5 ? "•".repeat(digits.length) : `•••${digits.slice(-2)}`;
};

/**
 * A text for somebody who may see no number: five digits and more in a row go, with spaces and signs
 * between them or without. Dates and long ids go as well.
 */
export const maskNumbersIn = (text: string): string => text.replace(DIGITS_IN_TEXT, maskPhone);

const DIGITS_IN_TEXT = /\+?\(?\d(?:[\s().,/\u2010-\u2014-]{0,3}\d){4,}/g;
