/**
 * What a lead's move to another stage asks of Altegio: attendance, or the checkout. Pure. The guard
 * against loops is what is known: where we put the lead ourselves, and what Altegio has already.
 */
import type { CrmLead } from "./crm.ts";
import type { NewOrder } from "./orders.ts";
import type { RecordRow } from "./rows.ts";
import type { AltegioSettings } from "./settings.ts";

export type StageMove = { readonly row: RecordRow; readonly orders: readonly NewOrder[] };

/**
 * @param row of the appointment that is tied to the lead
 * @returns undefined: the lead stands where it stood, or where it is only on its way to
 */
export function moveOf(
  row: RecordRow,
  lead: Pick<CrmLead, "id" | "pipelineId" | "statusId">,
  given: {
    readonly settings: Pick<AltegioSettings, "attendanceByStage" | "checkoutByStage">;
    readonly now: number;
  },
): StageMove | undefined {
  const { settings, now } = given;
  const { pipelineId, statusId } = lead;
  const isThere = (place: { pipelineId: number; statusId: number } | undefined): boolean =>
    place?.pipelineId === pipelineId && place.statusId === statusId;
  if (isThere(row.place) || isThere(row.pending?.place)) return undefined;
  const { locationId, recordId } = row;
  const order = (name: string, asked: NewOrder["asked"]): NewOrder => ({
    ...{ locationId, recordId, leadId: lead.id, asked },
    idempotency: `stage ${name} ${locationId}/${recordId} ${String(statusId)} ${String(now)}`,
  });
  // Nobody knows where it stood before: from now on it is known.
  if (row.place === undefined) return { row, orders: [] };
  const checkout = settings.checkoutByStage.find(isThere);
  const attendance = settings.attendanceByStage.find(isThere);
  return {
    row,
    orders: [
      ...(checkout === undefined
        ? []
        : [
            order("checkout", {
              kind: "checkout",
              method: checkout.method,
              ...(checkout.accountId === undefined ? {} : { accountId: checkout.accountId }),
            }),
          ]),
      ...(attendance === undefined || attendance.attendance === row.attendance
        ? []
        : [order("attendance", { kind: "attendance", attendance: attendance.attendance })]),
    ],
  };
}
