/** What the Altegio panel on a lead card reads and does, in both accounts. Exports `createAltegioDesk`. */
import { randomBytes } from "node:crypto";
import type { AltegioClient } from "../../altegio/api/client.ts";
import { tellAltegioFailure, type AltegioFailure } from "../../altegio/api/failure.ts";
import {
  findClients,
  readFreeTimes,
  readLocations,
  readServices,
  readStaff,
} from "../../altegio/api/places.ts";
import {
  changeRecord,
  createRecord,
  deleteRecord,
  listAppointments,
  readRecord,
  type RecordKey,
} from "../../altegio/api/records.ts";
import { readDetails } from "../../altegio/api/visits.ts";
import { priceOf, type Appointment } from "../../altegio/appointment.ts";
import { readBill } from "../../altegio/checkout.ts";
import type { CrmContact, CrmReader } from "../../altegio/crm.ts";
import type { Engine } from "../../altegio/engine.ts";
import { clientNumbers, comparedKey } from "../../altegio/phone-rule.ts";
import { apiIdFor } from "../../altegio/place.ts";
import {
  parseRecordRow,
  recordName,
  recordsOfLeads,
  tieTo,
  wantRecord,
} from "../../altegio/rows.ts";
import type { PanelAppointment } from "../../http/altegio-contract.ts";
import type { AltegioDesk, PanelFailure } from "../../http/altegio-panel.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Store } from "../../store/store.ts";

export type DeskDeps = {
  readonly engine: Pick<Engine, "want" | "newOrder" | "orders" | "facts">;
  readonly crm: CrmReader;
  readonly altegio: AltegioClient;
  readonly locations: readonly string[];
  readonly store: Pick<Store, "read">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Of one client; more is no list for a panel. */
const MOST_CLIENTS = 3;
const MOST_APPOINTMENTS = 50;
const BACK_DAYS = 180;
const DAY_MS = 86_400_000;

export function createAltegioDesk(deps: DeskDeps): AltegioDesk {
  const { engine, crm, altegio, store, clock } = deps;
  const ask = { urgency: "person", signal: deps.signal } as const;
  const isOurs = (locationId: string): boolean => deps.locations.includes(locationId);
  const keyOf = (given: { location_id: string; record_id: string }): RecordKey => ({
    locationId: given.location_id,
    recordId: given.record_id,
  });
  const again = (key: RecordKey, wish: "create" | "update" = "update") =>
    wantRecord(key, { wish, isMoney: false, isUrgent: true, dueAt: clock.now() });

  async function contactOf(lead: number): Promise<Result<CrmContact | undefined, PanelFailure>> {
    const leads = await crm.leadsById([lead], ask);
    if (!leads.ok) return failed(kommoAway(leads.failure.detail));
    const [found] = leads.value;
    if (found === undefined) return failed(notFound("there is no such lead"));
    const contacts = await crm.contactsById(found.contactIds.slice(0, 1), ask);
    return contacts.ok ? succeeded(contacts.value[0]) : failed(kommoAway(contacts.failure.detail));
  }

  /** Everything that Altegio has under the numbers of the lead's contact. */
  async function byPhone(
    contact: CrmContact,
    locationId: string,
  ): Promise<Result<readonly Appointment[], PanelFailure>> {
    const [number] = contact.phones.flatMap(clientNumbers);
    if (number === undefined) return succeeded([]);
    const key = comparedKey(number);
    const clients = await findClients(altegio, { locationId, text: key }, ask);
    if (!clients.ok) return failed(altegioSays(clients.failure));
    const found: Appointment[] = [];
    const same = clients.value.filter(({ phone }) =>
      clientNumbers(phone).map(comparedKey).includes(key),
    );
    for (const { id } of same.slice(0, MOST_CLIENTS)) {
      const from = new Date(clock.now() - BACK_DAYS * DAY_MS).toISOString().slice(0, 10);
      const filter = [
        ["client_id", id],
        ["start_date", from],
      ] as const;
      const listed = await listAppointments(altegio, { locationId, page: 1, filter }, ask);
      if (!listed.ok) return failed(altegioSays(listed.failure));
      found.push(...listed.value.appointments);
    }
    return succeeded(found);
  }

  async function read(key: RecordKey) {
    if (!isOurs(key.locationId)) return failed(notFound("there is no such location here"));
    const found = await readRecord(altegio, key, ask);
    if (!found.ok) return failed(altegioSays(found.failure));
    return found.value === "gone" || found.value.appointment.isDeleted
      ? failed(notFound("the appointment is deleted"))
      : succeeded(found.value);
  }

  return {
    async appointmentsOf(lead) {
      const rows = (await store.read(recordsOfLeads([lead]))).map(parseRecordRow);
      const linked = new Set(rows.map(recordName));
      const contact = await contactOf(lead);
      if (!contact.ok) return contact;
      const found = new Map<string, Appointment>();
      for (const locationId of contact.value === undefined ? [] : deps.locations) {
        const some = await byPhone(contact.value as CrmContact, locationId);
        if (!some.ok) return some;
        for (const one of some.value) found.set(recordName(one), one);
      }
      for (const row of rows.filter((one) => !found.has(recordName(one)))) {
        const one = await readRecord(altegio, row, ask);
        if (one.ok && one.value !== "gone") found.set(recordName(row), one.value.appointment);
      }
      const shown = [...found.values()].map((one) => shownAppointment(one, linked));
      const appointments = shown
        .toSorted(
          (one, other) =>
            Number(other.is_linked) - Number(one.is_linked) ||
            (other.starts_at ?? 0) - (one.starts_at ?? 0),
        )
        .slice(0, MOST_APPOINTMENTS);
      return succeeded({ appointments });
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
      const named = await readLocations(altegio, ask);
      const titles = new Map(named.ok ? named.value.map(({ id, title }) => [id, title]) : []);
      const locations = deps.locations.map((id) => ({ id, title: titles.get(id) ?? id }));
      if (locationId === undefined) return succeeded({ locations, staff: [], services: [] });
      if (!isOurs(locationId)) return failed(notFound("there is no such location here"));
      const staff = await readStaff(altegio, locationId, ask);
      if (!staff.ok) return failed(altegioSays(staff.failure));
      const services = await readServices(altegio, locationId, ask);
      if (!services.ok) return failed(altegioSays(services.failure));
      return succeeded({
        ...{ locations, staff: staff.value },
        services: services.value.map(({ id, title, price, lengthS }) => ({
          ...{ id, title, price, length_seconds: lengthS },
        })),
      });
    },
    async times(asked) {
      if (!isOurs(asked.locationId)) return failed(notFound("there is no such location here"));
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
        order.result === undefined
          ? undefined
          : (JSON.parse(order.result) as { kind: string; detail: string });
      return succeeded({
        state: order.state,
        outcome: outcome?.kind ?? null,
        detail: outcome?.detail ?? "",
      });
    },
    async link({ lead, record_id: recordId, location_id: given }) {
      for (const locationId of given === undefined ? deps.locations : [given]) {
        const key = { locationId, recordId };
        const found = await read(key);
        if (!found.ok && found.failure.status !== 404) return found;
        if (!found.ok) continue;
        await engine.want([tieTo(key, lead), again(key)]);
        return succeeded({ done: true });
      }
      return failed(notFound("no location has this appointment"));
    },
    async checkout(asked, key) {
      const { lead, method, account_id: accountId, amount } = asked;
      if (!isOurs(asked.location_id)) return failed(notFound("there is no such location here"));
      await engine.want([
        engine.newOrder({
          ...keyOf(asked),
          ...{ leadId: lead, idempotency: panelKey(key) },
          asked: {
            ...{ kind: "checkout", method },
            ...(accountId === undefined ? {} : { accountId }),
            ...(amount === undefined ? {} : { amount }),
          },
        }),
      ]);
      const order = await engine.orders.find(panelKey(key));
      return succeeded({ state: order?.state ?? "waiting", outcome: null, detail: "" });
    },
    async book(asked) {
      if (!isOurs(asked.location_id)) return failed(notFound("there is no such location here"));
      const contact = await contactOf(asked.lead);
      if (!contact.ok) return contact;
      const made = await createRecord(
        altegio,
        {
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
          // A lost answer: the polling finds the appointment, and this ties it to the lead.
          apiId: apiIdFor(asked.lead, randomBytes(6).toString("hex")),
        },
        ask,
      );
      if (!made.ok) return failed(altegioSays(made.failure));
      await engine.want([tieTo(made.value, asked.lead), again(made.value)]);
      return succeeded({ record_id: made.value.recordId });
    },
    async move(asked) {
      const key = keyOf(asked);
      const found = await read(key);
      if (!found.ok) return found;
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
      if (!isOurs(key.locationId)) return failed(notFound("there is no such location here"));
      const gone = await deleteRecord(altegio, key, ask);
      if (!gone.ok) return failed(altegioSays(gone.failure));
      await engine.want([again(key)]);
      return succeeded({ done: true });
    },
  };
}

const panelKey = (key: string): string => `panel ${key}`;

const shownAppointment = (one: Appointment, linked: ReadonlySet<string>): PanelAppointment => ({
  location_id: one.locationId,
  record_id: one.recordId,
  is_linked: linked.has(recordName(one)),
  is_deleted: one.isDeleted,
  starts_at: one.startsAt === undefined ? null : Math.floor(one.startsAt / 1_000),
  local_time: one.localTime,
  length_seconds: one.lengthS,
  staff: one.staff.name,
  services: one.services.map(({ title }) => title),
  cost: priceOf(one),
  is_paid: one.isPaidFull,
  attendance: one.attendance,
  comment: one.comment,
});

const notFound = (reason: string): PanelFailure => ({ status: 404, error: "not_found", reason });
const kommoAway = (reason: string): PanelFailure => ({
  status: 503,
  error: "kommo_unavailable",
  reason,
});

function altegioSays(failure: AltegioFailure): PanelFailure {
  const reason = `${tellAltegioFailure(failure)}; ${failure.hint}`;
  switch (failure.kind) {
    case "busy":
      return { status: 409, error: "time_busy", reason };
    case "not-found":
      return { status: 404, error: "not_found", reason };
    case "no-right":
    case "rejected":
      return { status: 502, error: "altegio_refused", reason };
    case "rate-limited":
    case "unreachable":
    case "given-up":
    case "lost":
    case "token-refused":
      return { status: 503, error: "altegio_unavailable", reason };
  }
}
