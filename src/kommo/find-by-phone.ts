/**
 * The cards that own a number. Kommo's search is over all texts and matches the last 7 digits, so
 * what it finds is compared again here.
 * @source kommo-api, section 9.1
 */
import { succeeded, type Result } from "../lib/failure.ts";
import { digitsOf, isSamePhone, phoneKey } from "../lib/phone.ts";
import type { KommoClient } from "./client.ts";
import { COMPANIES_PATH, decodeCompany } from "./entities/companies.ts";
import { CONTACTS_PATH, decodePhoneOwner, type PhoneOwner } from "./entities/contacts.ts";
import type { KommoFailure } from "./failure.ts";
import { readList, type Listing } from "./hal.ts";
import type { Purpose } from "./limiter.ts";

export type PhoneQuery = {
  readonly phone: string;
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
};

type Found = Promise<Result<readonly PhoneOwner[], KommoFailure>>;

/** Contacts that own the number: those with the very same digits first, then the oldest. */
export const findContactsByPhone = (client: KommoClient, query: PhoneQuery): Found =>
  findOwners(client, query, { path: CONTACTS_PATH, plural: "contacts", decode: decodePhoneOwner });

export const findCompaniesByPhone = (client: KommoClient, query: PhoneQuery): Found =>
  findOwners(client, query, { path: COMPANIES_PATH, plural: "companies", decode: decodeCompany });

/** One search finds what shares the last 7 digits; more pages than this are not a telephone number's. */
const MOST_PAGES = 4;
/** Some accounts index a number with other digits in front; then only its tail is found. */
const TAIL_DIGITS = 7;

async function findOwners(
  client: KommoClient,
  { phone, purpose, signal }: PhoneQuery,
  listing: Pick<Listing<PhoneOwner>, "path" | "plural" | "decode">,
): Found {
  const key = phoneKey(phone);
  if (key === "") return succeeded([]);
  const tail = key.slice(-TAIL_DIGITS);
  for (const digits of tail === key ? [key] : [key, tail]) {
    const found = await readList(client, {
      ...listing,
      query: [
        ["query", digits],
        ["with", "leads"],
      ],
      purpose,
      signal,
      mostPages: MOST_PAGES,
    });
    if (!found.ok) return found;
    const owners = rankOwners(found.value, phone);
    if (owners.length > 0 || found.value.length > 0) return succeeded(owners);
  }
  return succeeded([]);
}

/** Pure: who of those found owns the number, the best first. */
export function rankOwners(found: readonly PhoneOwner[], phone: string): readonly PhoneOwner[] {
  const whole = digitsOf(phone);
  const isWhole = (owner: PhoneOwner): number =>
    owner.phones.some((own) => digitsOf(own) === whole) ? 0 : 1;
  return found
    .filter((owner) => !owner.isDeleted && owner.phones.some((own) => isSamePhone(own, phone)))
    .toSorted((one, other) => isWhole(one) - isWhole(other) || one.id - other.id);
}
