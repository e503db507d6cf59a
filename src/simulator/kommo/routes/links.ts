/**
 * Links between cards: of one card, and of several at once.
 * @source kommo-api, section 15
 */
import { CARD_TYPES } from "../state/account.ts";
import type { Account, Card, CardType } from "../state/account.ts";
import { link, linksOf, unlink } from "../state/card-links.ts";
import type { Link, LinkEnd } from "../state/card-links.ts";
import { authorRule, cardRule } from "../state/references.ts";
import { noContent, notFound, ok } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import { numberParam, route, withBatch } from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { filterSet } from "../wire/query.ts";
import {
  flag,
  integer,
  isObject,
  notSupported,
  nullable,
  object,
  oneOf,
  text,
} from "../wire/rule.ts";
import type { Place, Rule } from "../wire/rule.ts";

type WrittenLink = {
  readonly entity_id?: number;
  readonly to_entity_id: number;
  readonly to_entity_type: CardType;
  readonly metadata?: { readonly is_main?: boolean } | null;
};

/** @param type of the card that is linked; two cards of one type have no link */
function linkRule(
  { account }: Exchange,
  type: CardType,
  named: Readonly<Record<string, Rule<unknown>>>,
): Rule<WrittenLink> {
  const metadata = object(
    {},
    {
      is_main: flag,
      main_contact: flag,
      catalog_id: integer,
      quantity: integer,
      updated_by: authorRule(account),
    },
  );
  const shape = object(
    { to_entity_id: integer, to_entity_type: oneOf(...CARD_TYPES), ...named },
    { metadata: nullable(metadata), request_id: text },
  );
  return {
    check(value, place) {
      shape.check(value, place);
      const target = isObject(value) ? value["to_entity_type"] : undefined;
      const other = CARD_TYPES.find((one) => one === target);
      const at = (name: string): Place => ({ path: name, found: place.found });
      if (other === type) notSupported(at("to_entity_type"));
      else if (other !== undefined && isObject(value)) {
        cardRule(account, other).check(value["to_entity_id"], at("to_entity_id"));
      }
    },
  };
}

const cardOf = (exchange: Exchange, type: CardType): Card | undefined =>
  exchange.account.cards[type].get(numberParam(exchange));

const endOf = ({ to_entity_id, to_entity_type, metadata }: WrittenLink): Link => ({
  type: to_entity_type,
  id: to_entity_id,
  ...(metadata?.is_main === undefined ? {} : { isMain: metadata.is_main }),
});

function addLinks(exchange: Exchange, type: CardType): Answer {
  const card = cardOf(exchange, type);
  if (card === undefined) return notFound;
  return withBatch(exchange, { rule: linkRule(exchange, type, {}) }, (items) => {
    for (const { item } of items) link(exchange.account, { type, id: card.id }, endOf(item));
    const links = items.map(({ item }) => shown({ type, id: card.id }, endOf(item)));
    return listOfLinks(exchange, links);
  });
}

function removeLinks(exchange: Exchange, type: CardType): Answer {
  const card = cardOf(exchange, type);
  if (card === undefined) return notFound;
  return withBatch(exchange, { rule: linkRule(exchange, type, {}) }, (items) => {
    for (const { item } of items) unlink(exchange.account, { type, id: card.id }, endOf(item));
    return noContent;
  });
}

/** The mass routes of the PHP client: each item names its card. */
function changeMany(
  exchange: Exchange,
  type: CardType,
  change: typeof link | typeof unlink,
): Answer {
  const named = { entity_id: cardRule(exchange.account, type) };
  return withBatch(exchange, { rule: linkRule(exchange, type, named) }, (items) => {
    for (const { item } of items) {
      change(exchange.account, { type, id: item.entity_id ?? 0 }, endOf(item));
    }
    if (change === unlink) return noContent;
    const links = items.map(({ item }) => shown({ type, id: item.entity_id ?? 0 }, endOf(item)));
    return listOfLinks(exchange, links);
  });
}

const shown = (from: LinkEnd, { type, id, isMain }: Link): object => ({
  entity_id: from.id,
  entity_type: from.type,
  to_entity_id: id,
  to_entity_type: type,
  metadata: isMain === undefined ? null : { main_contact: isMain },
});

const listOfLinks = (exchange: Exchange, links: readonly object[]): Answer =>
  ok({
    _total_items: links.length,
    _links: { self: { href: exchange.base + exchange.target } },
    _embedded: { links },
  });

function list(exchange: Exchange, cards: readonly Card[]): Answer {
  const ids = filterSet(exchange.query, "to_entity_id");
  const types = filterSet(exchange.query, "to_entity_type");
  const links = cards.flatMap((card) =>
    linksOf(exchange.account, card)
      .filter(({ id }) => ids === undefined || ids.has(String(id)))
      .filter(({ type }) => types === undefined || types.has(type))
      .map((one) => shown({ type: card.type, id: card.id }, one)),
  );
  return links.length === 0 ? noContent : listOfLinks(exchange, links);
}

const cardsAsked = (exchange: Exchange, account: Account, type: CardType): Card[] =>
  [...(filterSet(exchange.query, "entity_id") ?? [])].flatMap(
    (id) => account.cards[type].get(Number(id)) ?? [],
  );

export const linkRoutes: readonly Route[] = CARD_TYPES.flatMap((type) => {
  const base = `/api/v4/${type}`;
  return [
    route("GET", `${base}/:id/links`, (exchange) => {
      const card = cardOf(exchange, type);
      return card === undefined ? noContent : list(exchange, [card]);
    }),
    route("GET", `${base}/links`, (exchange) =>
      list(exchange, cardsAsked(exchange, exchange.account, type)),
    ),
    route("POST", `${base}/:id/link`, (exchange) => addLinks(exchange, type)),
    route("POST", `${base}/:id/unlink`, (exchange) => removeLinks(exchange, type)),
    route("POST", `${base}/link`, (exchange) => changeMany(exchange, type, link)),
    route("POST", `${base}/unlink`, (exchange) => changeMany(exchange, type, unlink)),
  ];
});
