/**
 * The account itself, its users, custom fields and tags: what a client reads at its start.
 * @source kommo-api, sections 5, 6, 15
 */
import { CARD_TYPES } from "../state/account.ts";
import type { CardType, CustomField, Tag, User } from "../state/account.ts";
import { addCustomField } from "../state/new-account.ts";
import { tagNamed } from "../state/references.ts";
import { forbidden, noContent, notFound, ok } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import { inAnswerOrder, numberParam, page, route, selfLink, withBatch } from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { filterSet, withWords } from "../wire/query.ts";
import {
  filledText,
  integer,
  notSupported,
  nullable,
  object,
  oneOf,
  refined,
  text,
} from "../wire/rule.ts";

function getAccount(exchange: Exchange): Answer {
  const { account, query, base, target } = exchange;
  const words = withWords(query);
  const embedded: Record<string, unknown> = {};
  if (words.has("users_groups")) embedded["users_groups"] = [{ id: 0, name: "Sales", uuid: null }];
  if (words.has("amojo_rights")) {
    embedded["amojo_rights"] = { can_direct: true, can_create_groups: true };
  }
  if (words.has("entity_names")) {
    embedded["entity_names"] = {
      leads: { en: { singular_form: { default: "Lead" }, plural_form: { default: "Leads" } } },
    };
  }
  if (words.has("invoices_settings"))
    embedded["invoices_settings"] = { lang: "en", currency: "EUR" };
  if (words.has("task_types")) {
    embedded["task_types"] = account.taskTypes.map(({ id, name, code }) => ({
      id,
      name,
      color: null,
      icon_id: null,
      code,
    }));
  }
  if (words.has("datetime_settings")) {
    embedded["datetime_settings"] = {
      date_pattern: "d.m.Y H:i",
      short_date_pattern: "d.m.Y",
      short_time_pattern: "H:i",
      date_format: "d.m.Y",
      time_format: "H:i:s",
      timezone: account.timezone,
      timezone_offset: offsetOf(account.timezone, exchange.nowMs),
    };
  }
  return ok({
    id: account.id,
    name: account.name,
    subdomain: account.subdomain,
    created_at: account.createdAt,
    created_by: 0,
    updated_at: account.createdAt,
    updated_by: 0,
    current_user_id: exchange.user.id,
    country: account.country,
    currency: "EUR",
    currency_symbol: "€",
    customers_mode: "disabled",
    is_unsorted_on: account.isUnsortedOn,
    mobile_feature_version: 0,
    is_loss_reason_enabled: true,
    is_helpbot_enabled: false,
    is_technical_account: false,
    contact_name_display_order: 1,
    ...(words.has("amojo_id") ? { amojo_id: "f3c6340d-410e-4ad1-9f7e-c5e663599909" } : {}),
    ...(words.has("uuid") ? { uuid: "824f3a59-6154-4edf-ba90-0b5593715d07" } : {}),
    ...(words.has("version") ? { version: 13 } : {}),
    ...(words.has("drive_url") ? { drive_url: base } : {}),
    ...(words.has("is_api_filter_enabled") ? { is_api_filter_enabled: false } : {}),
    _links: { self: { href: base + target } },
    ...(words.size === 0 ? {} : { _embedded: embedded }),
  });
}

/** "+02:00" of a zone at that moment. */
function offsetOf(timeZone: string, atMs: number): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  const name = parts.formatToParts(atMs).find(({ type }) => type === "timeZoneName")?.value;
  return name?.replace("GMT", "") || "+00:00";
}

/** What stands there only where `with` names it. */
function asked(exchange: Exchange, fields: Readonly<Record<string, unknown>>): object {
  const words = withWords(exchange.query);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => words.has(name)));
}

const FULL = { view: "A", edit: "A", add: "A", delete: "A", export: "A" } as const;

const shownUser = (exchange: Exchange, user: User): object => ({
  id: user.id,
  ...asked(exchange, {
    uuid: `00000000-0000-4000-8000-${String(user.id).padStart(12, "0")}`,
    amojo_id: `00000000-0000-4000-9000-${String(user.id).padStart(12, "0")}`,
    user_rank: "newbie",
    phone_number: user.phone_number,
  }),
  name: user.name,
  email: user.email,
  lang: "en",
  rights: {
    leads: FULL,
    contacts: FULL,
    companies: FULL,
    tasks: { edit: "A", delete: "A" },
    mail_access: user.isAdmin,
    catalog_access: user.isAdmin,
    status_rights: null,
    is_admin: user.isAdmin,
    is_free: false,
    is_active: user.isActive,
    group_id: null,
    role_id: null,
  },
  _links: selfLink(exchange, `/users/${user.id}`),
  _embedded: { roles: [], groups: [] },
});

function listUsers(exchange: Exchange): Answer {
  if (!exchange.user.isAdmin) return forbidden();
  const items = exchange.account.users.values();
  return page(exchange, { name: "users", items, withTotals: true }, (user: User) =>
    shownUser(exchange, user),
  );
}

function getUser(exchange: Exchange): Answer {
  if (!exchange.user.isAdmin) return forbidden();
  const user = exchange.account.users.get(numberParam(exchange));
  return user === undefined ? noContent : ok(shownUser(exchange, user));
}

const shownField = (exchange: Exchange, type: CardType, field: CustomField): object => ({
  id: field.id,
  name: field.name,
  type: field.type,
  account_id: exchange.account.id,
  code: field.code,
  sort: 4,
  is_api_only: false,
  is_predefined: field.code !== null,
  is_deletable: field.code === null,
  entity_type: type,
  enums: field.enums.length === 0 ? null : field.enums,
  _links: selfLink(exchange, `/${type}/custom_fields/${field.id}`),
});

const listFields = (exchange: Exchange, type: CardType): Answer => {
  const items = exchange.account.customFields[type];
  return page(exchange, { name: "custom_fields", items, withTotals: true }, (field: CustomField) =>
    shownField(exchange, type, field),
  );
};

function getField(exchange: Exchange, type: CardType): Answer {
  const fields = exchange.account.customFields[type];
  const field = fields.find(({ id }) => id === numberParam(exchange));
  return field === undefined ? notFound : ok(shownField(exchange, type, field));
}

const newFieldRule = object(
  { name: filledText, type: oneOf("text", "numeric", "url", "date_time", "checkbox") },
  { sort: integer, request_id: text },
);

/** Of leads; administrators only. */
function addFields(exchange: Exchange, type: CardType): Answer {
  if (!exchange.user.isAdmin) return forbidden();
  return withBatch(exchange, { rule: newFieldRule }, (items) => {
    const made = items.map(({ item, requestId }) => ({
      ...shownField(exchange, type, addCustomField(exchange.account, type, item)),
      request_id: requestId,
    }));
    return ok({ _total_items: made.length, _embedded: { custom_fields: made } });
  });
}

function listTags(exchange: Exchange, type: CardType): Answer {
  const { account, query } = exchange;
  const names = filterSet(query, "name");
  const ids = filterSet(query, "id");
  const wanted = query.search.get("query")?.toLowerCase() ?? "";
  const items = account.tags[type]
    .values()
    .filter(
      ({ id, name }) =>
        (ids === undefined || ids.has(String(id))) &&
        (names === undefined || names.has(name)) &&
        name.toLowerCase().includes(wanted),
    );
  return page(exchange, { name: "tags", items }, (tag: Tag) => tag);
}

/** Six hex digits without a hash; Kommo takes those of its own palette only. */
const colorRule = nullable(
  refined(text, (value, place) => {
    if (!/^[0-9A-F]{6}$/.test(value)) notSupported(place);
  }),
);

const tagRule = object({ name: filledText }, { color: colorRule, request_id: text });

const addTags = (exchange: Exchange, type: CardType): Answer =>
  withBatch(exchange, { rule: tagRule }, (items) => {
    const tags = items.map(({ item, requestId }) => {
      const tag = tagNamed(exchange.account, type, item.name);
      if (item.color !== undefined) tag.color = item.color;
      return { ...tag, request_id: requestId };
    });
    return ok({
      _total_items: tags.length,
      _links: { self: { href: exchange.base + exchange.target } },
      _embedded: { tags: inAnswerOrder(exchange, tags) },
    });
  });

const changeLeadTags = (exchange: Exchange): Answer => {
  const tags = exchange.account.tags.leads;
  const id = refined(integer, (value, place) => {
    if (!tags.has(value)) notSupported(place);
  });
  const rule = object({ id }, { name: filledText, color: colorRule, request_id: text });
  return withBatch(exchange, { rule }, (items) => {
    const changed = items.map(({ item, requestId }) => {
      const { request_id: _echoed, ...written } = item;
      const tag = { name: "", color: null, ...tags.get(item.id), ...written };
      tags.set(item.id, tag);
      return { ...tag, request_id: requestId };
    });
    return ok({ _embedded: { tags: inAnswerOrder(exchange, changed) } });
  });
};

export const accountRoutes: readonly Route[] = [
  route("GET", "/api/v4/account", getAccount),
  route("GET", "/api/v4/users", listUsers),
  route("GET", "/api/v4/users/:id", getUser),
  route("PATCH", "/api/v4/leads/tags", changeLeadTags),
  ...CARD_TYPES.flatMap((type) => [
    route("GET", `/api/v4/${type}/custom_fields`, (exchange) => listFields(exchange, type)),
    route("POST", `/api/v4/${type}/custom_fields`, (exchange) => addFields(exchange, type)),
    route("GET", `/api/v4/${type}/custom_fields/:id`, (exchange) => getField(exchange, type)),
    route("GET", `/api/v4/${type}/tags`, (exchange) => listTags(exchange, type)),
    route("POST", `/api/v4/${type}/tags`, (exchange) => addTags(exchange, type)),
  ]),
];
