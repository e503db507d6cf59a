/**
 * Links between leads, contacts and companies, kept both ways so that a contact's leads need no scan.
 * @source kommo-api, sections 10, 11, 15
 */
import type { Account, Card, CardType, Lead } from "./account.ts";

type Backwards = Map<number, Set<number>>;

const remember = (backwards: Backwards, from: number, to: number): void => {
  const known = backwards.get(from);
  if (known === undefined) backwards.set(from, new Set([to]));
  else known.add(to);
};

export type LinkEnd = { readonly type: CardType; readonly id: number };
export type Link = LinkEnd & { readonly isMain?: boolean };

export const leadsOf = (account: Account, type: "contacts" | "companies", id: number): number[] => {
  const backwards = type === "contacts" ? account.linked.contactLeads : account.linked.companyLeads;
  return [...(backwards.get(id) ?? [])];
};

export const contactsOfCompany = (account: Account, id: number): number[] => [
  ...(account.linked.companyContacts.get(id) ?? []),
];

/** All that `card` is linked to. */
export function linksOf(account: Account, card: Card): Link[] {
  switch (card.type) {
    case "leads":
      return [
        ...card.contacts.map(({ id, is_main }): Link => ({
          type: "contacts",
          id,
          isMain: is_main,
        })),
        ...companyLink(card.company),
      ];
    case "contacts":
      return [
        ...leadsOf(account, "contacts", card.id).map((id): Link => {
          const main = account.cards.leads.get(id)?.contacts.find((one) => one.id === card.id);
          return { type: "leads", id, isMain: main?.is_main ?? false };
        }),
        ...companyLink(card.company),
      ];
    case "companies":
      return [
        ...leadsOf(account, "companies", card.id).map((id): Link => ({ type: "leads", id })),
        ...contactsOfCompany(account, card.id).map((id): Link => ({ type: "contacts", id })),
      ];
  }
}

const companyLink = (id: number | null): Link[] => (id === null ? [] : [{ type: "companies", id }]);

/**
 * Links two cards, whichever way they are given.
 * @returns false when Kommo has no such link (two leads, two contacts)
 */
export function link(account: Account, one: LinkEnd, other: Link): boolean {
  const lead = account.cards.leads.get(idOf(one, other, "leads"));
  const contact = account.cards.contacts.get(idOf(one, other, "contacts"));
  const company = account.cards.companies.get(idOf(one, other, "companies"));
  if (lead !== undefined && contact !== undefined)
    linkContact(account, lead, { contactId: contact.id, isMain: other.isMain });
  else if (lead !== undefined && company !== undefined) {
    if (lead.company !== null) account.linked.companyLeads.get(lead.company)?.delete(lead.id);
    lead.company = company.id;
    remember(account.linked.companyLeads, company.id, lead.id);
  } else if (contact !== undefined && company !== undefined) {
    if (contact.company !== null) {
      account.linked.companyContacts.get(contact.company)?.delete(contact.id);
    }
    contact.company = company.id;
    remember(account.linked.companyContacts, company.id, contact.id);
  } else return false;
  return true;
}

/** The id of whichever end is of `type`; 0, which no card has, when neither is. */
const idOf = (one: LinkEnd, other: LinkEnd, type: CardType): number =>
  one.type === type ? one.id : other.type === type ? other.id : 0;

function linkContact(
  account: Account,
  lead: Lead,
  { contactId, isMain }: { contactId: number; isMain: boolean | undefined },
): void {
  const others = lead.contacts.filter(({ id }) => id !== contactId);
  const becomesMain = isMain ?? !others.some(({ is_main }) => is_main);
  const kept = becomesMain ? others.map(({ id }) => ({ id, is_main: false })) : others;
  lead.contacts = [...kept, { id: contactId, is_main: becomesMain }];
  remember(account.linked.contactLeads, contactId, lead.id);
}

export function unlink(account: Account, one: LinkEnd, other: LinkEnd): void {
  const lead = account.cards.leads.get(idOf(one, other, "leads"));
  const contact = account.cards.contacts.get(idOf(one, other, "contacts"));
  const company = account.cards.companies.get(idOf(one, other, "companies"));
  if (lead !== undefined && contact !== undefined) {
    lead.contacts = lead.contacts.filter(({ id }) => id !== contact.id);
    account.linked.contactLeads.get(contact.id)?.delete(lead.id);
  } else if (lead !== undefined && company !== undefined && lead.company === company.id) {
    lead.company = null;
    account.linked.companyLeads.get(company.id)?.delete(lead.id);
  } else if (contact !== undefined && company !== undefined && contact.company === company.id) {
    contact.company = null;
    account.linked.companyContacts.get(company.id)?.delete(contact.id);
  }
}
