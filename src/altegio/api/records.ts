/** Appointments of Altegio: lists by what has changed, one, and the changes of one. @source altegio, 1.2 */
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { parseAppointment, type Appointment } from "../appointment.ts";
import { amountOf, fieldsOf, isSet, listOf, textOf, type WireFields } from "../wire.ts";
import type { AltegioClient, AltegioRequest } from "./client.ts";
import { altegioFailure, type AltegioFailure } from "./failure.ts";

export type Ask = Pick<AltegioRequest, "urgency" | "signal">;
export type Answered<T> = Promise<Result<T, AltegioFailure>>;
export type RecordKey = { readonly locationId: string; readonly recordId: string };

/** @source altegio, section 1.1: 300 at most */
export const PAGE_SIZE = 300;

export type RecordPage = {
  readonly appointments: readonly Appointment[];
  /** Rows of the page, those that could not be read among them. */
  readonly rows: number;
  readonly total: number;
};

/** Deleted ones too: without `with_deleted` nobody would hear of a cancellation. */
export async function listAppointments(
  client: AltegioClient,
  list: {
    readonly locationId: string;
    readonly page: number;
    /** "changed_after" with a time, "start_date" with a day, "client_id" … */
    readonly filter: readonly (readonly [string, string])[];
  },
  ask: Ask,
): Answered<RecordPage> {
  const answer = await client.request({
    method: "GET",
    path: `/records/${list.locationId}`,
    query: [
      ...list.filter,
      ["with_deleted", "1"],
      ["page", String(list.page)],
      ["count", String(PAGE_SIZE)],
    ],
    ...ask,
  });
  if (!answer.ok) return answer;
  const rows = listOf(answer.value.data);
  const appointments = rows.flatMap((row) => {
    const read = parseAppointment(row, list.locationId);
    return read.ok ? [read.value] : [];
  });
  const total = amountOf(answer.value.meta["total_count"] ?? answer.value.meta["count"]);
  return succeeded({ appointments, rows: rows.length, total });
}

export type ReadRecord = {
  readonly appointment: Appointment;
  /** As Altegio has it: what a PUT must send back whole. */
  readonly wire: WireFields;
};

/** @returns "gone" for one that is not shown any more: it was deleted */
export async function readRecord(
  client: AltegioClient,
  { locationId, recordId }: RecordKey,
  ask: Ask,
): Answered<ReadRecord | "gone"> {
  const path = `/record/${locationId}/${recordId}`;
  const answer = await client.request({ method: "GET", path, ...ask });
  if (!answer.ok) return answer.failure.kind === "not-found" ? succeeded("gone" as const) : answer;
  const wire = fieldsOf(answer.value.data);
  const read = parseAppointment(wire, locationId);
  if (wire === undefined || !read.ok)
    return failed(altegioFailure("lost", "the appointment could not be read"));
  return succeeded({ appointment: read.value, wire });
}

export type RecordChange = {
  readonly attendance?: number;
  readonly datetime?: string;
  readonly staffId?: string;
  readonly lengthS?: number;
  readonly isBusyAllowed?: boolean;
};

/**
 * Changes one: PUT knows no parts, so everything that was read goes back with it.
 * @param read just now
 */
export async function changeRecord(
  client: AltegioClient,
  { key, read }: { readonly key: RecordKey; readonly read: ReadRecord },
  { change, ask }: { readonly change: RecordChange; readonly ask: Ask },
): Answered<undefined> {
  const { wire } = read;
  const staff = fieldsOf(wire["staff"]);
  const eventId = amountOf(wire["activity_id"]);
  const client_ = clientBody(fieldsOf(wire["client"]));
  const standard = {
    staff_id: Number(change.staffId ?? textOf(staff?.["id"] ?? wire["staff_id"])),
    services: listOf(wire["services"]).map(serviceBody),
    datetime: change.datetime ?? textOf(wire["datetime"]),
    seance_length: change.lengthS ?? amountOf(wire["seance_length"]),
    save_if_busy: change.isBusyAllowed ?? true,
  };
  const fields = fieldsOf(wire["custom_fields"]);
  const answer = await client.request({
    method: "PUT",
    path: `/record/${key.locationId}/${key.recordId}`,
    body: {
      ...(eventId > 0 ? { activity_id: eventId } : standard),
      client: client_,
      comment: textOf(wire["comment"]),
      attendance: change.attendance ?? amountOf(wire["attendance"]),
      record_labels: listOf(wire["record_labels"]).map(({ id }) => amountOf(id)),
      api_id: textOf(wire["api_id"]),
      custom_color: textOf(wire["custom_color"]),
      ...(fields === undefined ? {} : { custom_fields: fields }),
    },
    ...ask,
  });
  return answer.ok ? succeeded(undefined) : answer;
}

function clientBody(client: WireFields | undefined): object | null {
  if (client === undefined) return null;
  const phone = textOf(client["phone"]);
  return {
    id: amountOf(client["id"]),
    name: textOf(client["name"]),
    surname: textOf(client["surname"]),
    email: textOf(client["email"]),
    // A number without a plus is how some methods tell it; a masked one must not be written back.
    ...(phone === "" || /[*•]/.test(phone) ? {} : { phone }),
  };
}

const serviceBody = (service: WireFields): object => ({
  id: amountOf(service["id"]),
  first_cost: amountOf(service["first_cost"]),
  discount: amountOf(service["discount"]),
  cost: amountOf(service["cost"]),
  amount: amountOf(service["amount"]) || 1,
});

export type NewRecord = {
  readonly locationId: string;
  readonly staffId: string;
  readonly serviceIds: readonly string[];
  readonly client: { readonly name: string; readonly phone: string; readonly email: string };
  /** ISO with an offset, as the free times name it. */
  readonly datetime: string;
  readonly lengthS: number;
  readonly comment: string;
  /** Ours: tells a repeat from a second booking, and ties the appointment to its lead. */
  readonly apiId: string;
  readonly looks: BookingLooks;
};

/** How an appointment stands in Altegio's journal. */
export type BookingLooks = {
  /** "f44336"; undefined: as any other. */
  readonly color?: string;
  /** Ids of appointment categories. */
  readonly labels: readonly number[];
};

export async function createRecord(
  client: AltegioClient,
  record: NewRecord,
  ask: Ask,
): Answered<Appointment> {
  const { color, labels } = record.looks;
  const answer = await client.request({
    method: "POST",
    path: `/records/${record.locationId}`,
    body: {
      staff_id: Number(record.staffId),
      services: record.serviceIds.map((id) => ({ id: Number(id) })),
      client: record.client,
      datetime: record.datetime,
      seance_length: record.lengthS,
      save_if_busy: false,
      send_sms: true,
      comment: record.comment,
      api_id: record.apiId,
      ...(color === undefined ? {} : { custom_color: color }),
      ...(labels.length === 0 ? {} : { record_labels: labels }),
    },
    ...ask,
  });
  if (!answer.ok) return answer;
  const [first] = Array.isArray(answer.value.data)
    ? (answer.value.data as unknown[])
    : [answer.value.data];
  const read = parseAppointment(first, record.locationId);
  return read.ok ? read : failed(altegioFailure("lost", "the new appointment could not be read"));
}

export async function deleteRecord(
  client: AltegioClient,
  { locationId, recordId }: RecordKey,
  ask: Ask,
): Answered<undefined> {
  const path = `/record/${locationId}/${recordId}`;
  const answer = await client.request({ method: "DELETE", path, ...ask });
  if (answer.ok || answer.failure.kind === "not-found") return succeeded(undefined);
  return answer;
}

export const isUpdateBlocked = ({ wire }: ReadRecord): boolean => isSet(wire["is_update_blocked"]);
