/**
 * What the Altegio panel of the widget and the daemon say to each other, below `/v1/widget/altegio`. Types
 * only. Reading needs a ticket, acting a one-time token (a fresh one each time) or an API key; origins,
 * refusals and limits are those of widget-contract.ts. Texts from cards and Altegio are data, to be shown
 * as text. Ids of Altegio are texts, times Unix seconds unless said otherwise.
 */
import type { CheckoutRefusal } from "../altegio/checkout-refusal.ts";

/**
 * GET …/leads/{lead}: the client's appointments, those that are tied to the lead first.
 * GET …/find?phone=&lead=: those of whoever has this number, in all locations.
 */
export type LeadAppointments = { readonly appointments: readonly PanelAppointment[] };

export type PanelAppointment = {
  readonly location_id: string;
  /** Its title. */
  readonly location: string;
  readonly record_id: string;
  /** The lead that it is tied to. */
  readonly lead: number | null;
  /** To the lead that was asked for. */
  readonly is_linked: boolean;
  readonly is_deleted: boolean;
  /** A place in a group event: it cannot be moved. */
  readonly is_event: boolean;
  readonly client: string;
  readonly starts_at: number | null;
  /** "2026-11-30 12:10" by the location's own clock. */
  readonly local_time: string;
  readonly length_seconds: number;
  readonly staff_id: string | null;
  readonly staff: string;
  readonly service_ids: readonly string[];
  readonly services: readonly string[];
  readonly cost: number;
  /** Its sign, as the location writes it: "$"; "" where it is not known. */
  readonly currency: string;
  readonly is_paid: boolean;
  /** -1 did not come, 0 waiting, 1 came, 2 confirmed. */
  readonly attendance: -1 | 0 | 1 | 2;
  readonly comment: string;
};

/** GET …/bill?location=&record= */
export type PanelBill = {
  readonly items: readonly {
    readonly title: string;
    readonly cost: number;
    readonly paid: number;
  }[];
  readonly due: number;
  readonly paid: number;
  readonly accounts: readonly {
    readonly id: string;
    readonly title: string;
    readonly is_cash: boolean;
    readonly is_default: boolean;
  }[];
};

/** GET …/place?location= (without it, the locations alone). */
export type PanelPlace = {
  readonly locations: readonly {
    readonly id: string;
    readonly title: string;
    readonly currency: string;
  }[];
  readonly staff: readonly { readonly id: string; readonly title: string }[];
  readonly services: readonly {
    readonly id: string;
    readonly title: string;
    readonly price: number;
    readonly length_seconds: number;
  }[];
};

/** GET …/times?location=&staff=&day=2026-11-30&services=1,2 */
export type PanelTimes = {
  /** `datetime` goes back as it came. */
  readonly times: readonly {
    readonly time: string;
    readonly datetime: string;
    readonly length_seconds: number;
  }[];
};

/**
 * POST …/link: ties an appointment to the lead by its record ID, and takes it off any other lead. → 200 Done.
 * 409 lead_taken: the lead carries another appointment, which `replace` unties.
 */
export type LinkRequest = {
  readonly lead: number;
  readonly record_id: string;
  readonly location_id?: string;
  readonly replace?: boolean;
};

/**
 * POST …/checkout with `Idempotency-Key` (16 to 64 letters, digits, - and _): the same one is the same
 * checkout, however often it is sent. → 202 CheckoutAnswer; then GET …/checkouts/{key}, by ticket.
 */
export type CheckoutRequest = {
  readonly lead: number;
  readonly location_id: string;
  readonly record_id: string;
  readonly method: "cash" | "cashless";
  readonly account_id?: string;
  /** Else all that is open. */
  readonly amount?: number;
  /** What stood open on the bill that was looked at: with another sum by now, nothing is paid. */
  readonly open?: number;
};

export type CheckoutAnswer = {
  readonly state: "waiting" | "sending" | "done" | "refused";
  readonly outcome: "checked-out" | "paid-already" | "refused" | null;
  /** Of "refused". */
  readonly code: CheckoutRefusal | null;
  /** "4000 cash", or why not. */
  readonly detail: string;
};

/** POST …/book → 200 Booked. `comment` may be absent. */
export type BookRequest = {
  readonly lead: number;
  readonly location_id: string;
  readonly staff_id: string;
  readonly service_ids: readonly string[];
  readonly datetime: string;
  readonly length_seconds: number;
  readonly comment?: string;
};
export type Booked = {
  readonly record_id: string;
  /** false: the lead has another appointment, and this one gets a lead as any other does. */
  readonly is_tied: boolean;
};

/** POST …/move → 200 Done */
export type MoveRequest = {
  readonly location_id: string;
  readonly record_id: string;
  readonly datetime: string;
  readonly staff_id?: string;
};

/** POST …/cancel → 200 Done */
export type CancelRequest = { readonly location_id: string; readonly record_id: string };

export type Done = { readonly done: true };

/** Beside those of widget-contract.ts. */
export type PanelRefusalCode =
  /** 409: the time is taken meanwhile. */
  | "time_busy"
  /** 409: another appointment is on this lead. */
  | "lead_taken"
  /** 409: a place in a group event is moved in Altegio itself. */
  | "event_appointment"
  /** 502: Altegio's own words stand in `reason`. */
  | "altegio_refused"
  /** 503 */
  | "altegio_unavailable"
  | "kommo_unavailable";
