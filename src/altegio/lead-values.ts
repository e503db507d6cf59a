/** What an appointment wants to see on its lead: values of fields and the price. Pure. */
import type { Named } from "./api/places.ts";
import type { Appointment } from "./appointment.ts";
import { priceOf } from "./appointment.ts";
import type { CrmField, FieldValue } from "./crm.ts";
import type { Payment } from "./payment.ts";
import type { AltegioSettings, FieldName } from "./settings.ts";
import { ALTEGIO_WORDS, attendanceWord, titlesOf } from "./words.ts";

/** A field of the account for a name of the map. */
export type MappedField = CrmField & { readonly as: FieldName };

export type ValueInput = {
  readonly appointment: Appointment;
  /** Undefined: not read, because nothing can have been paid. */
  readonly payment: Payment | undefined;
  readonly settings: AltegioSettings;
  readonly fields: readonly MappedField[];
  /** As far as they are known. */
  readonly categoryOf: (serviceId: string) => Named | undefined;
  /** By id. */
  readonly locationTitle: (locationId: string) => string;
};

/** By the id of the field; undefined: empty. The record ID is decided elsewhere. */
export function leadValues(input: ValueInput): ReadonlyMap<number, FieldValue | undefined> {
  return new Map(
    input.fields
      .filter(({ as }) => as !== "record_id")
      .map((field) => [field.id, fitting(valueOf(field.as, input), field.type)] as const),
  );
}

function valueOf(name: FieldName, input: ValueInput): string | number | undefined {
  const { appointment, payment, settings } = input;
  const words = ALTEGIO_WORDS[settings.language];
  const { client, startsAt } = appointment;
  switch (name) {
    case "record_id":
      return appointment.recordId;
    case "services":
      return titlesOf([...appointment.services, ...appointment.goods]);
    case "service_categories":
      return [...new Set(appointment.services.map(({ id }) => input.categoryOf(id)?.title ?? ""))]
        .filter((title) => title !== "")
        .join(", ");
    case "staff":
      return appointment.staff.name;
    case "location":
      return input.locationTitle(appointment.locationId);
    case "date":
      return startsAt === undefined ? undefined : Math.floor(startsAt / 1_000);
    case "length":
      return Math.round(appointment.lengthS / 60);
    case "labels":
      return appointment.labels.join(", ");
    case "client_tags":
      return client?.tags.join(", ");
    case "comment":
      return appointment.comment;
    case "attendance":
      return attendanceWord(appointment, words);
    case "visit_id":
      return appointment.visitId;
    case "link":
      return appointment.link;
    case "visits":
      return client?.visitCount;
    case "due":
      return payment?.due ?? priceOf(appointment);
    case "paid":
      return payment?.paid ?? 0;
    case "payment_status":
      return payment?.status ?? "not_paid";
    case "payment_type":
      return payment?.type;
    case "paid_at":
      return payment?.lastPaidAt === undefined ? undefined : Math.floor(payment.lastPaidAt / 1_000);
  }
}

const LONGEST_TEXT = 255;
const LONGEST_AREA = 4_000;

/** As a field of this type takes it. */
function fitting(value: string | number | undefined, type: string): FieldValue | undefined {
  if (value === undefined || value === "") return undefined;
  switch (type) {
    case "numeric":
    case "monetary":
      // Kommo's numbers are texts where they have a fraction.
      return typeof value === "number" && Number.isInteger(value) ? value : String(value);
    case "date":
    case "date_time":
      return typeof value === "number" ? value : undefined;
    case "checkbox":
      return true;
    case "textarea":
      return String(value).slice(0, LONGEST_AREA);
    default:
      return String(value).slice(0, LONGEST_TEXT);
  }
}

/** The budget, which is a whole number in Kommo; undefined: it is not ours. @source altegio, A6 */
export function leadPrice({
  appointment,
  payment,
  settings,
}: Pick<ValueInput, "appointment" | "payment" | "settings">): number | undefined {
  switch (settings.price) {
    case "cost":
      return Math.round(priceOf(appointment));
    case "paid":
      return Math.round(payment?.paid ?? 0);
    case "none":
      return undefined;
  }
}

/** One value as two spellings of it compare: Kommo tells numbers as texts and texts as numbers. */
export const isSameValue = (
  one: FieldValue | undefined,
  others: readonly FieldValue[] | undefined,
): boolean =>
  one === undefined
    ? (others ?? []).every((other) => String(other).trim() === "")
    : others?.length === 1 && String(others[0]) === String(one);
