/**
 * /leads/unsorted: incoming leads of the categories sip and forms.
 * @source kommo-api, section 8
 */
import type { CardType, Unsorted } from "../state/account.ts";
import { ownerRule } from "../state/references.ts";
import {
  acceptUnsorted,
  addUnsorted,
  declineUnsorted,
  contactWith,
  tagDuplicates,
} from "../state/unsorted.ts";
import { noContent, notFound, ok, problem } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import { inAnswerOrder, page, route, withBatch, withObject } from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { filterRange, filterSet, ordered, orderOf, within } from "../wire/query.ts";
import { integer, notSupported, object, refined } from "../wire/rule.ts";
import { hrefOf } from "./card-view.ts";
import { numbersIn, unsortedFormsRule, unsortedSipRule } from "./unsorted-rules.ts";
import type { WrittenIncoming } from "./unsorted-rules.ts";

function add(exchange: Exchange, category: Unsorted["category"]): Answer {
  const { account, switches } = exchange;
  if (!account.isUnsortedOn) return problem(400, "Incoming leads are turned off in this account");
  const rule = category === "sip" ? unsortedSipRule(exchange) : unsortedFormsRule(exchange);
  return withBatch(exchange, { rule }, (items) => {
    const known = items.map(({ item }) => contactWith(exchange, numbersIn(item)));
    if (switches.unsortedDuplicate === "error" && known.some((contact) => contact !== undefined)) {
      return problem(400, "Such data has been added already");
    }
    const made = items.map(({ item, requestId }, index) => {
      const twin = known[index];
      const isMerged = switches.unsortedMergesContacts && twin !== undefined;
      const contact = isMerged ? { id: twin.id } : item._embedded?.contacts?.[0];
      const unsorted = addUnsorted(exchange, { ...incomingOf(item, category), contact });
      if (twin !== undefined) tagDuplicates(exchange, unsorted);
      return {
        uid: unsorted.uid,
        account_id: account.id,
        request_id: requestId,
        _links: unsortedHref(exchange, unsorted),
        _embedded: embedded(exchange, unsorted),
      };
    });
    return ok({
      _total_items: made.length,
      _links: { self: { href: exchange.base + exchange.target } },
      _embedded: { unsorted: inAnswerOrder(exchange, made) },
    });
  });
}

const incomingOf = (item: WrittenIncoming, category: Unsorted["category"]) => ({
  category,
  source_uid: item.source_uid,
  source_name: item.source_name,
  pipeline_id: item.pipeline_id,
  created_at: item.created_at,
  metadata: item.metadata,
  lead: item._embedded?.leads?.[0],
  company: item._embedded?.companies?.[0],
});

const unsortedHref = (exchange: Exchange, { uid }: Unsorted): object => ({
  self: { href: `${exchange.base}/api/v4/leads/unsorted/${uid}` },
});

function embedded(exchange: Exchange, { leadId, contactId, companyId }: Unsorted): object {
  const one = (type: CardType, id: number | null): object[] =>
    id === null ? [] : [{ id, _links: hrefOf(exchange, type, id) }];
  return {
    contacts: one("contacts", contactId),
    leads: one("leads", leadId),
    companies: one("companies", companyId),
  };
}

const shown = (exchange: Exchange, unsorted: Unsorted): object => ({
  uid: unsorted.uid,
  source_uid: unsorted.source_uid,
  source_name: unsorted.source_name,
  category: unsorted.category,
  pipeline_id: unsorted.pipeline_id,
  created_at: unsorted.created_at,
  metadata: unsorted.metadata,
  account_id: exchange.account.id,
  _links: unsortedHref(exchange, unsorted),
  _embedded: embedded(exchange, unsorted),
});

function list(exchange: Exchange): Answer {
  const { account, query } = exchange;
  const uids = filterSet(query, "uid");
  const categories = filterSet(query, "category");
  const pipelines = filterSet(query, "pipeline_id");
  const matching = account.unsorted
    .values()
    .filter(
      ({ state, uid, category, pipeline_id }) =>
        state === "waiting" &&
        (uids === undefined || uids.has(uid)) &&
        (categories === undefined || categories.has(category)) &&
        (pipelines === undefined || pipelines.has(String(pipeline_id))),
    );
  const items = ordered<"created_at", Unsorted>(matching, orderOf(query, ["created_at"]));
  return page(exchange, { name: "unsorted", items }, (one: Unsorted) => shown(exchange, one));
}

const waiting = ({ account, params }: Exchange): Unsorted | undefined => {
  const unsorted = account.unsorted.get(params[0] ?? "");
  return unsorted?.state === "waiting" ? unsorted : undefined;
};

function get(exchange: Exchange): Answer {
  const unsorted = waiting(exchange);
  if (unsorted !== undefined) return ok(shown(exchange, unsorted));
  return exchange.switches.unsortedGoneStatus === 404 ? notFound : noContent;
}

/** A body may be left out altogether. */
const bodyOrNothing = (exchange: Exchange): Exchange =>
  exchange.body === undefined ? { ...exchange, body: {} } : exchange;

function accept(exchange: Exchange): Answer {
  const unsorted = waiting(exchange);
  if (unsorted === undefined) return notFound;
  const pipeline = exchange.account.pipelines.get(unsorted.pipeline_id);
  const status_id = refined(integer, (id, place) => {
    const isStage = pipeline?.statuses.some((status) => status.id === id && status.type === 0);
    if (isStage !== true) notSupported(place);
  });
  const rule = object({}, { user_id: ownerRule(exchange.account), status_id });
  return withObject(bodyOrNothing(exchange), rule, (body) => {
    acceptUnsorted(exchange, unsorted, { userId: body.user_id, statusId: body.status_id });
    return ok(sorted(exchange, unsorted));
  });
}

function decline(exchange: Exchange): Answer {
  const unsorted = waiting(exchange);
  if (unsorted === undefined) return notFound;
  const rule = object({}, { user_id: ownerRule(exchange.account) });
  return withObject(bodyOrNothing(exchange), rule, () => {
    declineUnsorted(exchange, unsorted);
    return ok(sorted(exchange, unsorted));
  });
}

const sorted = (exchange: Exchange, unsorted: Unsorted): object => {
  const contact = exchange.account.cards.contacts.get(unsorted.contactId ?? 0);
  return {
    uid: unsorted.uid,
    category: unsorted.category,
    pipeline_id: unsorted.pipeline_id,
    created_at: unsorted.created_at,
    _embedded: {
      leads: [{ id: unsorted.leadId }],
      contacts:
        contact === undefined
          ? []
          : [
              {
                id: contact.id,
                is_deleted: contact.is_deleted,
                is_unsorted: contact.is_unsorted,
              },
            ],
      companies: unsorted.companyId === null ? [] : [{ id: unsorted.companyId }],
    },
  };
};

/** Only for chats and mail, which no API can create: always refused here. */
function linkUnsorted(exchange: Exchange): Answer {
  const unsorted = waiting(exchange);
  if (unsorted === undefined) return notFound;
  return problem(400, `Incoming leads of the category ${unsorted.category} can not be linked`);
}

function summary(exchange: Exchange): Answer {
  const { account, query } = exchange;
  const created = filterRange(query, "created_at");
  const pipelines = filterSet(query, "pipeline_id");
  const uids = filterSet(query, "uid");
  const all = [...account.unsorted.values()].filter(
    ({ uid, pipeline_id, created_at }) =>
      within(created, created_at) &&
      (pipelines === undefined || pipelines.has(String(pipeline_id))) &&
      (uids === undefined || uids.has(uid)),
  );
  const times = all.flatMap(({ sortedAt, created_at }) =>
    sortedAt === null ? [] : [sortedAt - created_at],
  );
  const sum = times.reduce((total, time) => total + time, 0);
  const total = (category: string): object => ({
    total: all.filter((one) => one.category === category).length,
  });
  return ok({
    total: all.length,
    accepted: all.filter(({ state }) => state === "accepted").length,
    declined: all.filter(({ state }) => state === "declined").length,
    average_sort_time: times.length === 0 ? 0 : Math.round(sum / times.length),
    categories: {
      sip: total("sip"),
      forms: total("forms"),
      chats: total("chats"),
      mail: total("mail"),
    },
    _links: { self: { href: exchange.base + exchange.target } },
  });
}

/** Fixed words come before `:uid`, so that "summary" is never taken for one. */
const BASE = "/api/v4/leads/unsorted";
export const unsortedRoutes: readonly Route[] = [
  route("POST", `${BASE}/sip`, (exchange) => add(exchange, "sip")),
  route("POST", `${BASE}/forms`, (exchange) => add(exchange, "forms")),
  route("GET", BASE, list),
  route("GET", `${BASE}/summary`, summary),
  route("GET", `${BASE}/:uid`, get),
  route("POST", `${BASE}/:uid/accept`, accept),
  route("DELETE", `${BASE}/:uid/decline`, decline),
  route("POST", `${BASE}/:uid/link`, linkUnsorted),
];
