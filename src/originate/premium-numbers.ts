/**
 * Numbers at a premium rate, as far as national plans tell them by their first digits. Not complete,
 * as no such list is: what must be safe is said by `originate.allow`.
 * @source national numbering plans, ITU-T E.164 (979 premium, 870 and 881 to 883 satellites and networks)
 */
import { abroadPrefixOf, longestNational } from "./home-country.ts";

const WORLDWIDE = ["979", "870", "881", "882", "883"];

/** First digits behind the country code and the national prefix. */
const NATIONAL: Readonly<Record<string, readonly string[]>> = {
  "1": ["900", "976"],
  "7": ["803", "809"],
  "33": ["89"],
  "34": ["803", "806", "807", "905", "907", "118"],
  "351": ["601", "607", "608", "646", "648", "760", "761", "762", "707", "708"],
  "380": ["900"],
  "375": ["902"],
  "39": ["89", "199", "144", "166"],
  "44": ["9", "70", "871", "872", "873"],
  "48": ["70"],
  "49": ["900", "137", "118"],
  "51": ["805", "808"],
  "52": ["900"],
  "54": ["600", "609"],
  "55": ["300", "500", "900"],
  "56": ["700"],
  "57": ["900", "901"],
  "90": ["900", "888"],
};

/** Of Europe, and of no country anything else. */
const ANYWHERE = /^(?:0900|0190)\d+$/;
/** Of North America: elsewhere they may be mobile telephones. */
const UNKNOWN_COUNTRY = /^(?:1?900[2-9]\d{6}|1?976\d{4,7})$/;

/** @param spelt digits, with or without a plus; `countryCode`: where it is dialled */
export function isPremium(spelt: string, countryCode: string | undefined): boolean {
  const digits = spelt.startsWith("+")
    ? spelt.slice(1)
    : spelt.slice(abroadPrefixOf(spelt, countryCode).length);
  const isWhole = digits !== spelt;
  if (isWhole && WORLDWIDE.some((prefix) => digits.startsWith(prefix))) return true;
  const named = Object.keys(NATIONAL).filter((code) => digits.startsWith(code));
  const inside = (code: string, national: string): boolean =>
    (NATIONAL[code] ?? []).some((prefix) => national.startsWith(prefix));
  // With its country in front; a number with more digits than those of the country has one.
  if (isWhole || digits.length > longestNational(countryCode))
    if (named.some((code) => inside(code, digits.slice(code.length)))) return true;
  if (!isWhole && ANYWHERE.test(digits)) return true;
  if (countryCode === undefined) return !isWhole && UNKNOWN_COUNTRY.test(digits);
  if (isWhole || digits.startsWith(countryCode)) return false;
  const prefix = countryCode === "7" ? /^8(?=\d{10}$)/ : countryCode === "1" ? /^1/ : /^0/;
  return inside(countryCode, digits.replace(prefix, ""));
}
