/**
 * Makes and changes contacts, companies and leads from what passed the rules, and keeps indices,
 * links and the list of changes right.
 * @source kommo-api, sections 9 to 11
 */
import type { Switches } from "../switches.ts";
import { firstStatusId, LOST, mainPipeline, WON } from "./account.ts";
import type { Account, Card, CardType, Company, Contact, Lead } from "./account.ts";
import { indexedValues, mergeFields } from "./card-fields.ts";
import type { WrittenFields } from "./card-fields.ts";
import { link } from "./card-links.ts";
import { mergeTags } from "./references.ts";
import type { WrittenTag } from "./references.ts";

/** Who writes, and when. */
export type Author = {
  readonly account: Account;
  readonly switches: Readonly<Switches>;
  readonly user: { readonly id: number };
  readonly now: number;
  readonly nowMs: number;
};

/** What all cards have in common, as it is written. */
export type WrittenCard = {
  readonly name?: string;
  readonly responsible_user_id?: number;
  readonly created_by?: number;
  readonly updated_by?: number;
  readonly created_at?: number;
  readonly updated_at?: number;
  readonly custom_fields_values?: WrittenFields;
  readonly tags_to_add?: WrittenTag[];
  readonly tags_to_delete?: WrittenTag[];
  readonly _embedded?: { readonly tags?: WrittenTag[] | null };
};
export type WrittenContact = WrittenCard & {
  readonly first_name?: string;
  readonly last_name?: string;
};
export type WrittenLead = WrittenCard & {
  readonly price?: number;
  readonly status_id?: number;
  readonly pipeline_id?: number;
  readonly loss_reason_id?: number | null;
  readonly closed_at?: number | null;
  readonly _embedded?: {
    readonly tags?: WrittenTag[] | null;
    readonly contacts?: readonly { readonly id: number; readonly is_main?: boolean }[];
    readonly companies?: readonly { readonly id: number }[];
    readonly source?: { readonly external_id?: string };
  };
};

type Hidden = { readonly isUnsorted?: boolean };

function blank(
  author: Author,
  type: CardType,
  { written, isUnsorted }: { written: WrittenCard; isUnsorted: boolean },
) {
  const { account, switches, user, now, nowMs } = author;
  return {
    id: account.nextId[type === "leads" ? "leads" : "contacts"]++,
    name: "",
    responsible_user_id: user.id,
    created_by: written.created_by ?? user.id,
    updated_by: written.updated_by ?? written.created_by ?? user.id,
    created_at: written.created_at ?? now,
    updated_at: written.updated_at ?? now,
    closest_task_at: null,
    is_deleted: false,
    is_unsorted: isUnsorted,
    fields: [],
    tags: [],
    searchableAt: nowMs + switches.lateSearchMs,
    matchableAt: nowMs + switches.lateMatchMs,
  };
}

export function createContact(
  author: Author,
  written: WrittenContact,
  hidden: Hidden = {},
): Contact {
  const contact: Contact = {
    ...blank(author, "contacts", { written, isUnsorted: hidden.isUnsorted ?? false }),
    type: "contacts",
    first_name: "",
    last_name: "",
    company: null,
  };
  author.account.cards.contacts.set(contact.id, contact);
  applyContact(author, contact, written);
  author.account.changes.push({ action: "add", type: "contacts", id: contact.id });
  return contact;
}

export function createCompany(author: Author, written: WrittenCard, hidden: Hidden = {}): Company {
  const company: Company = {
    ...blank(author, "companies", { written, isUnsorted: hidden.isUnsorted ?? false }),
    type: "companies",
  };
  author.account.cards.companies.set(company.id, company);
  applyCommon(author, company, written);
  author.account.changes.push({ action: "add", type: "companies", id: company.id });
  return company;
}

export function createLead(author: Author, written: WrittenLead, hidden: Hidden = {}): Lead {
  const pipeline =
    author.account.pipelines.get(written.pipeline_id ?? 0) ??
    pipelineOfStatus(author.account, written.status_id) ??
    pipelineOfSource(author.account, written._embedded?.source?.external_id) ??
    mainPipeline(author.account);
  const lead: Lead = {
    ...blank(author, "leads", { written, isUnsorted: hidden.isUnsorted ?? false }),
    type: "leads",
    price: 0,
    status_id: firstStatusId(pipeline),
    pipeline_id: pipeline.id,
    loss_reason_id: null,
    closed_at: null,
    contacts: [],
    company: null,
    source: null,
  };
  lead.name = `Lead #${lead.id}`;
  author.account.cards.leads.set(lead.id, lead);
  applyLead(author, lead, written);
  author.account.changes.push({ action: "add", type: "leads", id: lead.id });
  return lead;
}

const pipelineOfStatus = (account: Account, statusId: number | undefined) =>
  statusId === undefined || statusId === WON || statusId === LOST
    ? undefined
    : [...account.pipelines.values()].find(({ statuses }) =>
        statuses.some(({ id }) => id === statusId),
      );

const pipelineOfSource = (account: Account, externalId: string | undefined) => {
  const source = [...account.sources.values()].find(
    ({ external_id }) => external_id === externalId,
  );
  return source === undefined ? undefined : account.pipelines.get(source.pipeline_id);
};

/** A PATCH. */
export function updateCard(author: Author, card: Card, written: WrittenCard | WrittenLead): void {
  const { changes } = author.account;
  const ownerBefore = card.responsible_user_id;
  const statusBefore = card.type === "leads" ? card.status_id : 0;
  card.updated_at = written.updated_at ?? author.now;
  card.updated_by = written.updated_by ?? author.user.id;
  if (card.type === "leads") applyLead(author, card, written);
  else if (card.type === "contacts") applyContact(author, card, written);
  else applyCommon(author, card, written);
  changes.push({ action: "update", type: card.type, id: card.id });
  if (card.responsible_user_id !== ownerBefore) {
    changes.push({ action: "responsible", type: card.type, id: card.id });
  }
  if (card.type === "leads" && card.status_id !== statusBefore) {
    changes.push({ action: "status", type: "leads", id: card.id, before: statusBefore });
  }
}

function applyContact(author: Author, contact: Contact, written: WrittenContact): void {
  const { first_name, last_name } = written;
  if (first_name !== undefined) contact.first_name = first_name;
  if (last_name !== undefined) contact.last_name = last_name;
  if (first_name !== undefined || last_name !== undefined) {
    contact.name = `${contact.first_name} ${contact.last_name}`.trim();
  }
  applyCommon(author, contact, written);
}

function applyLead(author: Author, lead: Lead, written: WrittenLead): void {
  const { account } = author;
  if (written.pipeline_id !== undefined && written.pipeline_id !== lead.pipeline_id) {
    lead.pipeline_id = written.pipeline_id;
    const pipeline = account.pipelines.get(written.pipeline_id);
    if (pipeline !== undefined) lead.status_id = firstStatusId(pipeline);
  }
  if (written.status_id !== undefined) {
    lead.status_id = written.status_id;
    const isClosed = written.status_id === WON || written.status_id === LOST;
    lead.closed_at = isClosed ? (written.closed_at ?? author.now) : null;
  }
  if (written.price !== undefined) lead.price = written.price;
  if (written.loss_reason_id !== undefined) lead.loss_reason_id = written.loss_reason_id;
  const embedded = written._embedded;
  const end = { type: "leads", id: lead.id } as const;
  for (const { id, is_main } of embedded?.contacts ?? []) {
    link(account, end, {
      type: "contacts",
      id,
      ...(is_main === undefined ? {} : { isMain: is_main }),
    });
  }
  for (const { id } of embedded?.companies ?? []) link(account, end, { type: "companies", id });
  lead.source = embedded?.source?.external_id ?? lead.source;
  applyCommon(author, lead, written);
}

function applyCommon(author: Author, card: Card, written: WrittenCard): void {
  const { account } = author;
  if (written.name !== undefined) card.name = written.name;
  card.responsible_user_id = written.responsible_user_id ?? card.responsible_user_id;
  if (written.custom_fields_values !== undefined) {
    unindex(account, card);
    const known = account.customFields[card.type];
    card.fields = mergeFields(known, card.fields, written.custom_fields_values);
    if (card.type !== "leads") {
      for (const value of indexedValues(card.fields)) account.phones[card.type].add(card.id, value);
    }
  }
  card.tags = mergeTags(account, card, {
    set: written._embedded?.tags,
    toAdd: written.tags_to_add,
    toDelete: written.tags_to_delete,
  });
}

function unindex(account: Account, card: Card): void {
  if (card.type === "leads") return;
  for (const value of indexedValues(card.fields)) account.phones[card.type].remove(card.id, value);
}

/** There is no DELETE in v4: people delete in the browser (section 1). */
export function deleteCard(account: Account, card: Card): void {
  card.is_deleted = true;
  unindex(account, card);
  account.changes.push({ action: "delete", type: card.type, id: card.id });
}
