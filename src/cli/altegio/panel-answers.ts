/** How the panel on a lead card is told of appointments, and why something was not done. Pure. */
import { tellAltegioFailure, type AltegioFailure } from "../../altegio/api/failure.ts";
import type { Location } from "../../altegio/api/places.ts";
import { priceOf, type Appointment } from "../../altegio/appointment.ts";
import { recordName } from "../../altegio/rows.ts";
import type { PanelAppointment } from "../../http/altegio-contract.ts";
import type { PanelFailure } from "../../http/altegio-panel.ts";

export type ShownFor = {
  /** The lead whose card it is; undefined: none. */
  readonly lead: number | undefined;
  /** By `recordName`: the leads that appointments are tied to. */
  readonly leads: ReadonlyMap<string, number>;
  /** Undefined: nothing is known of it. */
  readonly locationOf: (locationId: string) => Location | undefined;
};

export function shownAppointment(one: Appointment, given: ShownFor): PanelAppointment {
  const location = given.locationOf(one.locationId);
  const lead = given.leads.get(recordName(one));
  return {
    location_id: one.locationId,
    location: location?.title ?? one.locationId,
    record_id: one.recordId,
    lead: lead ?? null,
    is_linked: lead !== undefined && lead === given.lead,
    is_deleted: one.isDeleted,
    is_event: one.eventId !== undefined,
    client: one.client?.name ?? "",
    starts_at: one.startsAt === undefined ? null : Math.floor(one.startsAt / 1_000),
    local_time: one.localTime,
    length_seconds: one.lengthS,
    staff_id: one.staff.id ?? null,
    staff: one.staff.name,
    service_ids: one.services.map(({ id }) => id),
    services: one.services.map(({ title }) => title),
    cost: priceOf(one),
    currency: location?.currency ?? "",
    is_paid: one.isPaidFull,
    attendance: one.attendance,
    comment: one.comment,
  };
}

/** Those of the lead first, then the newest. */
export const inOrder = (shown: readonly PanelAppointment[]): readonly PanelAppointment[] =>
  shown.toSorted(
    (one, other) =>
      Number(other.is_linked) - Number(one.is_linked) ||
      (other.starts_at ?? 0) - (one.starts_at ?? 0),
  );

export const notFound = (reason: string): PanelFailure => ({
  ...{ status: 404, error: "not_found", reason },
});
export const conflict = (
  error: "lead_taken" | "event_appointment",
  reason: string,
): PanelFailure => ({
  ...{ status: 409, error, reason },
});
export const kommoAway = (reason: string): PanelFailure => ({
  ...{ status: 503, error: "kommo_unavailable", reason },
});

export function altegioSays(failure: AltegioFailure): PanelFailure {
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
