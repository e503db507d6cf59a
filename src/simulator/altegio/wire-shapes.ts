/**
 * How appointments, visits and money are told, with all the spellings of one thing that Altegio has.
 * @source altegio, sections 1.2 to 1.4
 */
import {
  itemsOf,
  isPaidFull,
  paymentsOf,
  visitRecords,
  type SimClient,
  type SimItem,
  type SimLocation,
  type SimRecord,
  type SimTransaction,
} from "./state.ts";
import type { AltegioSwitches } from "./switches.ts";

export type Style = {
  readonly location: SimLocation;
  readonly switches: Readonly<AltegioSwitches>;
};

const two = (n: number): string => String(n).padStart(2, "0");

function localParts(at: number, { offsetMinutes }: SimLocation): { day: string; time: string } {
  const local = new Date(at + offsetMinutes * 60_000).toISOString();
  return { day: local.slice(0, 10), time: local.slice(11, 19) };
}

function offsetOf({ offsetMinutes }: SimLocation, colon: boolean): string {
  const minutes = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? "-" : "+";
  return `${sign}${two(Math.floor(minutes / 60))}${colon ? ":" : ""}${two(minutes % 60)}`;
}

/** "2025-07-13 12:10:00", without an offset. */
export function naiveTime(at: number, location: SimLocation): string {
  const { day, time } = localParts(at, location);
  return `${day} ${time}`;
}

export function isoTime(at: number, location: SimLocation): string {
  const { day, time } = localParts(at, location);
  return `${day}T${time}${offsetOf(location, true)}`;
}

/** As `create_date` and `last_change_date` are spelt. */
function changeTime(at: number, { location, switches }: Style): string {
  const { day, time } = localParts(at, location);
  const fraction = switches.offsets === "millis" ? ".000" : "";
  return `${day}T${time}${fraction}${offsetOf(location, switches.offsets !== "plain")}`;
}

const flagOf = (value: boolean, style: Style, usual: "number" | "boolean"): number | boolean => {
  const as =
    style.switches.flags === "mixed"
      ? usual
      : style.switches.flags === "numbers"
        ? "number"
        : "boolean";
  return as === "number" ? Number(value) : value;
};

export function shownPhone(phone: string, { switches }: Style): string | number {
  if (!switches.seesPhones) return "";
  switch (switches.phones) {
    case "text":
      return phone;
    case "number":
      return phone === "" ? "" : Number(phone.replace(/\D/g, ""));
    case "masked":
      return phone === "" ? "" : `${phone.slice(0, 4)}***${phone.slice(-2)}`;
    case "empty":
      return "";
  }
}

const shownItem = (item: SimItem): object => ({
  id: item.id,
  title: item.title,
  cost: item.cost,
  cost_to_pay: item.cost,
  manual_cost: item.cost,
  cost_per_unit: item.cost / Math.max(1, Math.abs(item.amount)),
  discount: item.discount,
  first_cost: item.firstCost,
  amount: item.amount,
});

export const shownClient = (client: SimClient, style: Style): object => ({
  id: client.id,
  name: client.name,
  surname: client.surname,
  patronymic: "",
  display_name: `${client.name} ${client.surname}`.trim(),
  comment: "",
  phone: shownPhone(client.phone, style),
  card: "",
  email: client.email,
  success_visits_count: client.visits,
  fail_visits_count: 0,
  discount: 0,
  custom_fields: [],
  sex: 0,
  birthday: "",
  client_tags: client.categories.map((title, index) => ({ id: index + 1, title, color: "000" })),
});

export function shownRecord(record: SimRecord, style: Style): Record<string, unknown> {
  const { location, switches } = style;
  const staff = location.staff.get(record.staffId);
  const client = record.clientId === null ? undefined : location.clients.get(record.clientId);
  const visit = location.visits.get(record.visitId);
  const hasFields = Object.keys(record.customFields).length > 0;
  return {
    id: record.id,
    company_id: record.companyId,
    staff_id: record.staffId,
    clients_count: client === undefined ? 0 : 1,
    date: naiveTime(record.startsAt, location),
    datetime: isoTime(record.startsAt, location),
    create_date: changeTime(record.createdAt, style),
    last_change_date: changeTime(record.changedAt, style),
    comment: record.comment,
    online: flagOf(record.online, style, "boolean"),
    visit_id: record.visitId,
    visit_attendance: visit?.attendance ?? 0,
    attendance: record.attendance,
    confirmed: Number(record.attendance > 0),
    seance_length: record.lengthS,
    length: record.lengthS,
    api_id: record.apiId,
    created_user_id: 12_795_431,
    deleted: flagOf(record.deleted, style, "boolean"),
    paid_full: flagOf(isPaidFull(location, record.visitId), style, "number"),
    prepaid: flagOf(false, style, "boolean"),
    prepaid_confirmed: flagOf(false, style, "boolean"),
    is_update_blocked: flagOf(record.isUpdateBlocked, style, "boolean"),
    activity_id: record.activityId,
    services: record.services.map(shownItem),
    staff:
      staff === undefined
        ? []
        : { ...staff, api_id: null, position: { id: 122_084, title: staff.specialization } },
    goods_transactions: record.goods.map(shownItem),
    client: client === undefined ? null : shownClient(client, style),
    custom_fields: hasFields ? record.customFields : switches.emptyFields === "list" ? [] : {},
    custom_color: record.customColor,
    record_labels: record.labels.map((id) => ({
      ...location.labels.find((label) => label.id === id),
      icon: "",
      font_color: "#fff",
    })),
    documents: [
      {
        id: record.visitId + 1,
        type_id: 7,
        type_title: "Visit",
        company_id: record.companyId,
        visit_id: record.visitId,
        record_id: record.id,
        is_sale_bill_printed: flagOf(record.isBillPrinted, style, "boolean"),
      },
    ],
    short_link: `http://127.0.0.1/c/${record.companyId}/${record.id}/`,
    composite: [],
  };
}

/** The answer to a PUT of an appointment: shorter, without attendance and the time of the change. */
export function shortRecord(record: SimRecord, style: Style): object {
  const {
    attendance: _attendance,
    last_change_date: _changed,
    visit_attendance: _visit,
    ...short
  } = shownRecord(record, style);
  return short;
}

/** As GET /visits tells it: numbers where others tell booleans and texts. */
export function shownVisit(visitId: number, style: Style): object {
  const { location } = style;
  const visit = location.visits.get(visitId);
  const records = visitRecords(location, visitId);
  const numeric: Style = { ...style, switches: { ...style.switches, flags: "numbers" } };
  return {
    attendance: visit?.attendance ?? 0,
    datetime: isoTime(records[0]?.startsAt ?? 0, location),
    comment: visit?.comment === "" ? 0 : visit?.comment,
    records: records.map((record) => ({
      ...shownRecord(record, {
        ...numeric,
        switches: { ...numeric.switches, phones: "number", emptyFields: "object" },
      }),
      comment: record.comment === "" ? 0 : record.comment,
      api_id: record.apiId === "" ? "0" : record.apiId,
    })),
  };
}

export function shownTransaction(one: SimTransaction, style: Style): object {
  const { location } = style;
  const account = location.accounts.find(({ id }) => id === one.accountId);
  const client = location.clients.get(one.clientId);
  const master = location.staff.get(one.masterId);
  return {
    id: one.id,
    document_id: one.visitId + 1,
    date: isoTime(one.at, location).replace(/(T\d\d:\d\d:\d\d)/, "$1.000"),
    type_id: 5,
    expense_id: 5,
    account_id: one.accountId,
    amount: one.amount,
    client_id: one.clientId,
    master_id: one.masterId,
    supplier_id: 0,
    comment: one.comment,
    item_id: one.itemId,
    target_type_id: 1,
    record_id: one.recordId,
    goods_transaction_id: 0,
    expense: { id: 5, title: "Provision of services" },
    account:
      account === undefined
        ? []
        : {
            id: account.id,
            title: account.title,
            is_cash: account.isCash,
            is_default: account.isDefault,
          },
    client:
      client === undefined
        ? []
        : { id: client.id, name: client.name, phone: shownPhone(client.phone, style) },
    master: master === undefined ? [] : { id: master.id, name: master.name },
    supplier: [],
  };
}

/** GET /visit/details: the accounts are told by id and title alone. */
export function shownDetails(visitId: number, style: Style): object {
  const { location } = style;
  return {
    payment_transactions: paymentsOf(location, visitId).map((one) => {
      const account = location.accounts.find(({ id }) => id === one.accountId);
      return {
        ...shownTransaction(one, style),
        account: account === undefined ? [] : { id: account.id, title: account.title },
      };
    }),
    loyalty_transactions: location.loyalty
      .filter((one) => one.visitId === visitId)
      .map(({ id, amount }) => ({
        id,
        status_id: 1,
        amount: -amount,
        type_id: 2,
        is_discount: false,
        is_loyalty_withdraw: true,
        type: { id: 2, title: "Loyalty programs" },
      })),
    kkm_transaction_details_container: { last_operation_type: 0, transactions: [] },
    items: visitRecords(location, visitId).flatMap((record) =>
      itemsOf(record).map((item, index) => {
        const isService = index < record.services.length;
        return {
          id: 0,
          item_id: item.id,
          item_type_id: isService ? 1 : 2,
          record_id: record.id,
          item_title: item.title,
          amount: item.amount,
          first_cost: item.firstCost,
          manual_cost: item.cost,
          discount: item.discount,
          cost: item.cost,
          master_id: record.staffId,
          good_id: isService ? 0 : item.id,
          service_id: isService ? item.id : 0,
          event_id: 0,
          is_service: isService,
          is_event: false,
          is_good: !isService,
        };
      }),
    ),
  };
}
