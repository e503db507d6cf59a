/**
 * Everything that changes an appointment, a visit or money, and what Altegio's webhooks tell of it. One
 * action often makes several events. @source altegio, section 1.6
 */
import {
  dueFor,
  itemsOf,
  paidFor,
  paymentsOf,
  visitRecords,
  type SimAltegio,
  type SimItem,
  type SimLocation,
  type SimRecord,
  type SimTransaction,
} from "./state.ts";

export type SimEvent = {
  readonly location: SimLocation;
  readonly resource: "record" | "finances_operation" | "goods_operations_sale" | "client";
  readonly id: number;
  readonly status: "create" | "update" | "delete";
};

/** Who acts: `isApi` is the API's own user, whose webhooks `self_sending: 0` keeps back. */
export type Actor = {
  readonly altegio: SimAltegio;
  readonly nowMs: number;
  readonly isApi: boolean;
  readonly recordIds: "shared" | "by-location";
  readonly emit: (event: SimEvent, actor: { readonly isApi: boolean }) => void;
};

export type NewRecord = {
  readonly clientId: number | null;
  readonly staffId?: number;
  readonly services?: readonly SimItem[];
  readonly goods?: readonly SimItem[];
  readonly startsAt?: number;
  readonly lengthS?: number;
  readonly comment?: string;
  readonly attendance?: number;
  readonly online?: boolean;
  readonly apiId?: string;
  readonly customFields?: Record<string, unknown>;
  readonly customColor?: string;
  readonly labels?: readonly number[];
  /** Joins that visit. */
  readonly visitId?: number;
  readonly activityId?: number;
};

const FIRST_RECORD_ID = 596_792_980;

function nextRecordId(actor: Actor, location: SimLocation): number {
  const { nextRecordId: ids } = actor.altegio;
  const whose = actor.recordIds === "shared" ? 0 : location.id;
  const id = ids.get(whose) ?? FIRST_RECORD_ID;
  ids.set(whose, id + 1);
  return id;
}

const secondOf = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

export const serviceItem = (location: SimLocation, id: number): SimItem | undefined => {
  const service = location.services.get(id);
  return (
    service && {
      id,
      title: service.title,
      cost: service.price,
      firstCost: service.price,
      discount: 0,
      amount: 1,
    }
  );
};

export function createRecord(actor: Actor, location: SimLocation, given: NewRecord): SimRecord {
  const at = secondOf(actor.nowMs);
  const firstService = location.services.keys().next().value ?? 0;
  const service = serviceItem(location, firstService);
  const visitId = given.visitId ?? actor.altegio.nextId++;
  const record: SimRecord = {
    id: nextRecordId(actor, location),
    companyId: location.id,
    visitId,
    clientId: given.clientId,
    staffId: given.staffId ?? location.staff.keys().next().value ?? 0,
    services: [...(given.services ?? (service === undefined ? [] : [service]))],
    goods: [...(given.goods ?? [])],
    startsAt: given.startsAt ?? at + 86_400_000,
    lengthS: given.lengthS ?? 1_500,
    comment: given.comment ?? "",
    online: given.online ?? false,
    attendance: given.attendance ?? 0,
    deleted: false,
    createdAt: at,
    changedAt: at,
    apiId: given.apiId ?? "",
    customFields: given.customFields ?? {},
    customColor: given.customColor ?? "",
    labels: [...(given.labels ?? [])],
    activityId: given.activityId ?? 0,
    isUpdateBlocked: false,
    isBillPrinted: false,
    awaitsPayment: false,
  };
  location.records.set(record.id, record);
  if (!location.visits.has(visitId))
    location.visits.set(visitId, { id: visitId, attendance: record.attendance, comment: "" });
  actor.emit({ location, resource: "record", id: record.id, status: "create" }, actor);
  return record;
}

export type RecordChange = Partial<
  Pick<
    SimRecord,
    | "clientId"
    | "staffId"
    | "services"
    | "goods"
    | "startsAt"
    | "lengthS"
    | "comment"
    | "attendance"
    | "customFields"
    | "customColor"
    | "labels"
    | "apiId"
    | "isUpdateBlocked"
    | "isBillPrinted"
    | "awaitsPayment"
  >
>;

export function changeRecord(
  actor: Actor,
  { location, record }: { location: SimLocation; record: SimRecord },
  change: RecordChange,
): void {
  Object.assign(record, change);
  if (change.attendance !== undefined)
    spreadAttendance(location, record.visitId, change.attendance);
  touch(actor, location, record);
}

function touch(actor: Actor, location: SimLocation, record: SimRecord): void {
  record.changedAt = secondOf(actor.nowMs);
  actor.emit({ location, resource: "record", id: record.id, status: "update" }, actor);
}

function spreadAttendance(location: SimLocation, visitId: number, attendance: number): void {
  const visit = location.visits.get(visitId);
  if (visit !== undefined) visit.attendance = attendance;
  for (const record of visitRecords(location, visitId)) record.attendance = attendance;
}

export function deleteRecord(actor: Actor, location: SimLocation, record: SimRecord): void {
  record.deleted = true;
  record.changedAt = secondOf(actor.nowMs);
  actor.emit({ location, resource: "record", id: record.id, status: "delete" }, actor);
}

export type NewPayment = {
  readonly amount: number;
  readonly accountId: number;
  readonly itemId: number;
  readonly recordId: number;
};

export function addPayment(
  actor: Actor,
  { location, visitId }: { location: SimLocation; visitId: number },
  payment: NewPayment,
): SimTransaction {
  const record = location.records.get(payment.recordId);
  const transaction: SimTransaction = {
    id: actor.altegio.nextId++,
    companyId: location.id,
    at: secondOf(actor.nowMs),
    amount: payment.amount,
    accountId: payment.accountId,
    clientId: record?.clientId ?? 0,
    masterId: record?.staffId ?? 0,
    itemId: payment.itemId,
    recordId: payment.recordId,
    visitId,
    comment: "",
    deleted: false,
  };
  location.transactions.set(transaction.id, transaction);
  actor.emit(
    { location, resource: "finances_operation", id: transaction.id, status: "create" },
    actor,
  );
  return transaction;
}

export type VisitEdit = {
  readonly attendance: number;
  readonly comment: string;
  readonly payments: readonly NewPayment[];
  readonly deletedTransactions: readonly number[];
  /** The account that the rest is paid to. */
  readonly restTo: number | undefined;
};

/** The checkout: all of it, or nothing that Altegio would not do. */
export function editVisit(
  actor: Actor,
  { location, visitId }: { location: SimLocation; visitId: number },
  edit: VisitEdit,
): void {
  const visit = location.visits.get(visitId);
  if (visit === undefined) return;
  visit.comment = edit.comment;
  spreadAttendance(location, visitId, edit.attendance);
  for (const id of edit.deletedTransactions) {
    const transaction = location.transactions.get(id);
    if (transaction !== undefined) transaction.deleted = true;
  }
  for (const payment of edit.payments) addPayment(actor, { location, visitId }, payment);
  if (edit.restTo !== undefined) payRest(actor, { location, visitId }, edit.restTo);
  const records = visitRecords(location, visitId);
  for (const record of records) touch(actor, location, record);
  const sold = records.flatMap(({ goods }) => goods);
  for (const good of sold)
    actor.emit(
      { location, resource: "goods_operations_sale", id: good.id, status: "create" },
      actor,
    );
}

function payRest(
  actor: Actor,
  { location, visitId }: { location: SimLocation; visitId: number },
  accountId: number,
): void {
  let rest = Math.round((dueFor(location, visitId) - paidFor(location, visitId)) * 100);
  for (const record of visitRecords(location, visitId))
    for (const item of itemsOf(record)) {
      const paid = paymentsOf(location, visitId)
        .filter((one) => one.itemId === item.id && one.recordId === record.id)
        .reduce((sum, { amount }) => sum + Math.round(amount * 100), 0);
      const open = Math.min(rest, Math.round(item.cost * 100) - paid);
      if (open <= 0) continue;
      rest -= open;
      const payment = { amount: open / 100, accountId, itemId: item.id, recordId: record.id };
      addPayment(actor, { location, visitId }, payment);
    }
}
