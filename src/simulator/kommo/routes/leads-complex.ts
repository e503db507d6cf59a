/**
 * POST /leads/complex: a lead with at most one contact and one company, with duplicate control where
 * the account has it on.
 * @source kommo-api, section 11.2
 */
import type { Contact, Lead } from "../state/account.ts";
import { indexedValues, mergeFields } from "../state/card-fields.ts";
import { link } from "../state/card-links.ts";
import { createCompany, createContact, createLead } from "../state/card-write.ts";
import type { WrittenContact } from "../state/card-write.ts";
import { CALL_DIGITS } from "../state/phone-index.ts";
import { cardRule } from "../state/references.ts";
import { addUnsorted } from "../state/unsorted.ts";
import { ok } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import { inAnswerOrder, route, withBatch } from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { filledText, isObject, listOf, object, oneOf } from "../wire/rule.ts";
import type { Passed, Rule } from "../wire/rule.ts";
import { companyRule, contactRule, inPipeline, leadEmbedded, leadFields } from "./card-rules.ts";
import { sipMetadata } from "./unsorted-rules.ts";

const MOST_LEADS = 50;
const MOST_FIELDS = 40;

type Named = { readonly id: number };

/** Either the id of a card that is there, or the fields of a new one. */
const existingOr = <T>(existing: Rule<Named>, fresh: Rule<T>): Rule<Named | T> => ({
  check(value, place) {
    (isObject(value) && "id" in value ? existing : fresh).check(value, place);
  },
});

function complexRule(exchange: Exchange) {
  const { account } = exchange;
  const options = { most: MOST_FIELDS };
  const { required, optional } = sipMetadata(exchange);
  const metadata = object(
    { category: oneOf("sip"), ...required },
    { source_uid: filledText, source_name: filledText, ...optional },
  );
  const contact = existingOr<WrittenContact>(
    object({ id: cardRule(account, "contacts") }, {}),
    contactRule(exchange, options),
  );
  const company = existingOr(
    object({ id: cardRule(account, "companies") }, {}),
    companyRule(exchange, options),
  );
  const _embedded = object(
    {},
    {
      ...leadEmbedded(exchange),
      contacts: listOf(contact, 1),
      companies: listOf(company, 1),
      metadata,
    },
  );
  return inPipeline(exchange, object({}, { ...leadFields(exchange, options), _embedded }));
}
type WrittenComplex = Passed<ReturnType<typeof complexRule>>;

function addComplex(exchange: Exchange): Answer {
  return withBatch(exchange, { rule: complexRule(exchange), most: MOST_LEADS }, (items) => {
    // Duplicates are looked for among what was there before the request, never inside it.
    const twins = items.map(({ item }) => findTwin(exchange, item._embedded?.contacts?.[0]));
    const made = items.map(({ item, requestId }, index) => {
      const cards = addOne(exchange, item, twins[index]);
      return { ...cards, request_id: [requestId], merged: twins[index] !== undefined };
    });
    return ok(inAnswerOrder(exchange, made));
  });
}

function addOne(exchange: Exchange, item: WrittenComplex, twin: Contact | undefined): object {
  const { contacts, companies, metadata, ...embedded } = item._embedded ?? {};
  const { _embedded: _all, ...fields } = item;
  const written = { ...fields, _embedded: embedded };
  const contact = twin === undefined ? contacts?.[0] : { id: twin.id };
  if (metadata !== undefined) {
    const { category, source_uid, source_name, ...call } = metadata;
    const { leadId, contactId, companyId } = addUnsorted(exchange, {
      category,
      source_uid: source_uid ?? embedded.source?.external_id ?? "",
      source_name: source_name ?? "",
      pipeline_id: item.pipeline_id,
      metadata: call,
      lead: written,
      contact,
      company: companies?.[0],
    });
    return { id: leadId, contact_id: contactId, company_id: companyId };
  }
  const lead = createLead(exchange, written);
  const contactId = idOf(contact, (fresh) => createContact(exchange, fresh).id);
  const companyId = idOf(companies?.[0], (fresh) => createCompany(exchange, fresh).id);
  linkAll(exchange, lead, { contactId, companyId });
  return { id: lead.id, contact_id: contactId, company_id: companyId };
}

const idOf = <T extends object>(
  card: Named | T | undefined,
  create: (fresh: T) => number,
): number | null => {
  if (card === undefined) return null;
  return "id" in card ? card.id : create(card);
};

function linkAll(
  { account }: Exchange,
  lead: Lead,
  { contactId, companyId }: { contactId: number | null; companyId: number | null },
): void {
  const end = { type: "leads", id: lead.id } as const;
  if (contactId !== null) link(account, end, { type: "contacts", id: contactId, isMain: true });
  if (companyId !== null) link(account, end, { type: "companies", id: companyId });
  if (contactId !== null && companyId !== null) {
    link(account, { type: "contacts", id: contactId }, { type: "companies", id: companyId });
  }
}

function findTwin(exchange: Exchange, contact: WrittenContact | Named | undefined) {
  const { account, switches, nowMs } = exchange;
  if (!switches.duplicateControl || contact === undefined || "id" in contact) return undefined;
  const known = account.customFields.contacts;
  return indexedValues(mergeFields(known, [], contact.custom_fields_values ?? null))
    .filter(({ isPhone }) => isPhone)
    .flatMap(({ value }) => account.phones.contacts.endingLike(value, CALL_DIGITS))
    .map((id) => account.cards.contacts.get(id))
    .find(
      (card) =>
        card !== undefined && !card.is_deleted && !card.is_unsorted && card.matchableAt <= nowMs,
    );
}

export const complexRoutes: readonly Route[] = [route("POST", "/api/v4/leads/complex", addComplex)];
