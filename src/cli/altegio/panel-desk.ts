/** What the Altegio panel on a lead card reads and does, in both accounts. Exports `createAltegioDesk`. */
import { randomBytes } from "node:crypto";
import type { AltegioClient } from "../../altegio/api/client.ts";
import type { AltegioFailure } from "../../altegio/api/failure.ts";
import {
  readFreeTimes,
  readLocations,
  readServices,
  readStaff,
  type Location,
} from "../../altegio/api/places.ts";
import {
  changeRecord,
  createRecord,
  deleteRecord,
  listAppointments,
  readRecord,
  type BookingLooks,
  type NewRecord,
  type RecordKey,
} from "../../altegio/api/records.ts";
import { readDetails } from "../../altegio/api/visits.ts";
import type { Appointment } from "../../altegio/appointment.ts";
import { readBill } from "../../altegio/checkout.ts";
import type { CrmContact, CrmLead, CrmReader } from "../../altegio/crm.ts";
import type { Engine } from "../../altegio/engine.ts";
import { findByNumber } from "../../altegio/find.ts";
import type { OrderOutcome } from "../../altegio/orders.ts";
import { apiIdFor } from "../../altegio/place.ts";
import {
  parseRecordRow,
  recordName,
  recordsByKeys,
  recordsOfLeads,
  wantRecord,
} from "../../altegio/rows.ts";
import { recordIdOf } from "../../altegio/snapshot.ts";
import type { AltegioDesk, PanelFailure } from "../../http/altegio-panel.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Store } from "../../store/store.ts";
import {
  altegioSays,
  conflict,
  inOrder,
  kommoAway,
  notFound,
  shownAppointment,
} from "./panel-answers.ts";

export type DeskDeps = {
  readonly engine: Pick<Engine, "want" | "newOrder" | "orders" | "facts" | "tie">;
  readonly crm: CrmReader;
  readonly altegio: AltegioClient;
  readonly locations: readonly string[];
  /** In force now. */
  readonly booking: () => BookingLooks;
  readonly store: Pick<Store, "read">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** More is no list for a panel. */
const MOST_APPOINTMENTS = 50;
/** So long an appointment that is being written is waited for. */
const TIE_TRIES = 25;
const TIE_PAUSE_MS = 400;
const NO_LOCATION = notFound("there is no such location here");

export function createAltegioDesk(deps: DeskDeps): AltegioDesk {
  const { engine, crm, altegio, store, clock, locations } = deps;
  const ask = { urgency: "person", signal: deps.signal } as const;
  let known: Promise<ReadonlyMap<string, Location>> | undefined;
  const isOurs = (locationId: string): boolean => locations.includes(locationId);
  const keyOf = (given: { location_id: string; record_id: string }): RecordKey => ({
    locationId: given.location_id,
    recordId: given.record_id,
  });
  const again = (key: RecordKey) =>
    wantRecord(key, { wish: "update", isMoney: false, isUrgent: true, dueAt: clock.now() });

  /** Asked for once; again where it failed. */
  function knownLocations(): Promise<ReadonlyMap<string, Location>> {
    known ??= readLocations(altegio, ask).then((told) => {
      if (!told.ok) known = undefined;
      return new Map(told.ok ? told.value.map((one) => [one.id, one]) : []);
    });
    return known;
  }

  async function leadAt(id: number): Promise<Result<CrmLead, PanelFailure>> {
    const leads = await crm.leadsById([id], ask);
    if (!leads.ok) return failed(kommoAway(leads.failure.detail));
    const [found] = leads.value;
    return found === undefined ? failed(notFound("there is no such lead")) : succeeded(found);
  }

  async function contactOf(lead: CrmLead): Promise<Result<CrmContact | undefined, PanelFailure>> {
    const contacts = await crm.contactsById(lead.contactIds.slice(0, 1), ask);
    return contacts.ok ? succeeded(contacts.value[0]) : failed(kommoAway(contacts.failure.detail));
  }

  async function read(key: RecordKey) {
    if (!isOurs(key.locationId)) return failed(NO_LOCATION);
    const found = await readRecord(altegio, key, ask);
    if (!found.ok) return failed(altegioSays(found.failure));
    return found.value === "gone" || found.value.appointment.isDeleted
      ? failed(notFound("the appointment is deleted"))
      : succeeded(found.value);
  }

  async function shown(found: readonly Appointment[], lead: number | undefined) {
    const rows = (await store.read(recordsByKeys(found))).map(parseRecordRow);
    const leads = new Map(
      rows.flatMap((row) => (row.leadId === undefined ? [] : [[recordName(row), row.leadId]])),
    );
    const named = await knownLocations();
    const given = { lead, leads, locationOf: (id: string) => named.get(id) };
    const appointments = inOrder(found.map((one) => shownAppointment(one, given)));
    return succeeded({ appointments: appointments.slice(0, MOST_APPOINTMENTS) });
  }

  /** The appointment whose ID stands on the lead, if it is another one than this and not cancelled. */
  async function occupantOf(
    lead: CrmLead,
    recordId: string | undefined,
  ): Promise<Result<string | undefined, PanelFailure>> {
    const facts = await engine.facts();
    if (!facts.ok) return failed(kommoAway(facts.failure.reason));
    const there = recordIdOf(lead, facts.value.recordFieldId);
    if (there === "" || there === recordId) return succeeded(undefined);
    const rows = (await store.read(recordsOfLeads([lead.id]))).map(parseRecordRow);
    const isCancelled = rows.some(
      (row) => row.recordId === there && row.applied?.isDeleted === true,
    );
    return succeeded(isCancelled ? undefined : there);
  }

  /** Leads that carry the ID of this very appointment, and not of another location's. */
  async function carriersOf(key: RecordKey): Promise<Result<readonly CrmLead[], PanelFailure>> {
    const facts = await engine.facts();
    if (!facts.ok) return failed(kommoAway(facts.failure.reason));
    const { recordFieldId } = facts.value;
    const found = await crm.leadsWithText(key.recordId, ask);
    if (!found.ok) return failed(kommoAway(found.failure.detail));
    const carriers = found.value.filter((one) => recordIdOf(one, recordFieldId) === key.recordId);
    const rows = await store.read(recordsOfLeads(carriers.map(({ id }) => id)));
    const strange = new Set(
      rows
        .map(parseRecordRow)
        .filter((row) => row.recordId === key.recordId && row.locationId !== key.locationId)
        .map(({ leadId }) => leadId),
    );
    return succeeded(carriers.filter(({ id }) => !strange.has(id)));
  }

  async function tie(key: RecordKey, lead: CrmLead): Promise<Result<undefined, PanelFailure>> {
    const carriers = await carriersOf(key);
    if (!carriers.ok) return carriers;
    const others = carriers.value.filter(({ id }) => id !== lead.id);
    for (let tries = 0; tries < TIE_TRIES; tries++) {
      const tied = await engine.tie({ ...key, lead, others });
      if (!tied.ok) return failed(kommoAway(tied.failure.reason));
      if (tied.value) return succeeded(undefined);
      await clock.sleep(TIE_PAUSE_MS, deps.signal);
    }
    return failed(kommoAway("the appointment is being written just now; try again"));
  }

  /** A booking whose answer was lost may have been made all the same. */
  async function lookForBooking(
    { kind }: AltegioFailure,
    wish: NewRecord,
  ): Promise<Appointment | undefined> {
    if (kind !== "lost") return undefined;
    const { locationId, apiId } = wish;
    const filter = [["start_date", wish.datetime.slice(0, 10)]] as const;
    const listed = await listAppointments(altegio, { locationId, page: 1, filter }, ask);
    return listed.ok ? listed.value.appointments.find((one) => one.apiId === apiId) : undefined;
  }

  return {
    async appointmentsOf(id) {
      const lead = await leadAt(id);
      if (!lead.ok) return lead;
      const contact = await contactOf(lead.value);
      if (!contact.ok) return contact;
      const [phone = ""] = contact.value?.phones ?? [];
      const byNumber = await findByNumber(altegio, { phone, locations, now: clock.now() }, ask);
      if (!byNumber.ok) return failed(altegioSays(byNumber.failure));
      const found = new Map(byNumber.value.map((one) => [recordName(one), one]));
      const rows = (await store.read(recordsOfLeads([id]))).map(parseRecordRow);
      for (const row of rows.filter((one) => !found.has(recordName(one)))) {
        const one = await readRecord(altegio, row, ask);
        if (one.ok && one.value !== "gone") found.set(recordName(row), one.value.appointment);
      }
      return shown([...found.values()], id);
    },
    async find({ phone, lead }) {
      const found = await findByNumber(altegio, { phone, locations, now: clock.now() }, ask);
      return found.ok ? shown(found.value, lead) : failed(altegioSays(found.failure));
    },
    async bill(given) {
      const key = keyOf(given);
      const found = await read(key);
      if (!found.ok) return found;
      const { visitId } = found.value.appointment;
      if (visitId === undefined) return failed(notFound("the appointment has no visit"));
      const details = await readDetails(altegio, { ...key, visitId }, ask);
      if (!details.ok) return failed(altegioSays(details.failure));
      const { items, due, paid } = readBill(details.value);
      const facts = await engine.facts();
      const accounts = facts.ok ? facts.value.accountsOf(key.locationId) : [];
      return succeeded({
        items: items.map((item) => ({ title: item.title, cost: item.cost, paid: item.paid })),
        due,
        paid,
        accounts: accounts.map(({ id, title, isCash, isDefault }) => ({
          ...{ id, title, is_cash: isCash, is_default: isDefault },
        })),
      });
    },
    async place(locationId) {
      const named = await knownLocations();
      const all = locations.map((id) => named.get(id) ?? { id, title: id, currency: "" });
      if (locationId === undefined) return succeeded({ locations: all, staff: [], services: [] });
      if (!isOurs(locationId)) return failed(NO_LOCATION);
      const staff = await readStaff(altegio, locationId, ask);
      if (!staff.ok) return failed(altegioSays(staff.failure));
      const services = await readServices(altegio, locationId, ask);
      if (!services.ok) return failed(altegioSays(services.failure));
      return succeeded({
        ...{ locations: all, staff: staff.value },
        services: services.value.map(({ id, title, price, lengthS }) => ({
          ...{ id, title, price, length_seconds: lengthS },
        })),
      });
    },
    async times(asked) {
      if (!isOurs(asked.locationId)) return failed(NO_LOCATION);
      const free = await readFreeTimes(altegio, asked, ask);
      if (!free.ok) return failed(altegioSays(free.failure));
      return succeeded({
        times: free.value.map(({ time, datetime, lengthS }) => ({
          ...{ time, datetime, length_seconds: lengthS },
        })),
      });
    },
    async checkoutOf(key) {
      const order = await engine.orders.find(panelKey(key));
      if (order === undefined) return failed(notFound("there is no such checkout"));
      const outcome =
        order.result === undefined ? undefined : (JSON.parse(order.result) as OrderOutcome);
      return succeeded({
        state: order.state,
        outcome: outcome?.kind ?? null,
        code: outcome?.code ?? null,
        detail: outcome?.detail ?? "",
      });
    },
    async link({ lead: id, record_id: recordId, location_id: given, replace = false }) {
      const lead = await leadAt(id);
      if (!lead.ok) return lead;
      for (const locationId of given === undefined ? locations : [given]) {
        const key = { locationId, recordId };
        const found = await read(key);
        if (!found.ok && found.failure.status !== 404) return found;
        if (!found.ok) continue;
        const occupant = await occupantOf(lead.value, recordId);
        if (!occupant.ok) return occupant;
        if (occupant.value !== undefined && !replace)
          return failed(conflict("lead_taken", `appointment ${occupant.value} is on this lead`));
        const tied = await tie(key, lead.value);
        return tied.ok ? succeeded({ done: true }) : tied;
      }
      return failed(notFound("no location has this appointment"));
    },
    async checkout(asked, key) {
      const { lead, method, account_id: accountId, amount, open } = asked;
      if (!isOurs(asked.location_id)) return failed(NO_LOCATION);
      await engine.want([
        engine.newOrder({
          ...keyOf(asked),
          ...{ leadId: lead, idempotency: panelKey(key) },
          asked: {
            ...{ kind: "checkout", method },
            ...(accountId === undefined ? {} : { accountId }),
            ...(amount === undefined ? {} : { amount }),
            ...(open === undefined ? {} : { open }),
          },
        }),
      ]);
      const order = await engine.orders.find(panelKey(key));
      return succeeded({
        ...{ state: order?.state ?? "waiting", outcome: null, code: null, detail: "" },
      });
    },
    async book(asked) {
      if (!isOurs(asked.location_id)) return failed(NO_LOCATION);
      const lead = await leadAt(asked.lead);
      if (!lead.ok) return lead;
      const contact = await contactOf(lead.value);
      if (!contact.ok) return contact;
      const occupant = await occupantOf(lead.value, undefined);
      if (!occupant.ok) return occupant;
      const isFree = occupant.value === undefined;
      const nonce = randomBytes(6).toString("hex");
      const wish: NewRecord = {
        locationId: asked.location_id,
        staffId: asked.staff_id,
        serviceIds: asked.service_ids,
        client: {
          name: contact.value?.name ?? "",
          phone: contact.value?.phones[0] ?? "",
          email: contact.value?.emails[0] ?? "",
        },
        datetime: asked.datetime,
        lengthS: asked.length_seconds,
        comment: asked.comment ?? "",
        looks: deps.booking(),
        // A lost answer: the polling finds the appointment, and this ties it to the lead.
        apiId: isFree ? apiIdFor(asked.lead, nonce) : `asterisk-kommo:${nonce}`,
      };
      const made = await createRecord(altegio, wish, ask);
      const found = made.ok ? made.value : await lookForBooking(made.failure, wish);
      if (found === undefined) return made.ok ? made : failed(altegioSays(made.failure));
      // The lead has an appointment: this one is placed as any other is.
      if (!isFree)
        await engine.want([
          wantRecord(found, { wish: "create", isUrgent: true, dueAt: clock.now() }),
        ]);
      const tied = isFree ? await tie(found, lead.value) : undefined;
      return succeeded({ record_id: found.recordId, is_tied: tied?.ok === true });
    },
    async move(asked) {
      const key = keyOf(asked);
      const found = await read(key);
      if (!found.ok) return found;
      if (found.value.appointment.eventId !== undefined)
        return failed(
          conflict("event_appointment", "a place in a group event has no time of its own"),
        );
      const { staff_id: staffId, datetime } = asked;
      const change = {
        ...{ datetime, isBusyAllowed: false },
        ...(staffId === undefined ? {} : { staffId }),
      };
      const moved = await changeRecord(altegio, { key, read: found.value }, { change, ask });
      if (!moved.ok) return failed(altegioSays(moved.failure));
      await engine.want([again(key)]);
      return succeeded({ done: true });
    },
    async cancel(asked) {
      const key = keyOf(asked);
      if (!isOurs(key.locationId)) return failed(NO_LOCATION);
      const gone = await deleteRecord(altegio, key, ask);
      if (!gone.ok) return failed(altegioSays(gone.failure));
      await engine.want([again(key)]);
      return succeeded({ done: true });
    },
  };
}

const panelKey = (key: string): string => `panel ${key}`;
