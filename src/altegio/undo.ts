/**
 * Puts back what stood on a lead before an appointment was written into it. What somebody has changed
 * since stays as it is: only what still shows our value is put back. Pure.
 */
import type { CardStep } from "../kommo/card-step.ts";
import type { JsonObject } from "../kommo/json.ts";
import type { LeadChange } from "./change-rows.ts";
import type { CrmLead, FieldValue } from "./crm.ts";
import { isSameValue } from "./lead-values.ts";
import { fieldsOf, listOf, textOf } from "./wire.ts";

export type UndoPlan = {
  readonly leadId: number;
  /** Undefined: nothing of ours stands there any more. */
  readonly step: Extract<CardStep, { kind: "change-card" }> | undefined;
  readonly changeIds: readonly number[];
  /** What is put back, and what stays, in words. */
  readonly told: readonly string[];
};

/** @param changes of one appointment on one lead, the newest first */
export function planUndo(lead: CrmLead, changes: readonly LeadChange[]): UndoPlan {
  const told: string[] = [];
  const body: Record<string, unknown> = {};
  const [first, last] = [changes.at(-1), changes[0]];
  for (const name of ["price", "responsible_user_id"] as const) {
    const [from, to] = [oldest(changes, name), newest(changes, name)];
    if (from === undefined || to === undefined) continue;
    const now = name === "price" ? lead.price : lead.responsibleUserId;
    if (now === to) body[name] = from;
    told.push(now === to ? `${name} → ${textOf(from)}` : `${name} stays: it was changed since`);
  }
  const [stageFrom, stageTo] = [oldest(changes, "status_id"), newest(changes, "status_id")];
  if (stageFrom !== undefined && stageTo !== undefined) {
    const isOurs = lead.statusId === stageTo;
    if (isOurs)
      Object.assign(body, { pipeline_id: oldest(changes, "pipeline_id"), status_id: stageFrom });
    told.push(isOurs ? `stage → ${textOf(stageFrom)}` : "stage stays: it was changed since");
  }
  const fields = undoFields(lead, changes);
  if (fields.put.length > 0) body["custom_fields_values"] = fields.put;
  told.push(...fields.told);
  const tags = listOf(first?.before["tags_to_delete"]);
  if (tags.length > 0) body["tags_to_delete"] = tags;
  const isNothing = Object.keys(body).length === 0;
  return {
    leadId: lead.id,
    step: isNothing
      ? undefined
      : { kind: "change-card", card: { type: "leads", id: lead.id }, body: body },
    changeIds: last === undefined ? [] : changes.map(({ id }) => id),
    told,
  };
}

const newest = (changes: readonly LeadChange[], name: string): unknown =>
  changes.find(({ after }) => name in after)?.after[name];
const oldest = (changes: readonly LeadChange[], name: string): unknown =>
  changes.findLast(({ before }) => name in before)?.before[name];

type Field = { readonly id: number; readonly values: readonly FieldValue[] };

const fieldsIn = (body: JsonObject): readonly Field[] =>
  listOf(body["custom_fields_values"]).map((field) => ({
    id: Number(field["field_id"]),
    values: listOf(field["values"]).map((one) => fieldsOf(one)?.["value"] as FieldValue),
  }));

function undoFields(
  lead: CrmLead,
  changes: readonly LeadChange[],
): { readonly put: readonly JsonObject[]; readonly told: readonly string[] } {
  const ours = new Map<number, readonly FieldValue[]>();
  const theirs = new Map<number, readonly FieldValue[]>();
  // From the newest to the oldest: the last one that is set is the first that was there.
  for (const { before, after } of changes) {
    for (const { id, values } of fieldsIn(after)) if (!ours.has(id)) ours.set(id, values);
    for (const { id, values } of fieldsIn(before)) theirs.set(id, values);
  }
  const put: JsonObject[] = [];
  const told: string[] = [];
  for (const [id, values] of theirs) {
    const isOurs = isSameValue(ours.get(id)?.[0], lead.fields.get(id) ?? []);
    if (isOurs) put.push({ field_id: id, values: values.map((value) => ({ value })) });
    told.push(
      isOurs
        ? `field ${String(id)} → ${values.join(", ") || "empty"}`
        : `field ${String(id)} stays: it was changed since`,
    );
  }
  return { put, told };
}
