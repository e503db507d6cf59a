/**
 * What becomes of an appointment in Kommo: the decision table, row by row, and nothing else.
 * Exports `decide`, pure; what it is given was read from Kommo before.
 */
import type { MatchSettings, MatchedContact, MatchedLead } from "./lead-choice.ts";
import { contactsOfClient, isClosed, pickLead, suitableLeads } from "./lead-choice.ts";
import { clientNumbers } from "./phone-rule.ts";

export type AppointmentEvent = "create" | "update" | "delete";

export type MatchedAppointment = {
  readonly recordId: string;
  readonly isDeleted: boolean;
  /** Null for a technical break and a walk-in. */
  readonly client: { readonly phone: unknown } | null;
};

export type MatchInput = {
  readonly event: AppointmentEvent;
  readonly appointment: MatchedAppointment;
  /** The lead and the contact that this appointment and its client were tied to before. */
  readonly linkedLeadId: number | undefined;
  readonly linkedContactId: number | undefined;
  /** Alive ones only. */
  readonly contacts: readonly MatchedContact[];
  readonly leads: readonly MatchedLead[];
  readonly settings: MatchSettings;
};

export type LeadReason = "link" | "same_record_id" | "phone" | "duplicate";

export type Decision =
  | {
      readonly action: "update_lead" | "merge_into";
      readonly leadId: number;
      readonly reason: LeadReason;
      /** What has to be written into the record ID field; undefined if it stands there. */
      readonly setRecordId: string | undefined;
      readonly movesStage: boolean;
    }
  | {
      readonly action: "create_lead";
      /** Undefined: a new one is made. */
      readonly contactId: number | undefined;
      readonly reason: "duplicate_search_off" | "no_phone" | "no_contact" | "no_suitable_lead";
      readonly setRecordId: string;
    }
  | {
      readonly action: "mark_deleted";
      readonly leadId: number;
      readonly reason: "link" | "same_record_id";
    }
  | { readonly action: "skip"; readonly reason: SkipReason };

export type SkipReason =
  | "deleted_not_linked"
  | "superseded"
  | "no_client"
  | "not_found"
  | "leads_not_wanted"
  | "stale_event"
  | "no_change";

const skip = (reason: SkipReason): Decision => ({ action: "skip", reason });

/**
 * The first row of the table that holds wins; the rows' numbers stand beside them.
 * @throws never
 * @source altegio, section 3.3
 */
export function decide(input: MatchInput): Decision {
  const { appointment, leads, settings } = input;
  const event = appointment.isDeleted ? "delete" : input.event;
  const linked = leads.find(({ id }) => id === input.linkedLeadId);

  const target = findTarget(input, linked); // rows 1 and 2
  if (event === "delete") {
    if (target === undefined) return skip("deleted_not_linked"); // 4
    return { action: "mark_deleted", leadId: target.lead.id, reason: target.reason }; // 3
  }
  if (target !== undefined)
    return writeInto(target.lead, { action: "update_lead", reason: target.reason, input }); // 5
  if (linked !== undefined) return skip("superseded"); // 6
  if (appointment.client === null && settings.noClientPolicy === "skip") return skip("no_client"); // 7

  const numbers = clientNumbers(appointment.client?.phone);
  const contacts = contactsOfClient(input, numbers, settings);
  const candidate = pickLead(suitableLeads(leads, contacts, settings), settings.pick);
  if (event === "update") {
    if (candidate === undefined) return skip("not_found"); // 9
    return writeInto(candidate, { action: "update_lead", reason: "phone", input }); // 8
  }

  const isMerged = settings.isEnabled && candidate !== undefined;
  if (!settings.makesLeads && !isMerged) return skip("leads_not_wanted");
  const create = (reason: (Decision & { action: "create_lead" })["reason"]): Decision => ({
    action: "create_lead",
    contactId: contactForNewLead(input, contacts),
    reason,
    setRecordId: appointment.recordId,
  });
  if (!settings.isEnabled) return create("duplicate_search_off"); // 10
  if (candidate !== undefined)
    return writeInto(candidate, { action: "merge_into", reason: "duplicate", input }); // 11
  if (numbers.length === 0) return create("no_phone"); // 12
  if (contacts.length === 0) return create("no_contact"); // 13
  return create("no_suitable_lead"); // 14
}

type Target = { readonly lead: MatchedLead; readonly reason: "link" | "same_record_id" };

/** Identity goes before everything: the lead that is this appointment's, in whatever status. */
function findTarget(input: MatchInput, linked: MatchedLead | undefined): Target | undefined {
  const { recordId } = input.appointment;
  if (linked !== undefined && (linked.recordId === "" || linked.recordId === recordId))
    return { lead: linked, reason: "link" };
  const carriers = input.leads.filter((lead) => !lead.isUnsorted && lead.recordId === recordId);
  const lead = pickLead(carriers, input.settings.pick);
  return lead && { lead, reason: "same_record_id" };
}

function writeInto(
  lead: MatchedLead,
  how: { action: "update_lead" | "merge_into"; reason: LeadReason; input: MatchInput },
): Decision {
  const { recordId } = how.input.appointment;
  return {
    action: how.action,
    leadId: lead.id,
    reason: how.reason,
    setRecordId: lead.recordId === recordId ? undefined : recordId,
    // A closed lead that the search took was chosen by a status named in the settings: it moves.
    movesStage: how.action === "merge_into" || !isClosed(lead) || how.input.settings.reopensClosed,
  };
}

/** @source altegio, section 3.1, Q11 */
function contactForNewLead(
  { linkedContactId, contacts: known }: MatchInput,
  matching: readonly MatchedContact[],
): number | undefined {
  const isLinked = ({ id }: MatchedContact): boolean => id === linkedContactId;
  const [lowest] = [...matching].sort((a, b) => a.id - b.id);
  return (matching.find(isLinked) ?? lowest ?? known.find(isLinked))?.id;
}
