/**
 * Fills a simulated account before a run: contacts with numbers, companies, leads. Ids are the next
 * of the account, so the same seeds give the same ids. Seeded cards are not in the journal.
 */
import type { Account, CardField, Company, Contact, FieldValue, Lead } from "./account.ts";
import { LOST, WON } from "./account.ts";
import { link } from "./card-links.ts";
import { createLead } from "./card-write.ts";
import type { Author } from "./card-write.ts";

export type SeedPerson = {
  readonly name?: string;
  readonly phones?: readonly string[];
  readonly responsibleUserId?: number;
};
export type SeedContact = SeedPerson & { readonly companyId?: number };
export type SeedLead = {
  readonly name?: string;
  readonly contactId?: number;
  readonly companyId?: number;
  readonly pipelineId?: number;
  readonly statusId?: number;
  readonly responsibleUserId?: number;
  readonly closed?: "won" | "lost";
};

export type Seeder = {
  contact(seed: SeedContact): Contact;
  /** Many at once: `make` gets 0, 1, 2 … @returns the first id; the others follow it */
  contacts(count: number, make: (index: number) => SeedContact): number;
  company(seed: SeedPerson): Company;
  lead(seed: SeedLead): Lead;
};

/** @param author whose `now` is read for each card */
export function createSeeder(author: () => Author): Seeder {
  const { account } = author();
  const quietly = <T>(make: () => T): T => {
    const before = account.changes;
    account.changes = [];
    const made = make();
    account.changes = before;
    return made;
  };
  return {
    contact: (seed) => addContact(author(), seed),
    contacts(count, make) {
      const first = account.nextId.contacts;
      const shared = author();
      for (let index = 0; index < count; index++) addContact(shared, make(index));
      return first;
    },
    company(seed) {
      const company: Company = { ...base(author(), "companies", seed), type: "companies" };
      account.cards.companies.set(company.id, company);
      for (const value of seed.phones ?? []) {
        account.phones.companies.add(company.id, { value, isPhone: true });
      }
      return company;
    },
    lead: (seed) => quietly(() => addLead(author(), seed)),
  };
}

/** Written straight into the maps: a hundred thousand take about a second. */
function addContact(author: Author, seed: SeedContact): Contact {
  const { account } = author;
  const contact: Contact = {
    ...base(author, "contacts", seed),
    type: "contacts",
    first_name: "",
    last_name: "",
    company: null,
  };
  account.cards.contacts.set(contact.id, contact);
  for (const value of seed.phones ?? []) {
    account.phones.contacts.add(contact.id, { value, isPhone: true });
  }
  if (seed.companyId !== undefined) {
    link(account, { type: "contacts", id: contact.id }, { type: "companies", id: seed.companyId });
  }
  return contact;
}

function base(author: Author, type: "contacts" | "companies", seed: SeedPerson) {
  const { account, now, user } = author;
  const id = account.nextId.contacts++;
  return {
    id,
    name: seed.name ?? `${type === "contacts" ? "Contact" : "Company"} ${id}`,
    responsible_user_id: seed.responsibleUserId ?? user.id,
    created_by: user.id,
    updated_by: user.id,
    created_at: now,
    updated_at: now,
    closest_task_at: null,
    is_deleted: false,
    is_unsorted: false,
    fields: phoneFields(account, type, seed.phones ?? []),
    tags: [],
    searchableAt: 0,
    matchableAt: 0,
  };
}

function phoneFields(
  account: Account,
  type: "contacts" | "companies",
  phones: readonly string[],
): CardField[] {
  const field = account.customFields[type].find(({ code }) => code === "PHONE");
  if (field === undefined || phones.length === 0) return [];
  const enumId = field.enums[0]?.id ?? 0;
  return [{ field, values: phones.map((value): FieldValue => ({ value, enumId })) }];
}

function addLead(author: Author, seed: SeedLead): Lead {
  const { account } = author;
  const closedStatus = seed.closed === undefined ? undefined : seed.closed === "won" ? WON : LOST;
  const status_id = closedStatus ?? seed.statusId;
  const lead = createLead(author, {
    ...(seed.name === undefined ? {} : { name: seed.name }),
    ...(seed.pipelineId === undefined ? {} : { pipeline_id: seed.pipelineId }),
    ...(status_id === undefined ? {} : { status_id }),
    ...(seed.responsibleUserId === undefined
      ? {}
      : { responsible_user_id: seed.responsibleUserId }),
  });
  lead.searchableAt = 0;
  lead.matchableAt = 0;
  const end = { type: "leads", id: lead.id } as const;
  if (seed.contactId !== undefined) {
    link(account, end, { type: "contacts", id: seed.contactId, isMain: true });
  }
  if (seed.companyId !== undefined) link(account, end, { type: "companies", id: seed.companyId });
  return lead;
}
