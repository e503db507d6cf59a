/**
 * What the call model has to be told about an exchange: who is an employee and which way leads out.
 * Exports `compileSettings`; everything else the stream itself tells.
 */
import { anyDialPattern } from "../lib/dial-pattern.ts";
import type { NumberMatcher } from "../lib/dial-pattern.ts";
import { MATCHED_DIGITS, digitsOf, phoneKey } from "../lib/phone.ts";

export type CallSettings = {
  /** Dial patterns or exact numbers of the employees' telephones: "_1XX". */
  readonly extensions: readonly string[];
  /** "PJSIP/mango-trunk", exact. Empty: what is no employee's telephone is a trunk. */
  readonly trunks?: readonly string[];
  /** Dial patterns or numbers of employees' mobiles: a call with one of them is no client's call. */
  readonly mobiles?: readonly string[];
  /** Channel variables that are kept with a call, as the dialplan spells them, without underscores. */
  readonly variables?: readonly string[];
};

export type Exchange = {
  readonly isExtension: NumberMatcher;
  readonly isTrunk: (endpoint: string) => boolean;
  /** The employee whose number this is, as it is to be called in a conversation. */
  readonly isEmployeeNumber: NumberMatcher;
};

export function compileSettings({ extensions, trunks = [], mobiles = [] }: CallSettings): Exchange {
  const isExtension = anyDialPattern(extensions);
  const isMobile = anyDialPattern(mobiles.map((number) => number.replace(/^\+/, "")));
  const keys = new Set(
    [...extensions, ...mobiles]
      .filter((number) => !number.startsWith("_") && digitsOf(number).length >= MATCHED_DIGITS)
      .map(phoneKey),
  );
  const trunkNames = new Set(trunks);
  const matches = (number: string): boolean => isExtension(number) || isMobile(number);
  return {
    isExtension,
    isTrunk: (endpoint) => trunkNames.has(endpoint),
    isEmployeeNumber(number) {
      if (keys.size > 0 && keys.has(phoneKey(number))) return true;
      const digits = number.startsWith("+") ? number.slice(1) : number;
      if (digits === "") return false;
      return matches(digits) || (RUSSIAN.test(digits) && matches(otherSpelling(digits)));
    },
  };
}

/** "+7916…", "7916…" and "8916…" are one number, and a pattern is written for one of them. */
const RUSSIAN = /^[78]\d{10}$/;
const otherSpelling = (digits: string): string =>
  (digits.startsWith("7") ? "8" : "7") + digits.slice(1);

/**
 * The same from the configuration: numbers in `users` that are no extensions are employees' mobiles,
 * and so are the further numbers of `employees`.
 * @param users extensions and numbers that belong to users of the CRM
 */
export function settingsFrom({
  pbx,
  users,
  employees,
  customizations,
}: {
  readonly pbx: { readonly extensions: readonly string[]; readonly trunks: readonly string[] };
  readonly users: ReadonlyMap<string, unknown>;
  readonly employees: readonly { readonly numbers: readonly string[] }[];
  readonly customizations?: { readonly variables: readonly string[] };
}): CallSettings {
  const isExtension = anyDialPattern(pbx.extensions);
  const numbers = [...users.keys(), ...employees.flatMap((employee) => employee.numbers)];
  const mobiles = numbers.filter((number) => !isExtension(number)).map(asDialPattern);
  const variables = customizations?.variables ?? [];
  return { extensions: pbx.extensions, trunks: pbx.trunks, mobiles, variables };
}

/** "8123456XXXX" is a pattern without its underscore; spaces and signs are only for the eye. */
const asDialPattern = (number: string): string => {
  const bare = number.startsWith("_") ? number : number.replace(/[ ().-]/g, "");
  return /^\+?\d*[XZN]/i.test(bare) ? `_${bare.replace(/^\+/, "")}` : bare;
};
