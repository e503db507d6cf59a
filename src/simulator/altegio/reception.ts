/**
 * What people do in Altegio itself: clients come, appointments are made, moved, paid and deleted. Their
 * webhooks are sent; nothing of it stands in the journal of requests.
 */
import {
  addPayment,
  changeRecord,
  createRecord,
  deleteRecord,
  editVisit,
  type Actor,
  type NewRecord,
  type RecordChange,
} from "./changes.ts";
import {
  dueFor,
  FIRST_LOCATION_ID,
  paidFor,
  type SimClient,
  type SimLocation,
  type SimRecord,
} from "./state.ts";

export type NewClient = {
  readonly name?: string;
  readonly surname?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly categories?: readonly string[];
};

export type Reception = {
  location(id?: number): SimLocation;
  client(given: NewClient, locationId?: number): SimClient;
  /** `client`: an id, or a new one. */
  book(
    given: Partial<NewRecord> & { readonly client?: NewClient | null },
    locationId?: number,
  ): SimRecord;
  change(record: SimRecord, change: RecordChange): void;
  /** The client, changed in Altegio, and the appointment with it. */
  changeClient(record: SimRecord, change: Partial<Omit<SimClient, "id">>): void;
  remove(record: SimRecord): void;
  /** Pays what is open, or so much; "came" comes with it. */
  pay(record: SimRecord, how?: { readonly amount?: number; readonly isCash?: boolean }): void;
  paid(record: SimRecord): number;
};

/** @param actor whose time is read at each action */
export function createReception(actor: () => Actor): Reception {
  const { altegio } = actor();
  const location = (id = FIRST_LOCATION_ID): SimLocation => {
    const found = altegio.locations.get(id);
    if (found === undefined) throw new Error(`there is no location ${String(id)}`);
    return found;
  };
  function client(given: NewClient, locationId?: number): SimClient {
    const made: SimClient = {
      id: altegio.nextId++,
      name: given.name ?? "Client",
      surname: given.surname ?? "",
      phone: given.phone ?? "",
      email: given.email ?? "",
      categories: [...(given.categories ?? [])],
      visits: 0,
    };
    location(locationId).clients.set(made.id, made);
    return made;
  }
  return {
    location,
    client,
    book({ client: who, clientId = null, ...given }, locationId) {
      const id = who === undefined || who === null ? clientId : client(who, locationId).id;
      return createRecord(actor(), location(locationId), { ...given, clientId: id });
    },
    change(record, change) {
      changeRecord(actor(), { location: location(record.companyId), record }, change);
    },
    changeClient(record, change) {
      const place = location(record.companyId);
      Object.assign(place.clients.get(record.clientId ?? 0) ?? {}, change);
      changeRecord(actor(), { location: place, record }, {});
    },
    remove: (record) => deleteRecord(actor(), location(record.companyId), record),
    pay(record, { amount, isCash = true } = {}) {
      const place = location(record.companyId);
      const { visitId } = record;
      const accountId =
        place.accounts.find((one) => one.isCash === isCash && one.isDefault)?.id ?? 0;
      if (amount !== undefined)
        addPayment(
          actor(),
          { location: place, visitId },
          {
            amount,
            accountId,
            itemId: record.services[0]?.id ?? 0,
            recordId: record.id,
          },
        );
      editVisit(
        actor(),
        { location: place, visitId },
        {
          attendance: 1,
          comment: "",
          payments: [],
          deletedTransactions: [],
          restTo:
            amount === undefined && paidFor(place, visitId) < dueFor(place, visitId)
              ? accountId
              : undefined,
        },
      );
    },
    paid: (record) => paidFor(location(record.companyId), record.visitId),
  };
}
