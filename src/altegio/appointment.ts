/**
 * An appointment as Altegio tells it ("record"), read once at the door. Exports the type and the
 * codec `parseAppointment`.
 */
import type { EpochMs } from "../lib/clock.ts";
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { WireFields } from "./wire.ts";
import { amountOf, fieldsOf, idOf, isSet, listOf, textOf, timeOf } from "./wire.ts";

/** -1 did not come, 0 waited for, 1 came, 2 has confirmed. */
export type Attendance = -1 | 0 | 1 | 2;

/** Something sold: a service or a good. Sums in the location's currency, after discount. */
export type SoldItem = { readonly id: string; readonly title: string; readonly cost: number };

export type AltegioClient = {
  readonly id: string | undefined;
  readonly name: string;
  readonly phone: string;
  readonly email: string;
  readonly tags: readonly string[];
  readonly visitCount: number;
};

export type Appointment = {
  readonly locationId: string;
  readonly recordId: string;
  readonly visitId: string | undefined;
  readonly isDeleted: boolean;
  /** Of the group event that it is a place in; such a one has no time and staff of its own. */
  readonly eventId: string | undefined;
  readonly attendance: Attendance;
  /** Undefined where Altegio gave no time with an offset. */
  readonly startsAt: EpochMs | undefined;
  /** "2026-11-30 12:10" by the location's own clock, as people know it. */
  readonly localTime: string;
  readonly createdAt: EpochMs | undefined;
  readonly changedAt: EpochMs | undefined;
  readonly lengthS: number;
  readonly staff: { readonly id: string | undefined; readonly name: string };
  readonly services: readonly SoldItem[];
  readonly goods: readonly SoldItem[];
  readonly comment: string;
  readonly labels: readonly string[];
  /** What Altegio itself says; what was paid in all tells the visit. */
  readonly isPaidFull: boolean;
  readonly link: string;
  /** What the program that booked it wrote there; ours names the lead. */
  readonly apiId: string;
  readonly client: AltegioClient | null;
};

export type AppointmentFailure = { readonly hint: string };

/**
 * @param locationId where it was read; the record's own `company_id` may be absent
 * @returns a failure for what has no id; everything else has a reading for whatever is missing
 * @throws never
 * @source altegio, section 1.2
 */
export function parseAppointment(
  wire: unknown,
  locationId: string,
): Result<Appointment, AppointmentFailure> {
  const record = fieldsOf(wire);
  const recordId = idOf(record?.["id"]);
  if (record === undefined || recordId === undefined)
    return failed({ hint: "Altegio told an appointment without an id" });
  return succeeded({
    locationId,
    recordId,
    visitId: idOf(record["visit_id"]),
    isDeleted: isSet(record["deleted"]),
    eventId: idOf(record["activity_id"]),
    attendance: attendanceOf(record["attendance"]),
    startsAt: timeOf(record["datetime"]),
    localTime: localTimeOf(record["date"]) || localTimeOf(record["datetime"]),
    createdAt: timeOf(record["create_date"]),
    changedAt: timeOf(record["last_change_date"]),
    lengthS: amountOf(record["seance_length"] ?? record["length"]),
    staff: parseStaff(record["staff"], record["staff_id"]),
    services: listOf(record["services"]).map(parseItem),
    goods: listOf(record["goods_transactions"]).map(parseItem),
    comment: textOf(record["comment"]),
    labels: listOf(record["record_labels"]).map(({ title }) => textOf(title)),
    isPaidFull: isSet(record["paid_full"]),
    link: linkOf(record["short_link"]),
    apiId: textOf(record["api_id"]),
    client: parseClient(fieldsOf(record["client"])),
  });
}

/** Also 3 and the like are told by some; they mean nothing, so they are taken as "waited for". */
function attendanceOf(value: unknown): Attendance {
  switch (Number(textOf(value))) {
    case -1:
      return -1;
    case 1:
      return 1;
    case 2:
      return 2;
    default:
      return 0;
  }
}

function parseStaff(staff: unknown, staffId: unknown): Appointment["staff"] {
  const fields = fieldsOf(staff);
  return { id: idOf(fields?.["id"] ?? staffId), name: textOf(fields?.["name"]) };
}

/** A good's `cost` is what the client pays; its amount is negative, because it leaves the storage. */
const parseItem = (item: WireFields): SoldItem => ({
  id: textOf(item["id"]),
  title: textOf(item["title"]),
  cost: amountOf(item["cost"]),
});

function parseClient(client: WireFields | undefined): AltegioClient | null {
  if (client === undefined) return null;
  const display = textOf(client["display_name"]);
  const parts = [client["name"], client["surname"]].map(textOf).filter((part) => part !== "");
  return {
    id: idOf(client["id"]),
    name: parts.join(" ") || display,
    phone: textOf(client["phone"]),
    email: textOf(client["email"]),
    tags: listOf(client["client_tags"] ?? client["categories"]).map(({ title }) => textOf(title)),
    visitCount: amountOf(client["success_visits_count"]),
  };
}

const localTimeOf = (value: unknown): string => {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)/.exec(textOf(value)) ?? [];
  return day === undefined || time === undefined ? "" : `${day} ${time}`;
};

/** Only what a browser may open. */
const linkOf = (value: unknown): string => {
  const link = textOf(value);
  return /^https?:\/\/[^\s]+$/.test(link) ? link : "";
};

/** The sum of an appointment: services and goods, after discount. @source altegio, section 1.2 */
export const priceOf = ({ services, goods }: Appointment): number =>
  [...services, ...goods].reduce((sum, { cost }) => sum + cost, 0);

/** What is left of one that Altegio does not show any more. */
export const deletedAppointment = (known: {
  readonly locationId: string;
  readonly recordId: string;
  readonly visitId: string | undefined;
  readonly staffId: string | undefined;
}): Appointment => ({
  locationId: known.locationId,
  recordId: known.recordId,
  visitId: known.visitId,
  isDeleted: true,
  eventId: undefined,
  attendance: 0,
  startsAt: undefined,
  localTime: "",
  createdAt: undefined,
  changedAt: undefined,
  lengthS: 0,
  staff: { id: known.staffId, name: "" },
  services: [],
  goods: [],
  comment: "",
  labels: [],
  isPaidFull: false,
  link: "",
  apiId: "",
  client: null,
});
