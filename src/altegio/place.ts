/**
 * From appointments as they were read to decisions with their steps: looks at Kommo once for all of them,
 * then decides one after another. Nothing is written here, so a dry run is the same.
 */
import type { KommoFailure } from "../kommo/failure.ts";
import { succeeded, type Result } from "../lib/failure.ts";
import type { Row, Store } from "../store/store.ts";
import type { Appointment } from "./appointment.ts";
import { clientRows, clientsOfContacts } from "./client-rows.ts";
import type { CrmAsk, CrmContact, CrmLead, CrmReader } from "./crm.ts";
import { decide, type AppointmentEvent, type Decision, type SkipReason } from "./decide.ts";
import type { AltegioFacts } from "./facts.ts";
import { staleness } from "./follow.ts";
import { gather, matchedContact, matchedLead, type Found, type Sought } from "./gather.ts";
import { isAnothers } from "./lead-choice.ts";
import type { Payment } from "./payment.ts";
import { clientNumbers, comparedKey } from "./phone-rule.ts";
import {
  contactsOfPhone,
  contentsOf,
  recordName,
  recordsOfLeads,
  type Pending,
  type RecordRow,
} from "./rows.ts";
import type { AltegioSettings } from "./settings.ts";
import type { Snapshots } from "./snapshot.ts";
import { planWrites, type WritePlan } from "./write-plan.ts";

export type ReadAppointment = {
  readonly row: RecordRow;
  readonly appointment: Appointment;
  readonly payment: Payment | undefined;
};

export type Placed = ReadAppointment & {
  readonly event: AppointmentEvent;
} & (
    | { readonly kind: "skip"; readonly reason: SkipReason | "held" }
    /** Another appointment of the client is on its way: decided when that is done. */
    | { readonly kind: "wait" }
    | {
        readonly kind: "write";
        readonly decision: Exclude<Decision, { action: "skip" }>;
        readonly plan: WritePlan;
        readonly pending: Pending;
      }
  );

export type PlaceDeps = {
  readonly settings: AltegioSettings;
  readonly facts: AltegioFacts;
  readonly crm: CrmReader;
  readonly snapshots: Snapshots;
  readonly store: Pick<Store, "read">;
  readonly now: () => number;
  /** Numbers and leads of appointments that are on their way. */
  readonly isBusy: (name: string) => boolean;
};

/** The names under which appointments keep out of each other's way. */
export const phoneLock = (key: string): string => `phone ${key}`;
export const leadLock = (id: number): string => `lead ${String(id)}`;

/** Rejects with StoreFailure. */
export async function placeAppointments(
  deps: PlaceDeps,
  read: readonly ReadAppointment[],
  ask: CrmAsk,
): Promise<Result<readonly Placed[], KommoFailure>> {
  const early = read.map((one) => ({ one, stale: needless(one) }));
  const taken = new Set<string>();
  // Whoever has to wait for another of the same number is not looked up before.
  const wanted = early
    .filter(({ one, stale }) => stale === undefined && claim(one, { deps, taken }))
    .map(({ one }) => one);
  const clients = await readClients(deps, wanted);
  const sought = await Promise.all(wanted.map((one) => soughtFor(deps, one, clients)));
  const found = await gather({ ...deps, recordFieldId: deps.facts.recordFieldId }, sought, ask);
  if (!found.ok) return found;
  const strangers = await strangersAmong(deps, wanted, found.value);
  const owners = await ownersOf(deps, found.value);
  const placed = new Map<ReadAppointment, Placed>();
  for (const [index, one] of wanted.entries()) {
    const [what, seen] = [sought[index], found.value[index]];
    if (what === undefined || seen === undefined) continue;
    const context = { deps, taken, strangers, owners, client: clients.get(clientName(one)) };
    placed.set(one, placeOne(one, { sought: what, found: seen }, context));
  }
  return succeeded(
    early.map(({ one, stale }) => {
      const event = eventOf(one);
      if (stale !== undefined) return { ...one, event, kind: "skip", reason: stale };
      return placed.get(one) ?? { ...one, event, kind: "wait" };
    }),
  );
}

/** @returns false: another appointment of the number is on its way */
function claim(
  { appointment }: ReadAppointment,
  { deps, taken }: { readonly deps: PlaceDeps; readonly taken: Set<string> },
): boolean {
  const names = clientNumbers(appointment.client?.phone).map((number) =>
    phoneLock(comparedKey(number)),
  );
  if (names.some((name) => taken.has(name) || deps.isBusy(name))) return false;
  for (const name of names) taken.add(name);
  return true;
}

/** Why an appointment needs no look at Kommo. */
function needless({ row, appointment }: ReadAppointment): SkipReason | "held" | undefined {
  if (row.isHeld) return "held";
  if (row.contents === undefined) return undefined;
  const reason = staleness(
    { changedAt: appointment.changedAt, contents: contentsOf(appointment) },
    { leadId: row.leadId, changedAt: row.changedAt, contents: row.contents },
  );
  return reason === "no_change" && row.isMoney ? undefined : reason;
}

const eventOf = ({ row, appointment }: ReadAppointment): AppointmentEvent =>
  appointment.isDeleted ? "delete" : row.contents === undefined ? row.wish : "update";

const clientName = ({ appointment }: ReadAppointment): string =>
  `${appointment.locationId}/${appointment.client?.id ?? ""}`;

type KnownClient = { readonly contactId: number; readonly told: string };

async function readClients(
  { store }: PlaceDeps,
  read: readonly ReadAppointment[],
): Promise<ReadonlyMap<string, KnownClient>> {
  const keys = read.flatMap(({ appointment: { locationId, client } }) =>
    client?.id === undefined ? [] : [{ locationId, clientId: client.id }],
  );
  if (keys.length === 0) return new Map();
  const rows = await store.read(clientRows(keys));
  return new Map(
    rows.map((row: Row) => [
      `${String(row["location"])}/${String(row["client"])}`,
      { contactId: Number(row["contact"]), told: String(row["told"]) },
    ]),
  );
}

/** What a contact is told of a client: with the same, it is not read again. */
export const toldOf = ({ client }: Appointment): string =>
  client === null ? "" : JSON.stringify([client.name, client.phone, client.email]);

async function soughtFor(
  { store }: PlaceDeps,
  one: ReadAppointment,
  clients: ReadonlyMap<string, KnownClient>,
): Promise<Sought> {
  const { row, appointment } = one;
  const numbers = clientNumbers(appointment.client?.phone);
  const client = clients.get(clientName(one));
  const [first] = numbers;
  const known =
    row.leadId !== undefined || first === undefined
      ? []
      : await store.read(contactsOfPhone(comparedKey(first)));
  return {
    recordId: appointment.recordId,
    numbers,
    linkedLeadId: row.leadId ?? leadInApiId(appointment.apiId),
    linkedContactId: client?.contactId ?? row.contactId,
    knownContactIds: known.map(({ contact }) => Number(contact)),
    wantsContact: appointment.client !== null && client?.told !== toldOf(appointment),
    isDeleted: appointment.isDeleted,
  };
}

/** An appointment that was booked from a lead card names the lead. */
export const apiIdFor = (leadId: number, nonce: string): string =>
  `asterisk-kommo:${String(leadId)}:${nonce}`;

export function leadInApiId(apiId: string): number | undefined {
  const [, id] = /^asterisk-kommo:(\d{1,15}):/.exec(apiId) ?? [];
  return id === undefined ? undefined : Number(id);
}

/** Leads that carry the same record ID, of an appointment in another location. */
async function strangersAmong(
  { settings, store }: PlaceDeps,
  read: readonly ReadAppointment[],
  found: readonly Found[],
): Promise<ReadonlyMap<number, string>> {
  if (settings.locations.length < 2) return new Map();
  const ids = found.flatMap(({ leads }) => [...leads.keys()]);
  const mine = new Set(read.map(({ row }) => row.recordId));
  const rows = await store.read(recordsOfLeads([...new Set(ids)].slice(0, 10_000)));
  return new Map(
    rows
      .filter(({ record }) => mine.has(String(record)))
      .map((row) => [Number(row["lead"]), String(row["location"])]),
  );
}

/**
 * By contact, the clients it is known to be: "4564/17". Only where clients that share a number are to stay
 * apart.
 */
async function ownersOf(
  { settings, store }: PlaceDeps,
  found: readonly Found[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (settings.match.contactKey !== "client_id") return new Map();
  const ids = new Set(found.flatMap(({ contacts }) => [...contacts.keys()]));
  const rows = await store.read(clientsOfContacts([...ids].slice(0, 10_000)));
  const owned = rows.map(({ contact, location, client }) => ({
    contact: Number(contact),
    name: `${String(location)}/${String(client)}`,
  }));
  const byContact = Map.groupBy(owned, ({ contact }) => contact);
  return new Map([...byContact].map(([id, all]) => [id, all.map(({ name }) => name)]));
}

type Context = {
  readonly deps: PlaceDeps;
  readonly taken: Set<string>;
  readonly strangers: ReadonlyMap<number, string>;
  readonly owners: ReadonlyMap<number, readonly string[]>;
  readonly client: KnownClient | undefined;
};

function placeOne(
  one: ReadAppointment,
  { sought, found }: { sought: Sought; found: Found },
  context: Context,
): Placed {
  const { deps, taken, strangers, owners } = context;
  const { settings, facts } = deps;
  const { row, appointment } = one;
  const event = eventOf(one);
  const client = appointment.client?.id === undefined ? undefined : clientName(one);
  const who = { locationId: row.locationId, client };
  const decision = decide({
    event,
    appointment,
    linkedLeadId: sought.linkedLeadId,
    linkedContactId: sought.linkedContactId,
    contacts: [...found.contacts.values()]
      .filter(({ id }) => !isAnothers(owners.get(id), who))
      .map(matchedContact),
    leads: [...found.leads.values()].map((lead) => {
      const matched = matchedLead(lead, facts);
      const location = strangers.get(lead.id);
      const isStrange = location !== undefined && location !== row.locationId;
      return isStrange && matched.recordId === appointment.recordId
        ? { ...matched, recordId: `${location}/${matched.recordId}` }
        : matched;
    }),
    settings: settings.match,
  });
  if (decision.action === "skip") return { ...one, event, kind: "skip", reason: decision.reason };
  const lead = decision.action === "create_lead" ? undefined : found.leads.get(decision.leadId);
  const lock = lead === undefined ? undefined : leadLock(lead.id);
  if (lock !== undefined && (taken.has(lock) || deps.isBusy(lock)))
    return { ...one, event, kind: "wait" };
  if (lock !== undefined) taken.add(lock);

  const contact = contactFor({ decision, lead, found, sought }, context);
  const plan = planWrites({
    ...{ appointment, settings, decision, lead },
    payment: one.payment,
    fields: facts.fields,
    recordFieldId: facts.recordFieldId,
    categoryOf: (serviceId) => facts.categoryOf(row.locationId, serviceId),
    locationTitle: facts.locationTitle,
    contact: sought.wantsContact ? contact : undefined,
    applied: row.applied,
    orderOf: facts.orderOf,
    firstPlace: facts.firstPlaceOf(row.locationId),
    now: deps.now(),
  });
  return { ...one, event, kind: "write", decision, plan, pending: pendingOf() };

  function pendingOf(): Pending {
    const contactId =
      decision.action === "create_lead" ? decision.contactId : (contact?.id ?? lead?.contactIds[0]);
    const told = contactId === undefined && decision.action !== "create_lead";
    return {
      contents: contentsOf(appointment),
      changedAt: appointment.changedAt,
      leadId: lead?.id,
      contactId: contactId ?? sought.linkedContactId,
      clientId: appointment.client?.id,
      visitId: appointment.visitId,
      phoneKeys: sought.numbers.map(comparedKey),
      attendance: appointment.attendance,
      place: plan.place,
      applied: {
        staffId: appointment.staff.id,
        startsAt: appointment.startsAt,
        isDeleted: appointment.isDeleted,
        paymentStatus: one.payment?.status ?? row.applied?.paymentStatus,
        paid: one.payment?.paid ?? row.applied?.paid ?? 0,
      },
      toldClient: sought.wantsContact && !told ? toldOf(appointment) : undefined,
      isUntied: decision.action === "mark_deleted" && settings.clearsRecordId,
    };
  }
}

/** Whom the client is: who has the number among the lead's own, else the lead's first. */
function contactFor(
  given: {
    readonly decision: Decision;
    readonly lead: CrmLead | undefined;
    readonly found: Found;
    readonly sought: Sought;
  },
  { client }: Context,
): CrmContact | undefined {
  const { decision, lead, found, sought } = given;
  if (decision.action === "create_lead")
    return decision.contactId === undefined ? undefined : found.contacts.get(decision.contactId);
  const own = lead?.contactIds ?? [];
  const keys = new Set(sought.numbers.map(comparedKey));
  const hasNumber = (id: number): boolean =>
    found.contacts
      .get(id)
      ?.phones.flatMap(clientNumbers)
      .some((number) => keys.has(comparedKey(number))) ?? false;
  const chosen =
    own.find((id) => id === client?.contactId) ??
    own.find(hasNumber) ??
    own[0] ??
    client?.contactId;
  return chosen === undefined ? undefined : found.contacts.get(chosen);
}

export const originOf = (row: RecordRow, now: number): string =>
  `${originsOf(row)}#${String(Math.round(now))}`;
const originsOf = (row: RecordRow): string => `altegio/${recordName(row)}`;
export const isAltegioOrigin = (origin: string): boolean => origin.startsWith("altegio/");
/** Steps of one appointment go in order. */
export const stepKey = originsOf;
