/**
 * What may stand in a written contact, company or lead: everything else is refused.
 * @source kommo-api, sections 9 to 11
 */
import { LOST, mainPipeline, WON } from "../state/account.ts";
import type { CardType } from "../state/account.ts";
import { fieldsRule } from "../state/card-fields.ts";
import {
  authorRule,
  cardRule,
  ownerRule,
  pipelineRule,
  tagSetRule,
  tagsRule,
} from "../state/references.ts";
import type { Exchange } from "../wire/exchange.ts";
import {
  atLeast,
  filledText,
  flag,
  integer,
  listOf,
  notSupported,
  nullable,
  object,
  oneOf,
  refined,
  text,
  violate,
} from "../wire/rule.ts";
import type { Place, Rule } from "../wire/rule.ts";

const below = (place: Place, name: string): Place => ({
  path: place.path === "" ? name : `${place.path}.${name}`,
  found: place.found,
});

/** Fields of all three; `most` limits the custom fields. */
const common = ({ account }: Exchange, type: CardType, most = Infinity) => ({
  name: text,
  responsible_user_id: ownerRule(account),
  created_by: authorRule(account),
  updated_by: authorRule(account),
  created_at: atLeast(0),
  updated_at: atLeast(0),
  custom_fields_values: fieldsRule(account, type, most),
  tags_to_add: tagsRule(account, type),
  tags_to_delete: tagsRule(account, type),
  request_id: text,
});

type RuleOptions = { readonly most?: number };

const contactFields = (exchange: Exchange, { most }: RuleOptions = {}) => ({
  ...common(exchange, "contacts", most),
  first_name: text,
  last_name: text,
  _embedded: object({}, { tags: tagSetRule(exchange.account, "contacts") }),
});

const companyFields = (exchange: Exchange, { most }: RuleOptions = {}) => ({
  ...common(exchange, "companies", most),
  _embedded: object({}, { tags: tagSetRule(exchange.account, "companies") }),
});

export const contactRule = (exchange: Exchange, options: RuleOptions = {}) =>
  object({}, contactFields(exchange, options));
export const companyRule = (exchange: Exchange, options: RuleOptions = {}) =>
  object({}, companyFields(exchange, options));

export const leadEmbedded = ({ account }: Exchange) => ({
  tags: tagSetRule(account, "leads"),
  source: object({ external_id: filledText }, { type: oneOf("widget") }),
});

/** A lead's own fields, without `_embedded`. */
export const leadFields = (exchange: Exchange, { most }: RuleOptions = {}) => ({
  ...common(exchange, "leads", most),
  price: integer,
  status_id: integer,
  pipeline_id: pipelineRule(exchange.account),
  closed_at: nullable(atLeast(0)),
  loss_reason_id: nullable(integer),
});

const linkedLeadFields = (exchange: Exchange) => ({
  ...leadFields(exchange),
  _embedded: object(
    {},
    {
      ...leadEmbedded(exchange),
      contacts: listOf(object({ id: cardRule(exchange.account, "contacts") }, { is_main: flag })),
      companies: listOf(object({ id: cardRule(exchange.account, "companies") }, {}), 1),
    },
  ),
});

type Staged = { readonly status_id?: number; readonly pipeline_id?: number; readonly id?: number };

/** The stage belongs to the pipeline named, else to the lead's, else to any or the main one. */
export function inPipeline<T extends Staged>(exchange: Exchange, rule: Rule<T>): Rule<T> {
  return refined(rule, (lead, place) => {
    const { account } = exchange;
    if (lead.status_id === undefined) return;
    const current = account.cards.leads.get(lead.id ?? Number(exchange.params[0] ?? 0));
    const named = account.pipelines.get(lead.pipeline_id ?? current?.pipeline_id ?? 0);
    const isEnd = lead.status_id === WON || lead.status_id === LOST;
    const candidates = named === undefined ? [...account.pipelines.values()] : [named];
    const searched = named === undefined && isEnd ? [mainPipeline(account)] : candidates;
    const status = searched
      .flatMap(({ statuses }) => statuses)
      .find(({ id }) => id === lead.status_id);
    if (status === undefined || status.type === 1) notSupported(below(place, "status_id"));
  });
}

const lossReasonOnlyWhenLost = <T extends { loss_reason_id?: number | null; status_id?: number }>(
  rule: Rule<T>,
): Rule<T> =>
  refined(rule, (lead, place) => {
    if (typeof lead.loss_reason_id === "number" && lead.status_id !== LOST) {
      violate(below(place, "loss_reason_id"), "NotSupportedChoice", "The lead is not lost.");
    }
  });

export const leadRule = (exchange: Exchange) =>
  inPipeline(exchange, lossReasonOnlyWhenLost(object({}, linkedLeadFields(exchange))));

/** As the rules above for a PATCH of several: each names its card. */
export const contactChangeRule = (exchange: Exchange) =>
  object({ id: cardRule(exchange.account, "contacts") }, contactFields(exchange));
export const companyChangeRule = (exchange: Exchange) =>
  object({ id: cardRule(exchange.account, "companies") }, companyFields(exchange));
export const leadChangeRule = (exchange: Exchange) =>
  inPipeline(
    exchange,
    object({ id: cardRule(exchange.account, "leads") }, linkedLeadFields(exchange)),
  );

/** A PATCH of one may repeat the id. */
export const contactPatchRule = (exchange: Exchange) =>
  object({}, { ...contactFields(exchange), id: integer });
export const companyPatchRule = (exchange: Exchange) =>
  object({}, { ...companyFields(exchange), id: integer });
export const leadPatchRule = (exchange: Exchange) =>
  inPipeline(exchange, object({}, { ...linkedLeadFields(exchange), id: integer }));
