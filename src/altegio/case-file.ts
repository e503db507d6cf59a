/**
 * Reads and answers files of decision cases: appointments beside what Kommo knows, as JSON. The wire
 * spelling of settings, records and decisions is here and nowhere else of the matching.
 */
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { AppointmentEvent, Decision, MatchedAppointment } from "./decide.ts";
import { decide } from "./decide.ts";
import type { Account, FollowedEvent } from "./follow.ts";
import { follow } from "./follow.ts";
import type { MatchSettings, MatchedContact, MatchedLead } from "./lead-choice.ts";
import { fieldsOf as wireFieldsOf, isSet, type WireFields } from "./wire.ts";

export type CaseFailure = { readonly hint: string };

const SETTINGS: WireFields = {
  enabled: true,
  statuses: "any_open",
  record_id_mode: "empty_only",
  pick: "newest",
  require_any_custom_field: false,
  strict_country: false,
  no_client_policy: "skip",
  contact_key: "phone",
  make_leads: true,
  reopen_closed: false,
};

export type CaseAnswers = {
  readonly answers: readonly object[];
  /** Cases that are none; in `answers` each stands as `{id, error}`. */
  readonly wrong: readonly string[];
};

/**
 * Answers each case of a file; one that is none spoils no other.
 * @param text {"defaults": {…}, "cases": [{id, input}], "sequences": [{id, sequence, settings, kommo}]}
 * @returns one value for each case, then one for each sequence, in the order of the file
 */
export function answerCases(text: string): Result<CaseAnswers, CaseFailure> {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return failed({ hint: "it is no JSON" });
  }
  if (!isFields(file)) return failed({ hint: "an object with cases and sequences is expected" });
  const defaults = { ...SETTINGS, ...fieldsOf(file["defaults"]) };
  const cases = [...listOf(file["cases"]), ...listOf(file["sequences"])];
  const answers: object[] = [];
  const wrong: string[] = [];
  for (const [position, one] of cases.entries()) {
    const answer = answerCase(one, defaults);
    if (answer.ok) {
      answers.push(answer.value);
      continue;
    }
    const { hint } = answer.failure;
    answers.push({ id: idOf(one), error: hint });
    wrong.push(`case ${String(position + 1)} (${idOf(one)}): ${hint}`);
  }
  return succeeded({ answers, wrong });
}

function answerCase(one: unknown, defaults: WireFields): Result<object, CaseFailure> {
  if (!isFields(one)) return failed({ hint: "an object is expected" });
  const asked = Array.isArray(one["sequence"]) ? one : fieldsOf(one["input"]);
  const settings = parseSettings({ ...defaults, ...fieldsOf(asked["settings"]) });
  if (!settings.ok) return settings;
  const kommo = fieldsOf(asked["kommo"]);
  const leads = listOf(kommo["leads"]).filter(isAlive).map(parseLead);
  const contacts = listOf(kommo["contacts"]).filter(isAlive).map(parseContact);
  const events = (Array.isArray(one["sequence"]) ? one["sequence"] : [asked]).map(parseEvent);
  const [first] = events;
  if (first === undefined || events.includes(undefined))
    return failed({ hint: "event (create, update, delete) and record are expected" });

  if (Array.isArray(one["sequence"])) {
    const account: Account = { contacts, leads, applied: new Map(), clients: new Map() };
    const known = events.filter((event) => event !== undefined);
    const { decisions } = follow(account, known, settings.value);
    return succeeded({ id: idOf(one), decisions: decisions.map(tellDecision) });
  }
  const decision = decide({
    event: first.event,
    appointment: first.appointment,
    linkedLeadId: numberOf(asked["link_lead_id"]),
    linkedContactId: numberOf(asked["link_contact_id"]),
    contacts,
    leads,
    settings: settings.value,
  });
  return succeeded({ id: idOf(one), ...tellDecision(decision) });
}

/** A decision in the spelling of the case files. */
export function tellDecision(decision: Decision): object {
  const { action, reason } = decision;
  switch (decision.action) {
    case "skip":
      return { action, reason };
    case "mark_deleted":
      return { action, lead_id: decision.leadId, reason };
    case "create_lead": {
      const { contactId, setRecordId } = decision;
      const contact = contactId === undefined ? { create: true } : { use: contactId };
      return { action, contact, set_record_id: setRecordId, reason };
    }
    case "update_lead":
    case "merge_into":
      return {
        action,
        lead_id: decision.leadId,
        reason,
        set_record_id: decision.setRecordId ?? null,
        move_stage: decision.movesStage,
      };
  }
}

/** @source altegio, section 3.1: an empty list of statuses with the search on is a mistake (Q1) */
function parseSettings(fields: WireFields): Result<MatchSettings, CaseFailure> {
  const statuses = fields["statuses"] ?? "any_open";
  const pairs = listOf(statuses).map(pairOf).filter(isPair);
  const isEnabled = (fields["enabled"] ?? true) === true || isSet(fields["enabled"]);
  if (statuses !== "any_open" && (pairs.length !== listOf(statuses).length || pairs.length === 0))
    if (isEnabled)
      return failed({
        hint: 'settings.statuses: "any_open" or pairs [pipeline, status], at least one',
      });
  return succeeded({
    isEnabled,
    statuses: statuses === "any_open" ? "any_open" : pairs,
    recordIdMode: fields["record_id_mode"] === "any" ? "any" : "empty_only",
    pick: fields["pick"] === "oldest" ? "oldest" : "newest",
    requiresAnyCustomField: isSet(fields["require_any_custom_field"]),
    isStrictOnCountry: isSet(fields["strict_country"]),
    noClientPolicy: fields["no_client_policy"] === "create" ? "create" : "skip",
    contactKey: fields["contact_key"] === "client_id" ? "client_id" : "phone",
    makesLeads: isSet(fields["make_leads"]),
    reopensClosed: isSet(fields["reopen_closed"]),
  });
}

function parseEvent(one: unknown): FollowedEvent | undefined {
  const { event, record } = fieldsOf(one);
  if (!isEvent(event) || !isFields(record)) return undefined;
  const client = isFields(record["client"]) ? record["client"] : null;
  const changedAt = Date.parse(textOf(record["last_change_date"]));
  const isDeleted = isSet(record["deleted"]) || event === "delete";
  const appointment: MatchedAppointment = {
    recordId: textOf(record["id"]),
    isDeleted,
    client: client && { phone: client["phone"] },
  };
  return {
    event,
    appointment,
    locationId: textOf(record["company_id"]),
    clientId: client === null ? undefined : textOf(client["id"]),
    changedAt: Number.isNaN(changedAt) ? undefined : changedAt,
    contents: JSON.stringify({ ...record, deleted: isDeleted }),
  };
}

function parseLead(one: WireFields): MatchedLead {
  return {
    id: Number(one["id"]),
    createdAt: Number(one["created_at"] ?? 0),
    pipelineId: Number(one["pipeline_id"] ?? 0),
    statusId: Number(one["status_id"] ?? 0),
    contactIds: listOf(one["contact_ids"]).map(Number),
    recordId: textOf(one["record_id"]).trim(),
    hasFilledField: Object.values(one["custom_fields"] ?? {}).some(isFilled),
    isUnsorted: isSet(one["is_unsorted"]),
  };
}

const parseContact = (one: WireFields): MatchedContact => ({
  id: Number(one["id"]),
  phones: listOf(one["phones"]).map(textOf),
});

const isFields = (value: unknown): value is WireFields => wireFieldsOf(value) !== undefined;
const fieldsOf = (value: unknown): WireFields => wireFieldsOf(value) ?? {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const pairOf = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((part) => numberOf(part)) : value;
const isPair = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => Number.isInteger(part));
const isEvent = (value: unknown): value is AppointmentEvent =>
  value === "create" || value === "update" || value === "delete";
const isAlive = (value: unknown): value is WireFields =>
  isFields(value) && !isSet(value["is_deleted"]) && !isSet(value["deleted"]);
/** A value, a list of values, or a field of Kommo with its `values`. */
function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isFilled);
  if (!isFields(value)) return value === true || textOf(value).trim() !== "";
  return isFilled(value["values"] ?? value["value"] ?? null);
}
const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
/** Ids come as numbers and as texts. */
const numberOf = (value: unknown): number | undefined =>
  /^-?\d{1,15}$/.test(textOf(value).trim()) ? Number(value) : undefined;
const idOf = (one: unknown): string => textOf(fieldsOf(one)["id"]);
