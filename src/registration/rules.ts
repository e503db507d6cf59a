/**
 * The administrator's rules: an ordered list, of which the first that fits a call decides. Pure.
 * The spelling is that of the configuration.
 */
import type { FinishedCall } from "../calls/finished-call.ts";
import { wholeSecondsOf } from "../lib/clock.ts";
import { exchangeIn, ownName } from "../lib/exchange-names.ts";
import { isNameListed, isNumberListed } from "./number-list.ts";
import { zoneOf, type RegistrationSettings, type ResponsibleSource } from "./settings.ts";
import { isInside } from "./working-hours.ts";

export type CallClass =
  "inbound_answered" | "inbound_missed" | "outbound_answered" | "outbound_unanswered";
export type ClientKind = "known" | "unknown";
export type UnknownClient = "unsorted" | "contact" | "contact_and_lead" | "ignore";

/** Where the call of a known client is written; `kommo`: where Kommo's own rule puts it. */
export type CallOn =
  | "kommo"
  | "contact"
  | "newest_lead"
  | { readonly lead: number }
  | { readonly contact: number }
  | { readonly company: number };

export type Rule = {
  /** For the reasons that are shown. */
  readonly name?: string;
  readonly when: {
    /** Names of exchanges, where there are several. */
    readonly exchange?: readonly string[];
    readonly class?: readonly CallClass[];
    readonly client?: ClientKind;
    readonly did?: readonly string[];
    readonly trunk?: readonly string[];
    readonly queue?: readonly string[];
    readonly extension?: readonly string[];
    readonly client_number?: readonly string[];
    readonly hours?: { readonly is: "inside" | "outside"; readonly of: string };
  };
  readonly then: {
    readonly register?: boolean;
    readonly unknown_client?: UnknownClient;
    readonly lead_for_known?: boolean;
    readonly call_on?: CallOn;
    readonly pipeline_id?: number;
    readonly status_id?: number;
    readonly source_name?: string;
    readonly tags?: readonly string[];
    readonly lead_name?: string;
    readonly contact_name?: string;
    readonly responsible?: readonly ResponsibleSource[];
    readonly task?: boolean;
  };
};

export const classOf = ({ direction, result }: FinishedCall): CallClass => {
  if (direction === "outbound")
    return result === "answered" ? "outbound_answered" : "outbound_unanswered";
  return result === "answered" ? "inbound_answered" : "inbound_missed";
};

/** Who took part in a call with the client; in an answered call who talked. As the exchange calls them. */
export function extensionsOf(call: FinishedCall): readonly string[] {
  const parts = call.conversations.filter((part) => part.withClient);
  const talked = parts.filter((part) => part.result === "answered");
  return (talked.length > 0 ? talked : parts).map((part) => ownName(part.extension));
}

export type Fitting = {
  readonly then: Rule["then"];
  /** "rule 2 (night)"; undefined: no rule fits. */
  readonly because: string | undefined;
};

type Asked = { readonly call: FinishedCall; readonly phone: string; readonly client: ClientKind };

/** @param asked.phone the client's number after the number rules; "" where there is none */
export function fittingRule(asked: Asked, settings: RegistrationSettings): Fitting {
  const index = settings.rules.findIndex((rule) => fits(rule.when, asked, settings));
  const rule = settings.rules[index];
  if (rule === undefined) return { then: {}, because: undefined };
  const name = rule.name === undefined ? "" : ` (${rule.name})`;
  return { then: rule.then, because: `rule ${index + 1}${name}` };
}

function fits(
  when: Rule["when"],
  { call, phone, client }: Asked,
  settings: RegistrationSettings,
): boolean {
  const isNamed = (listed: readonly string[] | undefined, names: readonly string[]): boolean =>
    listed === undefined || names.some((name) => isNameListed(name, listed));
  const some = (name: string | undefined): readonly string[] => (name === undefined ? [] : [name]);
  const areHoursRight = ({ is, of }: NonNullable<typeof when.hours>): boolean => {
    const hours = settings.workingHours.get(of);
    if (hours === undefined) return false;
    return isInside(hours, wholeSecondsOf(call.startedAt), zoneOf(settings)) === (is === "inside");
  };
  return (
    (when.exchange?.includes(exchangeIn(call.linkedId) ?? "") ?? true) &&
    (when.class?.includes(classOf(call)) ?? true) &&
    (when.client ?? client) === client &&
    (when.did === undefined || isNumberListed(call.did ?? "", when.did)) &&
    isNamed(when.trunk, some(call.trunk)) &&
    isNamed(when.queue, some(call.queue)) &&
    isNamed(when.extension, extensionsOf(call)) &&
    (when.client_number === undefined || isNumberListed(phone, when.client_number)) &&
    (when.hours === undefined || areHoursRight(when.hours))
  );
}
