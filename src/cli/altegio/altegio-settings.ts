/** What the room `altegio` works with, from the configuration. */
import type { AltegioSettings, FieldName } from "../../altegio/settings.ts";
import type { Config } from "../../config/keys.ts";

export function altegioSettings(config: Pick<Config, "altegio" | "language">): AltegioSettings {
  const { altegio, language } = config;
  const { duplicates, new_lead: newLead, task } = altegio;
  return {
    locations: altegio.locations,
    match: {
      isEnabled: duplicates.search,
      statuses: duplicates.statuses,
      recordIdMode: duplicates.record_id_mode,
      pick: duplicates.pick,
      requiresAnyCustomField: duplicates.require_any_custom_field,
      isStrictOnCountry: duplicates.strict_country,
      noClientPolicy: altegio.no_client,
      contactKey: altegio.contact_key,
      makesLeads: newLead.make,
      reopensClosed: altegio.reopen_closed,
    },
    newLead: {
      name: newLead.name,
      tags: newLead.tag === undefined ? [] : [newLead.tag],
      place: {
        ...(newLead.pipeline_id === undefined ? {} : { pipelineId: newLead.pipeline_id }),
        ...(newLead.status_id === undefined ? {} : { statusId: newLead.status_id }),
      },
      placeOf: new Map(
        [...newLead.by_location].map(([location, place]) => [
          location,
          {
            pipelineId: place.pipeline_id,
            ...(place.status_id === undefined ? {} : { statusId: place.status_id }),
          },
        ]),
      ),
    },
    stages: altegio.stages,
    allowBackward: altegio.allow_backward,
    fields: new Map<FieldName, number | string>([
      ["record_id", "Altegio Record ID"],
      ...altegio.fields,
    ]),
    price: altegio.price,
    userOfStaff: altegio.responsible_by_staff,
    overwritesContact: altegio.overwrite_contact,
    clearsRecordId: altegio.clear_record_id_on_delete,
    booking: {
      labels: altegio.booking.labels,
      ...(altegio.booking.color === undefined ? {} : { color: altegio.booking.color }),
    },
    notes: new Set(altegio.notes),
    task:
      task.text === undefined
        ? undefined
        : { text: task.text, minutesBefore: task.minutes_before, typeId: task.type_id },
    attendanceByStage: altegio.attendance_by_stage.map((one) => ({
      pipelineId: one.pipeline_id,
      statusId: one.status_id,
      attendance: one.attendance,
    })),
    checkoutByStage: altegio.checkout_by_stage.map((one) => ({
      pipelineId: one.pipeline_id,
      statusId: one.status_id,
      method: one.method,
      ...(one.account_id === undefined ? {} : { accountId: one.account_id }),
    })),
    language,
    pollMs: altegio.poll_seconds * 1_000,
    fillFrom: altegio.fill_from,
  };
}
