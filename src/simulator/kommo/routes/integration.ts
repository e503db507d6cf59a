/**
 * What an integration sets up for itself: sources, webhook subscriptions, its widget. Administrators only.
 * @source kommo-api, sections 17, 19 and 21.4
 */
import type { Source, Webhook } from "../state/account.ts";
import { mainPipeline } from "../state/account.ts";
import { pipelineRule } from "../state/references.ts";
import { forbidden, noContent, notFound, ok } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import {
  inAnswerOrder,
  numberParam,
  patchedOne,
  refuseField,
  route,
  selfLink,
  withBatch,
  withObject,
} from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { filterValues } from "../wire/query.ts";
import {
  filledText,
  flag,
  integer,
  isObject,
  listOf,
  notSupported,
  nullable,
  object,
  oneOf,
  refined,
  text,
  violate,
} from "../wire/rule.ts";
import type { Rule } from "../wire/rule.ts";

const MOST_SOURCES = 100;

const sourceFields = ({ account }: Exchange) => ({
  pipeline_id: pipelineRule(account),
  default: flag,
  origin_code: nullable(text),
  services: listOf(anyObject),
  request_id: text,
});
const anyObject: Rule<Record<string, unknown>> = {
  check(value, place) {
    if (!isObject(value)) violate(place, "InvalidType", "This value should be of type object.");
  },
};

const shownSource = (exchange: Exchange, source: Source): object => ({
  id: source.id,
  name: source.name,
  pipeline_id: source.pipeline_id,
  external_id: source.external_id,
  default: source.isDefault,
  origin_code: source.origin_code,
  services: [],
  _links: selfLink(exchange, `/sources/${source.id}`),
});

function listSources(exchange: Exchange): Answer {
  const externalIds = new Set(filterValues(exchange.query, "external_id"));
  const sources = [...exchange.account.sources.values()].filter(
    ({ external_id }) => externalIds.size === 0 || externalIds.has(external_id),
  );
  return sources.length === 0
    ? noContent
    : sourcesAnswer(
        exchange,
        sources.map((one) => shownSource(exchange, one)),
      );
}

const sourcesAnswer = (exchange: Exchange, sources: readonly object[]): Answer =>
  ok({
    _total_items: sources.length,
    _links: { self: { href: exchange.base + exchange.target } },
    _embedded: { sources },
  });

function addSources(exchange: Exchange): Answer {
  const { account } = exchange;
  const rule = object({ name: filledText, external_id: filledText }, sourceFields(exchange));
  return withBatch(exchange, { rule, most: MOST_SOURCES }, (items) => {
    const taken = new Set([...account.sources.values()].map(({ external_id }) => external_id));
    const double = items.find(({ item }) => taken.has(item.external_id));
    if (double !== undefined) {
      return refuseField(exchange, double.requestId, {
        code: "NotUnique",
        path: "external_id",
        detail: "This value is already used.",
      });
    }
    const made = items.map(({ item, requestId }) => {
      const source: Source = {
        id: account.nextId.others++,
        name: item.name,
        external_id: item.external_id,
        pipeline_id: item.pipeline_id ?? mainPipeline(account).id,
        isDefault: item.default ?? false,
        origin_code: item.origin_code ?? null,
      };
      account.sources.set(source.id, source);
      account.changes.push({ action: "add", type: "sources", id: source.id });
      return { ...shownSource(exchange, source), request_id: requestId };
    });
    return sourcesAnswer(exchange, inAnswerOrder(exchange, made));
  });
}

const sourceOf = (exchange: Exchange): Source | undefined =>
  exchange.account.sources.get(numberParam(exchange));

function getSource(exchange: Exchange): Answer {
  const source = sourceOf(exchange);
  return source === undefined ? notFound : ok(shownSource(exchange, source));
}

function changeSource(exchange: Exchange): Answer {
  const source = sourceOf(exchange);
  if (source === undefined) return notFound;
  const rule = object({}, { ...sourceFields(exchange), name: filledText, id: integer });
  return withObject(exchange, rule, (item) => {
    change(exchange, source, item);
    return patchedOne(exchange, "sources", shownSource(exchange, source));
  });
}

type ChangedSource = { name?: string; pipeline_id?: number; default?: boolean };

function change({ account }: Exchange, source: Source, item: ChangedSource): void {
  source.name = item.name ?? source.name;
  source.pipeline_id = item.pipeline_id ?? source.pipeline_id;
  source.isDefault = item.default ?? source.isDefault;
  account.changes.push({ action: "update", type: "sources", id: source.id });
}

const sourceIdRule = ({ account }: Exchange): Rule<number> =>
  refined(integer, (id, place) => {
    if (!account.sources.has(id)) notSupported(place);
  });

const changeSources = (exchange: Exchange): Answer => {
  const rule = object(
    { id: sourceIdRule(exchange) },
    { ...sourceFields(exchange), name: filledText },
  );
  return withBatch(exchange, { rule, most: MOST_SOURCES }, (items) => {
    const changed = items.flatMap(({ item, requestId }) => {
      const source = exchange.account.sources.get(item.id);
      if (source === undefined) return [];
      change(exchange, source, item);
      return [{ ...shownSource(exchange, source), request_id: requestId }];
    });
    return sourcesAnswer(exchange, inAnswerOrder(exchange, changed));
  });
};

function removeSource(exchange: Exchange): Answer {
  const source = sourceOf(exchange);
  return source === undefined ? notFound : remove(exchange, source);
}

const removeSources = (exchange: Exchange): Answer => {
  const rule = object({ id: sourceIdRule(exchange) }, {});
  return withBatch(exchange, { rule, most: MOST_SOURCES }, (items) => {
    for (const { item } of items) {
      const source = exchange.account.sources.get(item.id);
      if (source !== undefined) remove(exchange, source);
    }
    return noContent;
  });
};

function remove({ account }: Exchange, { id }: Source): Answer {
  account.sources.delete(id);
  account.changes.push({ action: "delete", type: "sources", id });
  return noContent;
}

/** The widget as it is installed; its settings' values are not guaranteed (section 21.4). */
function getWidget({ account, switches, params }: Exchange): Answer {
  const { widget } = account;
  if (params[0] !== widget.code) return notFound;
  const { users } = widget;
  const values = {
    none: {},
    object: { settings: { extensions: users } },
    text: { settings: { extensions: JSON.stringify(users) } },
  }[switches.widgetValues];
  return ok({
    code: widget.code,
    version: "1.0.0",
    is_active_in_account: true,
    settings_template: [
      { key: "extensions", name: "Extensions", type: "users", is_required: false },
    ],
    ...values,
  });
}

const PER_CARD = ["add", "update", "delete", "restore", "responsible", "note"].flatMap((action) =>
  ["lead", "contact", "company"].map((card) => `${action}_${card}`),
);
export const WEBHOOK_CODES: readonly string[] = [
  ...PER_CARD,
  "status_lead",
  "add_task",
  "update_task",
  "delete_task",
  "responsible_task",
  "add_talk",
  "update_talk",
  "add_message",
  "add_chat_template_review",
  "add_unsorted",
  "update_unsorted",
  "delete_unsorted",
];
const MOST_WEBHOOKS = 100;

const destinationRule = refined(filledText, (value, place) => {
  if (!URL.canParse(value)) notSupported(place);
});

const shownWebhook = (exchange: Exchange, webhook: Webhook): object => ({
  ...webhook,
  updated_at: webhook.created_at,
  account_id: exchange.account.id,
});

function listWebhooks(exchange: Exchange): Answer {
  const destinations = new Set(filterValues(exchange.query, "destination"));
  const webhooks = [...exchange.account.webhooks.values()].filter(
    ({ destination }) => destinations.size === 0 || destinations.has(destination),
  );
  if (webhooks.length === 0) return noContent;
  return ok({
    _total_items: webhooks.length,
    _links: { self: { href: exchange.base + exchange.target } },
    _embedded: { webhooks: webhooks.map((one) => shownWebhook(exchange, one)) },
  });
}

const findWebhook = ({ account }: Exchange, destination: string): Webhook | undefined =>
  account.webhooks.values().find((one) => one.destination === destination);

function addWebhook(exchange: Exchange): Answer {
  const { account, user, now } = exchange;
  const rule = object(
    { destination: destinationRule, settings: listOf(oneOf(...WEBHOOK_CODES)) },
    { sort: integer },
  );
  return withObject(exchange, rule, ({ destination, settings, sort }) => {
    const before = findWebhook(exchange, destination);
    if (before === undefined && account.webhooks.size >= MOST_WEBHOOKS) return forbidden();
    const webhook: Webhook = {
      id: before?.id ?? account.nextId.others++,
      destination,
      settings,
      created_at: now,
      created_by: user.id,
      sort: sort ?? 1,
      disabled: false,
    };
    account.webhooks.set(webhook.id, webhook);
    account.changes.push({ action: "add", type: "webhooks", id: webhook.id });
    return { status: 201, body: shownWebhook(exchange, webhook) };
  });
}

const removeWebhook = (exchange: Exchange): Answer =>
  withObject(exchange, object({ destination: filledText }, {}), ({ destination }) => {
    const webhook = findWebhook(exchange, destination);
    if (webhook === undefined) return notFound;
    exchange.account.webhooks.delete(webhook.id);
    exchange.account.changes.push({ action: "delete", type: "webhooks", id: webhook.id });
    return noContent;
  });

const adminOnly =
  (handle: Route["handle"]): Route["handle"] =>
  (exchange) =>
    exchange.user.isAdmin ? handle(exchange) : forbidden();

export const integrationRoutes: readonly Route[] = [
  route("GET", "/api/v4/sources", adminOnly(listSources)),
  route("POST", "/api/v4/sources", adminOnly(addSources)),
  route("GET", "/api/v4/sources/:id", adminOnly(getSource)),
  route("PATCH", "/api/v4/sources/:id", adminOnly(changeSource)),
  route("DELETE", "/api/v4/sources/:id", adminOnly(removeSource)),
  route("PATCH", "/api/v4/sources", adminOnly(changeSources)),
  route("DELETE", "/api/v4/sources", adminOnly(removeSources)),
  route("GET", "/api/v4/widgets/:code", adminOnly(getWidget)),
  route("GET", "/api/v4/webhooks", adminOnly(listWebhooks)),
  route("POST", "/api/v4/webhooks", adminOnly(addWebhook)),
  route("DELETE", "/api/v4/webhooks", adminOnly(removeWebhook)),
];
