/**
 * When two numbers mean one client to the duplicate search. Wider than the calls' rule: Altegio's
 * fields hold what a receptionist typed, several numbers and extensions included.
 */
import type { Brand } from "../lib/brand.ts";

/** 7 to 15 digits, not one digit repeated. */
export type ClientNumber = Brand<string, "ClientNumber">;

const SHORTEST = 7;
const LONGEST = 15; // E.164
/** What is compared of a number that has at least as many digits. */
const COMPARED = 10;

const SEPARATORS = /[,;/]/;
const EXTENSION = /доб|ext|x|#/i;
const MASK = /[*•]/;

/**
 * The usable numbers of a telephone field.
 * @returns nothing for a masked, too short, too long or made-up number ("0000000000")
 * @throws never
 * @source altegio, section 3.1, Q3 and Q4
 */
export function clientNumbers(field: unknown): readonly ClientNumber[] {
  if (typeof field !== "string" && typeof field !== "number") return [];
  return String(field)
    .split(SEPARATORS)
    .filter((text) => !MASK.test(text))
    .map((text) => text.split(EXTENSION, 1)[0]?.replace(/\D/g, "") ?? "")
    .map((digits) =>
      digits.length > COMPARED + 1 && digits.startsWith("00") ? digits.slice(2) : digits,
    )
    .filter((digits) => digits.length >= SHORTEST && digits.length <= LONGEST)
    .filter((digits) => !/^(\d)\1*$/.test(digits)) as ClientNumber[];
}

/** Equal for two numbers that one search finds: those whose last ten digits, or all, are the same. */
export const comparedKey = (number: ClientNumber): string => number.slice(-COMPARED);

/**
 * @param isStrict also the country has to be the same; a number without one fits every country
 * @source altegio, section 3.1, Q3 and the last paragraph of 3.3
 */
export function isSameClientNumber(
  one: ClientNumber,
  other: ClientNumber,
  isStrict: boolean,
): boolean {
  if (one.length < COMPARED || other.length < COMPARED) return one === other;
  if (one.slice(-COMPARED) !== other.slice(-COMPARED)) return false;
  if (!isStrict) return true;
  const [first, second] = [countryOf(one), countryOf(other)];
  return first === "" || second === "" || first === second;
}

/** "8" before ten digits is how Russians and Kazakhs dial what is "+7" from abroad. */
function countryOf(number: ClientNumber): string {
  const country = number.slice(0, -COMPARED);
  return country === "8" ? "7" : country;
}
