/** Leads: made together with their contact, read with their stage. @source kommo-api, section 11 */
import { asArray, asId, asInteger, asObjects, asText, type JsonObject } from "../json.ts";
import type { CreateLead, LeadFields } from "../step.ts";
import { encodeContact } from "./contacts.ts";
import { encodeTags } from "./tags.ts";

export const LEADS_PATH = "/api/v4/leads";
export const COMPLEX_LEADS_PATH = "/api/v4/leads/complex";

/** What every way of making a lead takes. */
export const encodeLeadFields = (lead: LeadFields): JsonObject => ({
  name: lead.name,
  ...(lead.responsible_user_id === undefined
    ? {}
    : { responsible_user_id: lead.responsible_user_id }),
});

export const encodeComplexLead = (
  { lead, contact, owner }: Pick<CreateLead, "lead" | "contact" | "owner">,
  requestId: string,
): JsonObject => ({
  ...encodeLeadFields(lead),
  ...(lead.pipeline_id === undefined ? {} : { pipeline_id: lead.pipeline_id }),
  ...(lead.status_id === undefined ? {} : { status_id: lead.status_id }),
  _embedded: {
    ...(owner === undefined
      ? { contacts: [encodeContact(contact)] }
      : { [owner.type]: [{ id: owner.id }] }),
    ...(lead.tags.length === 0 ? {} : { tags: encodeTags(lead.tags) }),
  },
  request_id: requestId,
});

/** A bare list, whose `request_id` are lists. @source kommo-api, section 11.2 */
export const savedComplexLeads = (body: unknown): readonly JsonObject[] => asObjects(asArray(body));

export function decodeComplexLead(
  saved: JsonObject,
): { readonly leadId: number; readonly contactId: number | undefined } | undefined {
  const leadId = asId(saved["id"]);
  return leadId === undefined ? undefined : { leadId, contactId: asId(saved["contact_id"]) };
}

export type Lead = {
  readonly id: number;
  readonly name: string;
  readonly pipelineId: number | undefined;
  readonly statusId: number | undefined;
  readonly responsibleUserId: number | undefined;
  readonly isDeleted: boolean;
  readonly createdAt: number | undefined;
};

export function decodeLead(lead: JsonObject): Lead | undefined {
  const id = asId(lead["id"]);
  if (id === undefined) return undefined;
  return {
    id,
    name: asText(lead["name"]) ?? "",
    pipelineId: asId(lead["pipeline_id"]),
    statusId: asId(lead["status_id"]),
    responsibleUserId: asId(lead["responsible_user_id"]),
    isDeleted: lead["is_deleted"] === true,
    createdAt: asInteger(lead["created_at"]),
  };
}

/** Won and lost have these ids in every pipeline. @source kommo-api, section 12 */
const WON = 142;
const LOST = 143;
export const isActive = (lead: Lead): boolean =>
  !lead.isDeleted && lead.statusId !== WON && lead.statusId !== LOST;

/** The leads of one contact can only be asked for by their ids. @source kommo-api, section 11 */
export const leadsByIdQuery = (ids: readonly number[]): readonly (readonly [string, string])[] =>
  ids.map((id) => ["filter[id][]", String(id)] as const);
