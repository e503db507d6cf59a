/**
 * Which card a number belongs to: the rule of POST /calls and of popups.
 * @source kommo-api, sections 7.1 and 18.1
 */
import { digitsOf } from "../../../lib/phone.ts";
import type { Switches } from "../switches.ts";
import { LOST, WON } from "./account.ts";
import type { Account, Card, Company, Contact, Lead } from "./account.ts";
import { indexedValues } from "./card-fields.ts";
import { leadsOf } from "./card-links.ts";
import type { CALL_DIGITS, POPUP_DIGITS } from "./phone-index.ts";

export type Searched = {
  readonly phone: string;
  readonly digits: typeof CALL_DIGITS | typeof POPUP_DIGITS;
  readonly nowMs: number;
};

/**
 * Contacts first, then companies; of several the oldest; its lead when exactly one is active.
 * @returns undefined when nobody has the number
 */
export function chooseCard(
  account: Account,
  switches: Readonly<Switches>,
  searched: Searched,
): Card | undefined {
  const owner =
    findOwner(account.phones.contacts, account.cards.contacts, { switches, searched }) ??
    findOwner(account.phones.companies, account.cards.companies, { switches, searched });
  if (owner === undefined) return undefined;
  const active = leadsOf(account, owner.type, owner.id)
    .map((id) => account.cards.leads.get(id))
    .filter((lead) => lead !== undefined && isActive(lead, switches));
  return active.length === 1 ? active[0] : owner;
}

function findOwner<T extends Contact | Company>(
  phones: Account["phones"]["contacts"],
  cards: ReadonlyMap<number, T>,
  { switches, searched }: { switches: Readonly<Switches>; searched: Searched },
): T | undefined {
  const isShort = digitsOf(searched.phone).length < searched.digits;
  const ids =
    isShort && switches.shortNumber === "ending"
      ? endingWith(cards, searched.phone)
      : phones.endingLike(searched.phone, searched.digits);
  const found = ids
    .map((id) => cards.get(id))
    .filter(
      (card) =>
        card !== undefined &&
        !card.is_deleted &&
        (!card.is_unsorted || switches.callsMatchUnsorted) &&
        card.matchableAt <= searched.nowMs,
    )
    .sort((one, other) => (one?.id ?? 0) - (other?.id ?? 0));
  return switches.phoneTie === "oldest" ? found[0] : found.at(-1);
}

/** Without an index: only a switch asks for it. */
function endingWith(cards: ReadonlyMap<number, Contact | Company>, phone: string): number[] {
  const digits = digitsOf(phone);
  const has = ({ fields }: Contact | Company): boolean =>
    indexedValues(fields).some(({ value, isPhone }) => isPhone && digitsOf(value).endsWith(digits));
  return digits === "" ? [] : [...cards.values().filter(has)].map(({ id }) => id);
}

const isActive = (lead: Lead, switches: Readonly<Switches>): boolean =>
  !lead.is_deleted &&
  lead.status_id !== WON &&
  lead.status_id !== LOST &&
  (!lead.is_unsorted || switches.unsortedLeadIsActive);
