/** What the administrator has chosen for appointments, as the rest of the room works with it. */
import type { BookingLooks } from "./api/records.ts";
import type { Attendance } from "./appointment.ts";
import type { MatchSettings } from "./lead-choice.ts";
import type { StageRule } from "./stage.ts";

/** What of an appointment can stand in a field of the lead, and the type that `altegio setup` makes. */
export const FIELD_TYPES = {
  record_id: "text",
  services: "text",
  service_categories: "text",
  staff: "text",
  location: "text",
  date: "date_time",
  length: "numeric",
  labels: "text",
  client_tags: "text",
  comment: "text",
  attendance: "text",
  visit_id: "text",
  link: "url",
  visits: "numeric",
  due: "numeric",
  paid: "numeric",
  payment_status: "text",
  payment_type: "text",
  paid_at: "date_time",
} as const;
export type FieldName = keyof typeof FIELD_TYPES;

export const PAYMENT_FIELDS: readonly FieldName[] = [
  "due",
  "paid",
  "payment_status",
  "payment_type",
  "paid_at",
];

export type NoteKind = "booked" | "changed" | "cancelled" | "paid";

export type StageOf = { readonly pipelineId: number; readonly statusId: number };

export type AltegioSettings = {
  readonly locations: readonly string[];
  readonly match: MatchSettings;
  readonly newLead: {
    readonly name: string;
    readonly tags: readonly string[];
    readonly place: { readonly pipelineId?: number; readonly statusId?: number };
    readonly placeOf: ReadonlyMap<
      string,
      { readonly pipelineId: number; readonly statusId?: number }
    >;
  };
  readonly stages: readonly StageRule[];
  readonly allowBackward: boolean;
  /** By name: the id of the field, or its name in Kommo. */
  readonly fields: ReadonlyMap<FieldName, number | string>;
  readonly price: "cost" | "paid" | "none";
  readonly userOfStaff: ReadonlyMap<string, number>;
  readonly overwritesContact: boolean;
  readonly clearsRecordId: boolean;
  /** Of appointments that are booked on a lead card. */
  readonly booking: BookingLooks;
  readonly notes: ReadonlySet<NoteKind>;
  readonly task:
    { readonly text: string; readonly minutesBefore: number; readonly typeId: number } | undefined;
  readonly attendanceByStage: readonly (StageOf & { readonly attendance: Attendance })[];
  readonly checkoutByStage: readonly (StageOf & {
    readonly method: "cash" | "cashless";
    readonly accountId?: string;
  })[];
  readonly language: "en" | "es" | "pt" | "ru";
  readonly pollMs: number;
  /** Appointments from this day on are taken up at the first start: "2026-11-30", "today" or "never". */
  readonly fillFrom: string;
};

/** Whether the categories of services have to be known. */
export const wantsCategories = ({ fields, stages }: AltegioSettings): boolean =>
  fields.has("service_categories") || stages.some(({ categories }) => categories !== undefined);

/** Whether what was paid has to be read at all. */
export const wantsPayments = ({ fields, price, stages }: AltegioSettings): boolean =>
  price === "paid" ||
  PAYMENT_FIELDS.some((name) => fields.has(name)) ||
  stages.some(({ paidFull }) => paidFull !== undefined);
