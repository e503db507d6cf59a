/**
 * Ties an appointment to a lead that a person named: the record ID goes on that lead and off any other, as
 * steps of the outbox; only when they are done is the appointment written there whole. Pure.
 */
import type { ChangeCard } from "../kommo/card-step.ts";
import type { Statement } from "../store/store.ts";
import type { RecordKey } from "./api/records.ts";
import { keepChange } from "./change-rows.ts";
import type { CrmLead, FieldValue } from "./crm.ts";
import { originOf } from "./place.ts";
import { beginWriting, parseRecordRow, tieTo, type Pending, type RecordRow } from "./rows.ts";
import { recordIdOf } from "./snapshot.ts";

export type TieWish = RecordKey & {
  readonly lead: CrmLead;
  /** Leads that carry the record ID and have to give it away. */
  readonly others: readonly CrmLead[];
};

export type Tie = {
  readonly row: RecordRow;
  readonly origin: string;
  /** The lead's own comes first. */
  readonly steps: readonly ChangeCard[];
  readonly statements: readonly Statement[];
};

/** Equal to no contents of an appointment: it is written whole afterwards. */
const TIED = "tied";

/** @param known as it is kept; undefined: nothing was heard of it yet */
export function planTie(
  { lead, others, ...key }: TieWish,
  known: RecordRow | undefined,
  { recordFieldId, now }: { readonly recordFieldId: number; readonly now: number },
): Tie {
  const row = known ?? parseRecordRow({ location: key.locationId, record: key.recordId, asked: 0 });
  const pending: Pending = {
    ...{ contents: TIED, changedAt: undefined, leadId: lead.id },
    contactId: lead.contactIds[0],
    clientId: row.clientId,
    visitId: row.visitId,
    phoneKeys: [],
    attendance: row.attendance ?? 0,
    place: { pipelineId: lead.pipelineId, statusId: lead.statusId },
    // What is on this lead already is not ours to empty.
    applied: row.leadId === lead.id ? row.applied : undefined,
    toldClient: undefined,
    isUntied: false,
  };
  const isThere = recordIdOf(lead, recordFieldId) === key.recordId;
  const mine = isThere ? [] : [changeOf(lead, recordFieldId, key.recordId)];
  const all = [...mine, ...others.map((other) => changeOf(other, recordFieldId, undefined))];
  const origin = originOf(row, now);
  return {
    row: { ...row, pending, writing: origin },
    origin,
    steps: all.map(({ step }) => step),
    statements: [
      tieTo(key, lead.id),
      ...all.map(({ before, after, step }) =>
        keepChange(key, { at: now, leadId: step.card.id, action: "tie", before, after }),
      ),
      ...(all.length === 0 ? [] : [beginWriting(row, origin, pending)]),
    ],
  };
}

function changeOf(lead: CrmLead, fieldId: number, to: FieldValue | undefined) {
  const bodyWith = (values: readonly FieldValue[]) => ({
    custom_fields_values: [{ field_id: fieldId, values: values.map((value) => ({ value })) }],
  });
  const after = bodyWith(to === undefined ? [] : [to]);
  const step: ChangeCard = {
    kind: "change-card",
    card: { type: "leads", id: lead.id },
    body: after,
  };
  return { step, before: bodyWith(lead.fields.get(fieldId) ?? []), after };
}
