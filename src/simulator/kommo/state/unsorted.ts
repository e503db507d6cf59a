/**
 * Incoming leads: a lead with a contact, hidden until somebody accepts it.
 * @source kommo-api, section 8
 */
import { randomBytes } from "node:crypto";
import { firstStatusId, incomingStatusId, mainPipeline } from "./account.ts";
import type { Card, Contact, Unsorted } from "./account.ts";
import { indexedValues } from "./card-fields.ts";
import { link } from "./card-links.ts";
import { createCompany, createContact, createLead, deleteCard } from "./card-write.ts";
import type { Author, WrittenCard, WrittenContact, WrittenLead } from "./card-write.ts";
import { addNote } from "./notes.ts";
import { CALL_DIGITS } from "./phone-index.ts";
import { tagNamed } from "./references.ts";

export type CallMetadata = {
  readonly uniq: string;
  readonly phone: string;
  readonly from?: string | number;
  readonly called_at?: number;
  readonly duration?: number;
  readonly link?: string;
  readonly service_code?: string;
  readonly is_call_event_needed?: boolean;
  readonly call_responsible?: number | string | null;
};

export type WrittenUnsorted = {
  readonly category: Unsorted["category"];
  readonly source_uid: string;
  readonly source_name: string;
  readonly pipeline_id?: number | undefined;
  readonly created_at?: number | undefined;
  readonly metadata: CallMetadata | Readonly<Record<string, unknown>>;
  readonly lead: WrittenLead | undefined;
  /** An id: a contact that is there already. */
  readonly contact: WrittenContact | { readonly id: number } | undefined;
  readonly company: WrittenCard | { readonly id: number } | undefined;
};

export function addUnsorted(author: Author, written: WrittenUnsorted): Unsorted {
  const { account, now } = author;
  const pipeline = account.pipelines.get(written.pipeline_id ?? 0) ?? mainPipeline(account);
  const hidden = { isUnsorted: true };
  const { status_id: _stage, ...lead } = written.lead ?? {};
  const made = createLead(author, { ...lead, pipeline_id: pipeline.id }, hidden);
  made.status_id = incomingStatusId(pipeline);
  const contactId = idOf(written.contact, (contact) => createContact(author, contact, hidden).id);
  const companyId = idOf(written.company, (company) => createCompany(author, company, hidden).id);
  const leadEnd = { type: "leads", id: made.id } as const;
  if (contactId !== null) link(account, leadEnd, { type: "contacts", id: contactId, isMain: true });
  if (companyId !== null) link(account, leadEnd, { type: "companies", id: companyId });
  const { is_call_event_needed: wantsEvent, ...metadata } = written.metadata as CallMetadata;
  const unsorted: Unsorted = {
    uid: randomBytes(30).toString("hex"),
    category: written.category,
    source_uid: written.source_uid,
    source_name: written.source_name,
    pipeline_id: pipeline.id,
    created_at: written.created_at ?? now,
    metadata,
    leadId: made.id,
    contactId,
    companyId,
    state: "waiting",
    sortedAt: null,
  };
  account.unsorted.set(unsorted.uid, unsorted);
  account.changes.push({ action: "add", type: "unsorted", uid: unsorted.uid });
  if (wantsEvent === true) addCallOf(author, unsorted, metadata);
  return unsorted;
}

function idOf<T extends object>(
  written: T | { readonly id: number } | undefined,
  create: (written: T) => number,
): number | null {
  if (written === undefined) return null;
  if ("id" in written && typeof written.id === "number") return written.id;
  return create(written as T);
}

function addCallOf(author: Author, unsorted: Unsorted, metadata: CallMetadata): void {
  const { uniq, duration, link: recording, call_responsible } = metadata;
  const client = author.switches.unsortedClient === "phone" ? metadata.phone : metadata.from;
  addNote(author, {
    type: "leads",
    entity_id: unsorted.leadId,
    note_type: "call_in",
    params: {
      uniq,
      duration: duration ?? 0,
      source: metadata.service_code ?? unsorted.source_name,
      link: recording ?? null,
      phone: String(client ?? metadata.phone),
      call_result: null,
      call_status: null,
      call_responsible: call_responsible ?? null,
    },
    via: "unsorted",
    created_at: metadata.called_at,
    responsible_user_id: typeof call_responsible === "number" ? call_responsible : undefined,
  });
}

/** The oldest contact that has one of the numbers, visible or waiting. */
export function contactWith({ account }: Author, numbers: readonly string[]): Contact | undefined {
  return numbers
    .flatMap((number) => account.phones.contacts.endingLike(number, CALL_DIGITS))
    .map((id) => account.cards.contacts.get(id))
    .find((contact) => contact?.is_deleted === false);
}

/** What the UI shows on both sides of a duplicate. */
export function tagDuplicates(author: Author, unsorted: Unsorted): void {
  const { account } = author;
  const contact = account.cards.contacts.get(unsorted.contactId ?? 0);
  if (contact === undefined) return;
  const twins = indexedValues(contact.fields)
    .filter(({ isPhone }) => isPhone)
    .flatMap(({ value }) => account.phones.contacts.endingLike(value, CALL_DIGITS));
  const tag = tagNamed(account, "contacts", "duplicate").id;
  for (const id of new Set([...twins, contact.id])) {
    const twin = account.cards.contacts.get(id);
    if (twin !== undefined) twin.tags = [...new Set([...twin.tags, tag])];
  }
}

export function acceptUnsorted(
  author: Author,
  unsorted: Unsorted,
  { userId, statusId }: { userId: number | undefined; statusId: number | undefined },
): void {
  const { account, now } = author;
  const lead = account.cards.leads.get(unsorted.leadId);
  const pipeline = account.pipelines.get(unsorted.pipeline_id) ?? mainPipeline(account);
  if (lead !== undefined) lead.status_id = statusId ?? firstStatusId(pipeline);
  for (const card of cardsOf(author, unsorted)) {
    if (!card.is_unsorted) continue;
    card.is_unsorted = false;
    card.updated_at = now;
    if (userId !== undefined) card.responsible_user_id = userId;
    account.changes.push({ action: "update", type: card.type, id: card.id });
  }
  unsorted.state = "accepted";
  unsorted.sortedAt = now;
  account.changes.push({ action: "accept", type: "unsorted", uid: unsorted.uid });
}

export function declineUnsorted(author: Author, unsorted: Unsorted): void {
  for (const card of cardsOf(author, unsorted))
    if (card.is_unsorted) deleteCard(author.account, card);
  unsorted.state = "declined";
  unsorted.sortedAt = author.now;
  author.account.changes.push({ action: "decline", type: "unsorted", uid: unsorted.uid });
}

function cardsOf({ account }: Author, unsorted: Unsorted): Card[] {
  return [
    account.cards.leads.get(unsorted.leadId),
    account.cards.contacts.get(unsorted.contactId ?? 0),
    account.cards.companies.get(unsorted.companyId ?? 0),
  ].filter((card) => card !== undefined);
}
