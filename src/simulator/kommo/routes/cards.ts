/**
 * /contacts, /companies, /leads: list, one, POST and PATCH of several, PATCH of one.
 * @source kommo-api, sections 9 to 11
 */
import type { CardType } from "../state/account.ts";
import { createCompany, createContact, createLead, updateCard } from "../state/card-write.ts";
import type { WrittenCard } from "../state/card-write.ts";
import { notFound } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import {
  numberParam,
  patchedOne,
  route,
  withBatch,
  withObject,
  written,
} from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import type { Rule } from "../wire/rule.ts";
import {
  companyChangeRule,
  companyPatchRule,
  companyRule,
  contactChangeRule,
  contactPatchRule,
  contactRule,
  leadChangeRule,
  leadPatchRule,
  leadRule,
} from "./card-rules.ts";
import { changedCard, getCard, listCards, madeCard } from "./card-view.ts";

const addContacts = (exchange: Exchange): Answer =>
  withBatch(exchange, { rule: contactRule(exchange) }, (items) =>
    written(
      exchange,
      "contacts",
      items.map(({ item, requestId }) =>
        madeCard(exchange, createContact(exchange, item), requestId),
      ),
    ),
  );

const addCompanies = (exchange: Exchange): Answer =>
  withBatch(exchange, { rule: companyRule(exchange) }, (items) =>
    written(
      exchange,
      "companies",
      items.map(({ item, requestId }) =>
        madeCard(exchange, createCompany(exchange, item), requestId),
      ),
    ),
  );

const addLeads = (exchange: Exchange): Answer =>
  withBatch(exchange, { rule: leadRule(exchange) }, (items) =>
    written(
      exchange,
      "leads",
      items.map(({ item, requestId }) => madeCard(exchange, createLead(exchange, item), requestId)),
    ),
  );

type Named = WrittenCard & { readonly id: number };
type ChangeRules = {
  readonly many: (exchange: Exchange) => Rule<Named>;
  readonly one: (exchange: Exchange) => Rule<WrittenCard>;
};
const CHANGE_RULES: Readonly<Record<CardType, ChangeRules>> = {
  contacts: { many: contactChangeRule, one: contactPatchRule },
  companies: { many: companyChangeRule, one: companyPatchRule },
  leads: { many: leadChangeRule, one: leadPatchRule },
};

const changeMany = (exchange: Exchange, type: CardType): Answer =>
  withBatch(exchange, { rule: CHANGE_RULES[type].many(exchange) }, (items) =>
    written(
      exchange,
      type,
      items.flatMap(({ item, requestId }) => {
        const card = exchange.account.cards[type].get(item.id);
        if (card === undefined) return [];
        updateCard(exchange, card, item);
        return [changedCard(exchange, card, requestId)];
      }),
    ),
  );

function changeOne(exchange: Exchange, type: CardType): Answer {
  const card = exchange.account.cards[type].get(numberParam(exchange));
  if (card === undefined || card.is_deleted) return notFound;
  return withObject(exchange, CHANGE_RULES[type].one(exchange), (item, requestId) => {
    updateCard(exchange, card, item);
    return patchedOne(exchange, type, changedCard(exchange, card, requestId));
  });
}

const ADD = { contacts: addContacts, companies: addCompanies, leads: addLeads } as const;

export const cardRoutes: readonly Route[] = (["contacts", "companies", "leads"] as const).flatMap(
  (type) => [
    route("GET", `/api/v4/${type}`, (exchange) => listCards(exchange, type)),
    route("GET", `/api/v4/${type}/:id`, (exchange) => getCard(exchange, type)),
    route("POST", `/api/v4/${type}`, ADD[type]),
    route("PATCH", `/api/v4/${type}`, (exchange) => changeMany(exchange, type)),
    route("PATCH", `/api/v4/${type}/:id`, (exchange) => changeOne(exchange, type)),
  ],
);
