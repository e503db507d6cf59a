/** Appointments: list, one, create, edit, delete. @source altegio, section 1.2 */
import type { Answer } from "../../kommo/wire/answer.ts";
import {
  anyNumber,
  filledText,
  flag,
  integer,
  listOf,
  nullable,
  object,
  oneOf,
  text,
  type Passed,
  type Rule,
} from "../../kommo/wire/rule.ts";
import { changeRecord, createRecord, deleteRecord, serviceItem } from "../changes.ts";
import {
  checked,
  mayWrite,
  NOT_FOUND,
  pageOf,
  refused,
  route,
  told,
  withLocation,
  withRecord,
  type AltegioExchange,
  type AltegioRoute,
} from "../exchange.ts";
import { isPaidFull, type SimItem, type SimLocation, type SimRecord } from "../state.ts";
import { naiveTime, shortRecord, shownRecord } from "../wire-shapes.ts";

const MOST_RECORDS = 300;

function list(exchange: AltegioExchange): Answer {
  return withLocation(exchange, (location, style) => {
    const { query } = exchange;
    const number = (name: string): number | undefined =>
      query.has(name) ? Number(query.get(name)) : undefined;
    const time = (name: string): number | undefined =>
      query.has(name) ? Date.parse(query.get(name) ?? "") : undefined;
    const [staff, client] = [number("staff_id"), number("client_id")];
    const [after, before] = [time("changed_after"), time("changed_before")];
    if (Number.isNaN(after) || Number.isNaN(before))
      return refused(422, "The data is not valid.", { changed_after: ["Not a date."] });
    const days = (name: string, at: number): boolean =>
      (query.get(`${name}start_date`) ?? "") <= naiveTime(at, location).slice(0, 10) &&
      naiveTime(at, location).slice(0, 10) <= (query.get(`${name}end_date`) ?? "9999");
    const found = [...location.records.values()].filter(
      (one) =>
        (!one.deleted || query.get("with_deleted") === "1") &&
        (staff === undefined || one.staffId === staff) &&
        (client === undefined || one.clientId === client) &&
        (after === undefined || one.changedAt >= after) &&
        (before === undefined || one.changedAt <= before) &&
        days("", one.startsAt) &&
        days("c_", one.createdAt),
    );
    const page = pageOf(exchange, found, { most: MOST_RECORDS });
    if (page === undefined) return refused(422, "The data is not valid.", { count: ["Too many."] });
    return told(
      page.map((one) => shownRecord(one, style)),
      { page: Number(query.get("page") ?? 1), total_count: found.length },
    );
  });
}

const service = object(
  { id: integer },
  { cost: anyNumber, first_cost: anyNumber, discount: anyNumber, amount: integer, title: text },
);
const client = nullable(
  object(
    {},
    { id: integer, phone: text, name: text, surname: text, email: text, patronymic: text },
  ),
);
const anyFields: Rule<Record<string, unknown>> = { check: () => undefined };
const optional = {
  save_if_busy: flag,
  send_sms: flag,
  comment: text,
  sms_remain_hours: integer,
  email_remain_hours: integer,
  api_id: text,
  attendance: oneOf(-1, 0, 1, 2),
  custom_color: text,
  record_labels: listOf(integer),
  custom_fields: anyFields,
  technical_break_duration: nullable(integer),
};
const standard = {
  staff_id: integer,
  services: listOf(service),
  client,
  datetime: filledText,
  seance_length: integer,
};
const newRecord = object(standard, { ...optional, activity_id: integer });
const ofEvent = object({ activity_id: integer, client }, optional);
type Written = Passed<typeof newRecord>;

function itemsFrom(location: SimLocation, written: Written["services"]): SimItem[] | undefined {
  const items = written.map((one): SimItem | undefined => {
    const known = serviceItem(location, one.id);
    if (known === undefined) return undefined;
    const firstCost = one.first_cost ?? known.firstCost;
    const discount = one.discount ?? 0;
    const cost = one.cost ?? Math.round(firstCost * (100 - discount)) / 100;
    return { ...known, cost, firstCost, discount, amount: one.amount ?? 1 };
  });
  return items.includes(undefined) ? undefined : (items as SimItem[]);
}

function clientFrom(
  exchange: AltegioExchange,
  location: SimLocation,
  written: Written["client"],
): number | null {
  if (written === null) return null;
  const digits = (written.phone ?? "").replace(/\D/g, "");
  const known =
    location.clients.get(written.id ?? 0) ??
    location.clients.values().find(({ phone }) => digits !== "" && phone === `+${digits}`);
  if (known !== undefined) return known.id;
  if (digits === "" && (written.name ?? "") === "") return null;
  const id = exchange.altegio.nextId++;
  const { name = "", surname = "", email = "" } = written;
  const phone = digits === "" ? "" : `+${digits}`;
  location.clients.set(id, { id, name, surname, phone, email, categories: [], visits: 0 });
  return id;
}

export const isBusy = (
  location: SimLocation,
  wanted: { readonly staffId: number; readonly startsAt: number; readonly lengthS: number },
  except?: SimRecord,
): boolean =>
  location.records
    .values()
    .some(
      (one) =>
        one !== except &&
        !one.deleted &&
        one.staffId === wanted.staffId &&
        one.startsAt < wanted.startsAt + wanted.lengthS * 1_000 &&
        wanted.startsAt < one.startsAt + one.lengthS * 1_000,
    );

const create = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location, style) =>
    checked(exchange, newRecord, (written) => {
      const services = itemsFrom(location, written.services);
      const startsAt = Date.parse(written.datetime);
      if (services === undefined || !location.staff.has(written.staff_id)) return NOT_FOUND;
      if (Number.isNaN(startsAt))
        return refused(422, "The data is not valid.", { datetime: ["Not a date."] });
      const wanted = { staffId: written.staff_id, startsAt, lengthS: written.seance_length };
      if (written.save_if_busy !== true && isBusy(location, wanted))
        return refused(409, "The time is busy.");
      const record = createRecord(exchange.actor, location, {
        ...wanted,
        services,
        clientId: clientFrom(exchange, location, written.client),
        comment: written.comment ?? "",
        attendance: written.attendance ?? 0,
        apiId: written.api_id ?? "",
        labels: written.record_labels ?? [],
        customColor: written.custom_color ?? "",
        customFields: written.custom_fields ?? {},
      });
      return told(shownRecord(record, style), [], 201);
    }),
  );

/** What the user may not change, whatever stands in the body. @source altegio, section 1.2 */
function editRefusal(record: SimRecord): Answer | undefined {
  if (record.isUpdateBlocked) return refused(403, "The appointment is blocked for editing.");
  if (record.awaitsPayment) return refused(403, "The appointment waits for its online payment.");
  return record.deleted ? NOT_FOUND : undefined;
}

function edit(exchange: AltegioExchange): Answer {
  return withRecord(exchange, (record, style) => {
    const { location } = style;
    const refusal = editRefusal(record);
    if (refusal !== undefined) return refusal;
    if (record.activityId !== 0)
      return checked(exchange, ofEvent, (written) => {
        if (written.activity_id !== record.activityId)
          return refused(422, "The data is not valid.", { activity_id: ["Another event."] });
        changeRecord(exchange.actor, { location, record }, given(written));
        return told(shortRecord(record, style), [], 201);
      });
    return checked(exchange, newRecord, (written) => {
      const services = itemsFrom(location, written.services);
      const startsAt = Date.parse(written.datetime);
      if (services === undefined || Number.isNaN(startsAt) || !location.staff.has(written.staff_id))
        return NOT_FOUND;
      const clientId = clientFrom(exchange, location, written.client);
      const wanted = { staffId: written.staff_id, startsAt, lengthS: written.seance_length };
      const isMoved = startsAt !== record.startsAt || wanted.staffId !== record.staffId;
      const isPrintedKept =
        !isMoved && clientId === record.clientId && (written.attendance ?? 0) === record.attendance;
      if (record.isBillPrinted && !isPrintedKept)
        return refused(403, "The receipt is printed: date, client and attendance stay.");
      if (isMoved && isPaidFull(location, record.visitId))
        return refused(403, "The appointment is paid.");
      if (isMoved && written.save_if_busy !== true && isBusy(location, wanted, record))
        return refused(409, "The time is busy.");
      changeRecord(
        exchange.actor,
        { location, record },
        { ...given(written), ...wanted, services, clientId },
      );
      return told(shortRecord(record, style), [], 201);
    });
  });
}

type Given = Passed<typeof ofEvent>;

/** What is left out of a PUT that knows no parts goes back to its default. */
const given = (written: Pick<Given, keyof typeof optional>) => ({
  comment: written.comment ?? "",
  attendance: written.attendance ?? 0,
  labels: written.record_labels ?? [],
  ...(written.custom_fields === undefined ? {} : { customFields: written.custom_fields }),
  ...(written.custom_color === undefined ? {} : { customColor: written.custom_color }),
  ...(written.api_id === undefined ? {} : { apiId: written.api_id }),
});

function remove(exchange: AltegioExchange): Answer {
  return withRecord(exchange, (record, { location }) => {
    const refusal = editRefusal(record);
    if (refusal !== undefined) return refusal;
    deleteRecord(exchange.actor, location, record);
    return { status: 204 };
  });
}

export const recordRoutes: readonly AltegioRoute[] = [
  route("GET", "/records/:location", list),
  route("POST", "/records/:location", mayWrite(create)),
  route("GET", "/record/:location/:record", (exchange) =>
    withRecord(exchange, (record, style) => told(shownRecord(record, style))),
  ),
  route("PUT", "/record/:location/:record", mayWrite(edit)),
  route("DELETE", "/record/:location/:record", mayWrite(remove)),
];
