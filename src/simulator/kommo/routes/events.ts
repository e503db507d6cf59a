/**
 * The list of events, of which the simulator has those of calls, and the call popup of the old API.
 * @source kommo-api, sections 16 and 18.1
 */
import { SINGULAR, TYPE_NUMBER } from "../state/account.ts";
import type { CallEvent, Popup } from "../state/account.ts";
import { chooseCard } from "../state/card-choice.ts";
import { POPUP_DIGITS } from "../state/phone-index.ts";
import { authorRule } from "../state/references.ts";
import { forbidden, notFound, ok, problem } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import { page, route, selfLink, withObject } from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { filterRange, filterValues, within } from "../wire/query.ts";
import type { Range } from "../wire/query.ts";
import { filledText, listOf, object, oneOf } from "../wire/rule.ts";

/** Several values come comma-joined in one parameter. */
function wanted(exchange: Exchange, name: string): Set<string> | undefined {
  const values = filterValues(exchange.query, name).flatMap((value) => value.split(","));
  return values.length === 0 ? undefined : new Set(values);
}

function createdRange(exchange: Exchange): Range | undefined {
  const joined = exchange.query.search.get("filter[created_at]");
  if (joined?.includes(",") !== true) return filterRange(exchange.query, "created_at");
  const [from, to] = joined.split(",").map(Number);
  return { from: from ?? -Infinity, to: to ?? Infinity };
}

const shown = (exchange: Exchange, event: CallEvent): object => ({
  id: event.id,
  type: event.type,
  entity_id: event.entity_id,
  entity_type: SINGULAR[event.entity],
  created_by: event.created_by,
  created_at: event.created_at,
  value_after: [{ note: { id: event.noteId } }],
  value_before: [],
  account_id: exchange.account.id,
  _links: selfLink(exchange, `/events/${event.id}`),
  _embedded: { entity: { id: event.entity_id } },
});

const MOST_FILTER_VALUES = 10;

function list(exchange: Exchange): Answer {
  const [ids, types, entities] = ["id", "type", "entity"].map((name) => wanted(exchange, name));
  const entityIds = wanted(exchange, "entity_id");
  const authors = wanted(exchange, "created_by");
  const created = createdRange(exchange);
  if ((entityIds?.size ?? 0) > MOST_FILTER_VALUES || (authors?.size ?? 0) > MOST_FILTER_VALUES) {
    return problem(400, `A filter can not have more than ${MOST_FILTER_VALUES} values`);
  }
  if (entityIds !== undefined && (entities?.size ?? 0) > 1) {
    return problem(400, "entity_id can be filtered for a single entity type only");
  }
  const items = exchange.account.events.filter(
    (event) =>
      (ids === undefined || ids.has(event.id)) &&
      (types === undefined || types.has(event.type)) &&
      (entities === undefined || entities.has(SINGULAR[event.entity])) &&
      (entityIds === undefined || entityIds.has(String(event.entity_id))) &&
      (authors === undefined || authors.has(String(event.created_by))) &&
      within(created, event.created_at),
  );
  return page(exchange, { name: "events", items }, (event: CallEvent) => shown(exchange, event));
}

function get(exchange: Exchange): Answer {
  const event = exchange.account.events.find(({ id }) => id === exchange.params[0]);
  return event === undefined ? notFound : ok(shown(exchange, event));
}

const types = (exchange: Exchange): Answer =>
  ok({
    _links: { self: { href: exchange.base + exchange.target } },
    _embedded: {
      events_types: [
        { key: "incoming_call", type: 1, lang: "Incoming call" },
        { key: "outgoing_call", type: 1, lang: "Outgoing call" },
      ],
    },
  });

const popupRule = ({ account }: Exchange) =>
  object(
    {
      add: listOf(
        object(
          { type: oneOf("phone_call"), phone_number: filledText },
          { users: listOf(authorRule(account)) },
        ),
      ),
    },
    {},
  );

/** Needs the scope of the Notification Center, or by the switch that of the account's data. */
function addPopups(exchange: Exchange): Answer {
  const { account, scopes, switches, nowMs } = exchange;
  if (!scopes.has(switches.popupScope)) return forbidden("Client doesn't have the required scope");
  return withObject(exchange, popupRule(exchange), ({ add }) => {
    const items = add.flatMap(({ phone_number, users }, index) => {
      const found = chooseCard(account, switches, {
        phone: phone_number,
        digits: POPUP_DIGITS,
        nowMs,
      });
      const card = found === undefined ? undefined : { type: found.type, id: found.id };
      const popup: Popup = { at: nowMs, phone_number, users, card };
      account.popups.push(popup);
      account.changes.push({ action: "add", type: "popups", id: account.popups.length });
      if (card === undefined) return [];
      const uid = `7f1d${String(account.popups.length).padStart(8, "0")}${index}`;
      return [
        { element_id: card.id, element_type: String(TYPE_NUMBER[card.type]), uid, phone_number },
      ];
    });
    const body = {
      _links: { self: { href: "/api/v2/events", method: "post" } },
      _embedded: { items },
    };
    return { status: 202, body: { items: body, empty: {}, list: [] }[switches.popupAnswer] };
  });
}

export const eventRoutes: readonly Route[] = [
  route("GET", "/api/v4/events", list),
  route("GET", "/api/v4/events/types", types),
  route("GET", "/api/v4/events/:key", get),
  route("POST", "/api/v2/events", addPopups),
];
