/**
 * How contacts, companies and leads are read, and the list they share: filters, `query`, order.
 * @source kommo-api, sections 9 to 11
 */
import { digitsOf } from "../../../lib/phone.ts";
import { SINGULAR } from "../state/account.ts";
import type { Account, Card, CardType, Company, Contact, Lead } from "../state/account.ts";
import { indexedValues, shownFields } from "../state/card-fields.ts";
import { contactsOfCompany, leadsOf } from "../state/card-links.ts";
import { QUERY_DIGITS } from "../state/phone-index.ts";
import type { Answer } from "../wire/answer.ts";
import { noContent, ok } from "../wire/answer.ts";
import { numberParam, page } from "../wire/exchange.ts";
import type { Exchange } from "../wire/exchange.ts";
import { filterRange, filterSet, ordered, orderOf, within, withWords } from "../wire/query.ts";

export const hrefOf = (exchange: Exchange, type: CardType, id: number): object => ({
  self: { href: `${exchange.base}/api/v4/${type}/${id}` },
});
const references = (exchange: Exchange, type: CardType, ids: readonly number[]): object[] =>
  ids.map((id) => ({ id, _links: hrefOf(exchange, type, id) }));

const shownTags = (account: Account, card: Card): object[] =>
  card.tags.map((id) => {
    const tag = account.tags[card.type].get(id);
    return { id, name: tag?.name ?? "", color: tag?.color ?? null };
  });

const commonOf = (exchange: Exchange, card: Card) => ({
  responsible_user_id: card.responsible_user_id,
  group_id: 0,
  created_by: card.created_by,
  updated_by: card.updated_by,
  created_at: card.created_at,
  updated_at: card.updated_at,
  closest_task_at: card.closest_task_at,
  is_deleted: card.is_deleted,
  custom_fields_values: shownFields(card.fields),
  account_id: exchange.account.id,
  _links: hrefOf(exchange, card.type, card.id),
});

function shownContact(exchange: Exchange, card: Contact): object {
  const companies = card.company === null ? [] : [card.company];
  return {
    id: card.id,
    name: card.name,
    first_name: card.first_name,
    last_name: card.last_name,
    is_unsorted: card.is_unsorted,
    ...commonOf(exchange, card),
    _embedded: {
      tags: shownTags(exchange.account, card),
      companies: references(exchange, "companies", companies),
      ...leadsIfAsked(exchange, card),
    },
  };
}

function shownCompany(exchange: Exchange, card: Company): object {
  const contacts = contactsOfCompany(exchange.account, card.id);
  return {
    id: card.id,
    name: card.name,
    ...commonOf(exchange, card),
    _embedded: {
      tags: shownTags(exchange.account, card),
      ...(withWords(exchange.query).has("contacts")
        ? { contacts: references(exchange, "contacts", contacts) }
        : {}),
      ...leadsIfAsked(exchange, card),
    },
  };
}

const leadsIfAsked = (exchange: Exchange, card: Contact | Company): object =>
  withWords(exchange.query).has("leads")
    ? { leads: references(exchange, "leads", leadsOf(exchange.account, card.type, card.id)) }
    : {};

function shownLead(exchange: Exchange, lead: Lead): object {
  const words = withWords(exchange.query);
  return {
    id: lead.id,
    name: lead.name,
    price: lead.price,
    status_id: lead.status_id,
    pipeline_id: lead.pipeline_id,
    loss_reason_id: lead.loss_reason_id,
    closed_at: lead.closed_at,
    score: null,
    labor_cost: null,
    is_price_computed: false,
    ...(words.has("source_id") ? { source_id: null } : {}),
    ...commonOf(exchange, lead),
    _embedded: {
      tags: shownTags(exchange.account, lead),
      companies: references(exchange, "companies", lead.company === null ? [] : [lead.company]),
      ...(words.has("contacts")
        ? {
            contacts: lead.contacts.map(({ id, is_main }) => ({
              id,
              is_main,
              _links: hrefOf(exchange, "contacts", id),
            })),
          }
        : {}),
    },
  };
}

export function shownCard(exchange: Exchange, card: Card): object {
  if (card.type === "leads") return shownLead(exchange, card);
  return card.type === "contacts" ? shownContact(exchange, card) : shownCompany(exchange, card);
}

/** GET /{type}. */
export function listCards(exchange: Exchange, type: CardType): Answer {
  const { query } = exchange;
  const fields = ["updated_at", "created_at", "id"] as const;
  const items = ordered<(typeof fields)[number], Card>(
    matching(exchange, type),
    orderOf(query, fields),
  );
  return page(exchange, { name: type, items }, (card: Card) => shownCard(exchange, card));
}

/** GET /{type}/{id}: 204 for one that is not there. */
export function getCard(exchange: Exchange, type: CardType): Answer {
  const card = exchange.account.cards[type].get(numberParam(exchange));
  const isHidden = card?.is_deleted === true && !withWords(exchange.query).has("only_deleted");
  return card === undefined || isHidden ? noContent : ok(shownCard(exchange, card));
}

function* matching(exchange: Exchange, type: CardType): Generator<Card> {
  const { query, nowMs } = exchange;
  const isAsked = cardFilter(exchange);
  const wanted = query.search.get("query")?.trim() ?? "";
  const wantsDeleted = withWords(query).has("only_deleted");
  for (const card of candidates(exchange, type, wanted)) {
    if (card.is_deleted !== wantsDeleted || card.is_unsorted || !isAsked(card)) continue;
    if (wanted !== "" && card.searchableAt > nowMs) continue;
    yield card;
  }
}

/** By seven digits from the index, by ids from the map, else all. */
function candidates(
  { account, query, switches }: Exchange,
  type: CardType,
  wanted: string,
): Iterable<Card> {
  const cards: ReadonlyMap<number, Card> = account.cards[type];
  const present = (ids: Iterable<number>): Card[] =>
    [...ids].sort((one, other) => one - other).flatMap((id) => cards.get(id) ?? []);
  if (wanted !== "" && type !== "leads" && digitsOf(wanted).length >= QUERY_DIGITS) {
    const found = present(account.phones[type].containing(wanted));
    return switches.queryMatches === "last-seven"
      ? found
      : found.filter(({ fields }) =>
          indexedValues(fields).some(({ value }) => digitsOf(value).includes(digitsOf(wanted))),
        );
  }
  const ids = filterSet(query, "id");
  const all = ids === undefined ? cards.values() : present([...ids].map(Number));
  return wanted === "" ? all : all.filter((card) => hasText(card, wanted.toLowerCase()));
}

const hasText = (card: Card, wanted: string): boolean =>
  card.name.toLowerCase().includes(wanted) ||
  card.fields.some(({ values }) =>
    values.some(({ value }) => String(value).toLowerCase().includes(wanted)),
  );

function cardFilter({ query }: Exchange): (card: Card) => boolean {
  const sets = (["id", "name", "created_by", "updated_by", "responsible_user_id"] as const).map(
    (name) => [name, filterSet(query, name)] as const,
  );
  const ranges = (["updated_at", "created_at", "closest_task_at"] as const).map(
    (name) => [name, filterRange(query, name)] as const,
  );
  const ofLead = leadFilter(query.search);
  const pipelines = filterSet(query, "pipeline_id");
  const prices = filterSet(query, "price");
  const closed = filterRange(query, "closed_at");
  return (card) =>
    sets.every(([name, set]) => set === undefined || set.has(String(card[name]))) &&
    ranges.every(([name, range]) => within(range, card[name])) &&
    (card.type !== "leads" ||
      ((pipelines === undefined || pipelines.has(String(card.pipeline_id))) &&
        (prices === undefined || prices.has(String(card.price))) &&
        within(closed, card.closed_at) &&
        ofLead(card)));
}

/** `filter[statuses][0][pipeline_id]` with `[status_id]`: both are needed. */
function leadFilter(search: URLSearchParams): (lead: Lead) => boolean {
  const stages = new Map<string, { pipeline_id?: string; status_id?: string }>();
  for (const [key, value] of search) {
    const match = /^filter\[statuses\]\[(\d+)\]\[(pipeline_id|status_id)\]$/.exec(key);
    if (match === null) continue;
    const [, index = "", name = ""] = match;
    stages.set(index, { ...stages.get(index), [name]: value });
  }
  const whole = [...stages.values()].filter(
    ({ pipeline_id, status_id }) => pipeline_id && status_id,
  );
  return (lead) =>
    whole.length === 0 ||
    whole.some(
      ({ pipeline_id, status_id }) =>
        pipeline_id === String(lead.pipeline_id) && status_id === String(lead.status_id),
    );
}

/** The answer's line for a card that was made. */
export const madeCard = (exchange: Exchange, card: Card, requestId: string): object => ({
  id: card.id,
  ...(card.type === "contacts" ? { is_deleted: false, is_unsorted: card.is_unsorted } : {}),
  request_id: requestId,
  _links: hrefOf(exchange, card.type, card.id),
});

/** The answer's line for a card that was changed. */
export const changedCard = (exchange: Exchange, card: Card, requestId: string): object => ({
  id: card.id,
  name: card.name,
  updated_at: card.updated_at,
  ...(card.type === "contacts" ? { is_deleted: false, is_unsorted: card.is_unsorted } : {}),
  request_id: requestId,
  _links: hrefOf(exchange, card.type, card.id),
});

/** The `_embedded.entity` of calls. */
export const singularOf = (type: CardType): string => SINGULAR[type];
