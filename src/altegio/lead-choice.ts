/** Which leads an appointment may be written into: the rows of the decision table that search. */
import type { ClientNumber } from "./phone-rule.ts";
import { clientNumbers, isSameClientNumber } from "./phone-rule.ts";

export type MatchedContact = {
  readonly id: number;
  readonly phones: readonly string[];
};

export type MatchedLead = {
  readonly id: number;
  /** Seconds since 1970, as Kommo has it. */
  readonly createdAt: number;
  readonly pipelineId: number;
  readonly statusId: number;
  readonly contactIds: readonly number[];
  /** What stands in the field "Altegio Record ID", trimmed; "" for nothing. */
  readonly recordId: string;
  /** Whether any custom field is filled. */
  readonly hasFilledField: boolean;
  /** An incoming lead that nobody has accepted yet. */
  readonly isUnsorted: boolean;
};

export type MatchSettings = {
  /** The duplicate search for new appointments. */
  readonly isEnabled: boolean;
  /** Pairs of pipeline and status; "any_open" is all but 142 and 143. */
  readonly statuses: "any_open" | readonly (readonly [number, number])[];
  /** Whether a lead with another appointment's record ID is suitable too. */
  readonly recordIdMode: "empty_only" | "any";
  readonly pick: "newest" | "oldest";
  readonly requiresAnyCustomField: boolean;
  readonly isStrictOnCountry: boolean;
  readonly noClientPolicy: "skip" | "create";
  /**
   * By what a contact is known to be the client: by the number; or, once they are tied, by Altegio's own
   * client, so that people who share a number stay apart.
   */
  readonly contactKey: "phone" | "client_id";
  /** Whether appointments make leads at all. */
  readonly makesLeads: boolean;
  /** A closed lead's stage moves too. */
  readonly reopensClosed: boolean;
};

/** "Closed: won" and "closed: lost", which exist in each pipeline. @source kommo-api, pipelines */
const CLOSED_STATUSES: readonly number[] = [142, 143];

export const isClosed = ({ statusId }: { readonly statusId: number }): boolean =>
  CLOSED_STATUSES.includes(statusId);

/** Contacts of whom at least one number is one of these. */
export function contactsWith(
  numbers: readonly ClientNumber[],
  contacts: readonly MatchedContact[],
  isStrict: boolean,
): readonly MatchedContact[] {
  return contacts.filter(({ phones }) =>
    phones
      .flatMap(clientNumbers)
      .some((theirs) => numbers.some((number) => isSameClientNumber(number, theirs, isStrict))),
  );
}

/**
 * Whether a contact is known to be somebody else: another client of this very location. In another one the
 * same person is another client.
 * @param owners the clients that the contact is tied to: "4564/17"
 * @param one.client the client in question, spelt so; undefined: without an id of its own
 */
export function isAnothers(
  owners: readonly string[] | undefined,
  one: { readonly locationId: string; readonly client: string | undefined },
): boolean {
  if (one.client === undefined) return false;
  const here = (owners ?? []).filter((owner) => owner.startsWith(`${one.locationId}/`));
  return here.length > 0 && !here.includes(one.client);
}

/** Who the client is. @param linkedContactId the contact that Altegio's client is known to be */
export function contactsOfClient(
  {
    contacts,
    linkedContactId,
  }: {
    readonly contacts: readonly MatchedContact[];
    readonly linkedContactId: number | undefined;
  },
  numbers: readonly ClientNumber[],
  { contactKey, isStrictOnCountry }: MatchSettings,
): readonly MatchedContact[] {
  const linked = contacts.filter(({ id }) => id === linkedContactId);
  if (contactKey === "client_id" && linked.length > 0) return linked;
  return contactsWith(numbers, contacts, isStrictOnCountry);
}

/**
 * Leads of these contacts that an appointment may be written into.
 * @source altegio, section 3.3, "candidates"
 */
export function suitableLeads(
  leads: readonly MatchedLead[],
  contacts: readonly MatchedContact[],
  settings: MatchSettings,
): readonly MatchedLead[] {
  const owners = new Set(contacts.map(({ id }) => id));
  // The search switched off leaves only the update's look by phone, which then takes any open lead.
  const statuses = settings.isEnabled ? settings.statuses : "any_open";
  return leads.filter(
    (lead) =>
      lead.contactIds.some((id) => owners.has(id)) &&
      !lead.isUnsorted &&
      isAllowed(lead, statuses) &&
      (!settings.requiresAnyCustomField || lead.hasFilledField) &&
      (lead.recordId === "" || settings.recordIdMode === "any"),
  );
}

function isAllowed(lead: MatchedLead, statuses: MatchSettings["statuses"]): boolean {
  if (statuses === "any_open") return !isClosed(lead);
  return statuses.some(
    ([pipeline, status]) => pipeline === lead.pipelineId && status === lead.statusId,
  );
}

/** By creation; of two made in one second the newer has the higher id. */
export function pickLead(
  leads: readonly MatchedLead[],
  pick: MatchSettings["pick"],
): MatchedLead | undefined {
  const byAge = [...leads].sort((a, b) => a.createdAt - b.createdAt || a.id - b.id);
  return pick === "newest" ? byAge.at(-1) : byAge.at(0);
}
