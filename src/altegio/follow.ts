/**
 * The life of appointments on a modelled account: each event is decided on what the ones before left
 * behind. For `altegio decide` and for the property tests; the daemon does the same on Kommo itself.
 */
import type { AppointmentEvent, Decision, MatchedAppointment } from "./decide.ts";
import { decide } from "./decide.ts";
import type { MatchSettings, MatchedContact, MatchedLead } from "./lead-choice.ts";
import { contactsWith, isAnothers } from "./lead-choice.ts";
import { clientNumbers } from "./phone-rule.ts";

export type FollowedEvent = {
  readonly event: AppointmentEvent;
  readonly locationId: string;
  readonly appointment: MatchedAppointment;
  readonly clientId: string | undefined;
  /** When Altegio changed it, ms since 1970, in whole seconds; undefined if it did not say. */
  readonly changedAt: number | undefined;
  /** Equal for two readings of the appointment that say the same. */
  readonly contents: string;
};

/** What was applied last for one appointment. */
export type Applied = {
  readonly leadId: number | undefined;
  readonly changedAt: number | undefined;
  readonly contents: string;
};

export type Account = {
  readonly contacts: readonly MatchedContact[];
  readonly leads: readonly MatchedLead[];
  /** By location and record. */
  readonly applied: ReadonlyMap<string, Applied>;
  /** Kommo contact by location and Altegio client. */
  readonly clients: ReadonlyMap<string, number>;
};

/**
 * Why an event needs no look at Kommo at all.
 * @source altegio, section 3.2, point 3
 */
export function staleness(
  event: Pick<FollowedEvent, "changedAt" | "contents">,
  before: Applied | undefined,
): "stale_event" | "no_change" | undefined {
  if (before === undefined) return undefined;
  const [now, then] = [event.changedAt, before.changedAt];
  if (now !== undefined && then !== undefined && now < then) return "stale_event";
  return now === then && event.contents === before.contents ? "no_change" : undefined;
}

/** One event after another. @returns the decisions, and the account as they leave it */
export function follow(
  account: Account,
  events: readonly FollowedEvent[],
  settings: MatchSettings,
): { decisions: readonly Decision[]; account: Account } {
  const decisions: Decision[] = [];
  let current = account;
  for (const event of events) {
    const decision = decideNext(current, event, settings);
    decisions.push(decision);
    current = apply(current, event, decision);
  }
  return { decisions, account: current };
}

const recordKey = ({ locationId, appointment }: FollowedEvent): string =>
  `${locationId}/${appointment.recordId}`;

const clientKey = ({ locationId, clientId }: FollowedEvent): string =>
  `${locationId}/${clientId ?? ""}`;

function decideNext(account: Account, event: FollowedEvent, settings: MatchSettings): Decision {
  const before = account.applied.get(recordKey(event));
  const reason = staleness(event, before);
  if (reason !== undefined) return { action: "skip", reason };
  const who = { locationId: event.locationId, client: event.clientId && clientKey(event) };
  return decide({
    event: event.event,
    appointment: event.appointment,
    linkedLeadId: before?.leadId,
    linkedContactId: account.clients.get(clientKey(event)),
    contacts: account.contacts.filter(
      ({ id }) => settings.contactKey === "phone" || !isAnothers(ownersOf(account, id), who),
    ),
    leads: account.leads,
    settings,
  });
}

const ownersOf = ({ clients }: Account, contactId: number): readonly string[] =>
  [...clients].filter(([, id]) => id === contactId).map(([client]) => client);

/**
 * A skipped event leaves nothing behind: an update that found no lead must not make the create
 * that comes after it look old. But what was deleted stays so, until something newer is told.
 */
function apply(account: Account, event: FollowedEvent, decision: Decision): Account {
  if (decision.action === "skip")
    return decision.reason === "deleted_not_linked" ? bury(account, event) : account;
  const made = decision.action === "create_lead" ? makeLead(account, event, decision) : account;
  const leadId = decision.action === "create_lead" ? newestId(made.leads) : decision.leadId;
  const setRecordId = decision.action === "mark_deleted" ? undefined : decision.setRecordId;
  const leads = made.leads.map((lead) =>
    lead.id === leadId && setRecordId !== undefined ? { ...lead, recordId: setRecordId } : lead,
  );
  const contactId = contactOf(
    made,
    event,
    leads.find(({ id }) => id === leadId),
  );
  return {
    contacts: made.contacts,
    leads,
    applied: new Map(account.applied).set(recordKey(event), {
      leadId,
      changedAt: event.changedAt,
      contents: event.contents,
    }),
    clients:
      event.clientId === undefined || contactId === undefined
        ? account.clients
        : new Map(account.clients).set(clientKey(event), contactId),
  };
}

function bury(account: Account, event: FollowedEvent): Account {
  const key = recordKey(event);
  const { leadId } = account.applied.get(key) ?? { leadId: undefined };
  const grave = { leadId, changedAt: event.changedAt, contents: "" };
  return { ...account, applied: new Map(account.applied).set(key, grave) };
}

/** Whom the client is: of the lead's contacts the one that is known for it, else with its number. */
function contactOf(
  { contacts, clients }: Account,
  event: FollowedEvent,
  lead: MatchedLead | undefined,
): number | undefined {
  const own = contacts.filter(({ id }) => lead?.contactIds.includes(id));
  const known = own.find(({ id }) => id === clients.get(clientKey(event)));
  const numbers = clientNumbers(event.appointment.client?.phone);
  return (known ?? contactsWith(numbers, own, false)[0])?.id ?? lead?.contactIds[0];
}

function makeLead(
  account: Account,
  { appointment }: FollowedEvent,
  { contactId, setRecordId }: Decision & { action: "create_lead" },
): Account {
  const phones = clientNumbers(appointment.client?.phone).map(String);
  const contact = { id: newestId(account.contacts) + 1, phones };
  const youngest = Math.max(0, ...account.leads.map(({ createdAt }) => createdAt));
  return {
    ...account,
    contacts: contactId === undefined ? [...account.contacts, contact] : account.contacts,
    leads: [
      ...account.leads,
      {
        id: newestId(account.leads) + 1,
        createdAt: youngest + 1,
        pipelineId: 0,
        statusId: 0,
        contactIds: [contactId ?? contact.id],
        recordId: setRecordId,
        hasFilledField: true,
        isUnsorted: false,
      },
    ],
  };
}

const newestId = (rows: readonly { readonly id: number }[]): number =>
  rows.reduce((highest, { id }) => Math.max(highest, id), 0);
