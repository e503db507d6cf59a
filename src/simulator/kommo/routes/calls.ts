/**
 * POST /calls: finds the card by the number and writes the call on it. There is no other method.
 * @source kommo-api, section 7
 */
import { TYPE_NUMBER } from "../state/account.ts";
import type { Card } from "../state/account.ts";
import { chooseCard } from "../state/card-choice.ts";
import { addNote } from "../state/notes.ts";
import { CALL_DIGITS } from "../state/phone-index.ts";
import { authorRule, callResponsibleRule, ownerRule } from "../state/references.ts";
import type { Answer } from "../wire/answer.ts";
import { inAnswerOrder, route, withBatch } from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { atLeast, filledText, nullable, object, oneOf, text } from "../wire/rule.ts";
import type { Passed, Rule } from "../wire/rule.ts";
import { hrefOf, singularOf } from "./card-view.ts";

/** 1 to 7 are documented, 8 only the PHP client knows. */
export const callStatusRule = ({ switches }: Exchange): Rule<number> =>
  switches.callStatus8 === "accept" ? oneOf(1, 2, 3, 4, 5, 6, 7, 8) : oneOf(1, 2, 3, 4, 5, 6, 7);

function callRule(exchange: Exchange) {
  const { account, switches } = exchange;
  const maybe = <T>(rule: Rule<T>): Rule<T | null> =>
    switches.callsTakeNulls ? nullable(rule) : rule;
  return object(
    {
      direction: oneOf("inbound", "outbound"),
      phone: filledText,
      duration: atLeast(0),
      source: filledText,
    },
    {
      uniq: maybe(text),
      link: maybe(text),
      call_status: maybe(callStatusRule(exchange)),
      call_result: maybe(text),
      call_responsible: maybe(callResponsibleRule(account, switches)),
      responsible_user_id: maybe(ownerRule(account)),
      created_by: maybe(authorRule(account)),
      updated_by: maybe(authorRule(account)),
      created_at: maybe(atLeast(0)),
      updated_at: maybe(atLeast(0)),
      request_id: text,
    },
  );
}
type WrittenCall = Passed<ReturnType<typeof callRule>>;

function addCalls(exchange: Exchange): Answer {
  return withBatch(exchange, { rule: callRule(exchange) }, (items) => {
    const saved: object[] = [];
    const unsaved: object[] = [];
    for (const { item, requestId } of items) {
      const card = chooseCard(exchange.account, exchange.switches, {
        phone: item.phone,
        digits: CALL_DIGITS,
        nowMs: exchange.nowMs,
      });
      if (card === undefined) unsaved.push(nobodyFound(exchange, requestId));
      else saved.push(book(exchange, card, { call: item, requestId }));
    }
    return answerOf(exchange, inAnswerOrder(exchange, saved), inAnswerOrder(exchange, unsaved));
  });
}

function book(
  exchange: Exchange,
  card: Card,
  { call, requestId }: { call: WrittenCall; requestId: string },
): object {
  const { direction, responsible_user_id, created_by, updated_by, ...rest } = call;
  const { created_at, updated_at, request_id: _echoed, ...params } = rest;
  const note = addNote(exchange, {
    type: card.type,
    entity_id: card.id,
    note_type: direction === "inbound" ? "call_in" : "call_out",
    params: storedParams(params),
    via: "calls",
    created_by: created_by ?? undefined,
    updated_by: updated_by ?? undefined,
    created_at: created_at ?? undefined,
    updated_at: updated_at ?? undefined,
    responsible_user_id: responsible_user_id ?? undefined,
  });
  const asNumber = exchange.switches.callsEntityType === "number";
  return {
    id: note.id,
    entity_id: card.id,
    entity_type: asNumber ? TYPE_NUMBER[card.type] : singularOf(card.type),
    account_id: exchange.account.id,
    request_id: requestId,
    _embedded: { entity: { id: card.id, _links: hrefOf(exchange, card.type, card.id) } },
  };
}

/** As a call note is read back: what was not sent is null (section 14). */
export const storedParams = (params: object): Record<string, unknown> => ({
  uniq: "",
  link: null,
  call_result: null,
  call_status: null,
  call_responsible: null,
  ...params,
});

function nobodyFound({ switches }: Exchange, requestId: string): object {
  const bare = { title: "Entity not found", status: 263 };
  return switches.callsErrors === "bare"
    ? bare
    : { ...bare, detail: "Entity by phone was not found", request_id: requestId };
}

function answerOf(
  { switches }: Exchange,
  saved: readonly object[],
  errors: readonly object[],
): Answer {
  const partly = errors.length === 0 ? switches.callsSavedStatus : switches.callsPartlyFoundStatus;
  const status = saved.length === 0 ? switches.callsNothingFoundStatus : partly;
  const isInside = switches.callsErrorsPlace === "embedded";
  return {
    status,
    body: {
      _total_items: saved.length,
      ...(isInside ? {} : { errors }),
      _embedded: { calls: saved, ...(isInside ? { errors } : {}) },
    },
  };
}

export const callRoutes: readonly Route[] = [route("POST", "/api/v4/calls", addCalls)];
