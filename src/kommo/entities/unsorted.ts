/** Incoming leads of the category `sip`: a new client with the call on it. @source kommo-api, 8 */
import { asId, asInteger, asObject, asText, embedded, type JsonObject } from "../json.ts";
import type { AddUnsorted } from "../step.ts";
import { encodeContact } from "./contacts.ts";
import { encodeLeadFields } from "./leads.ts";
import { encodeTags } from "./tags.ts";

export const UNSORTED_PATH = "/api/v4/leads/unsorted";
export const UNSORTED_SIP_PATH = "/api/v4/leads/unsorted/sip";

/**
 * The client's number goes to `phone` and to `from`, because sources disagree about which of them is
 * the client's, and onto the contact. The stage is Kommo's own ("Incoming leads"): `status_id` is not
 * sent.
 */
export const encodeUnsorted = (step: AddUnsorted, requestId: string): JsonObject => {
  const { call, lead, contact } = step;
  return {
    source_uid: step.sourceUid,
    source_name: step.sourceName,
    ...(lead.pipeline_id === undefined ? {} : { pipeline_id: lead.pipeline_id }),
    created_at: call.created_at,
    metadata: {
      uniq: call.uniq,
      phone: call.phone,
      from: call.phone,
      called_at: call.created_at,
      duration: call.duration,
      ...(call.link === undefined ? {} : { link: call.link }),
      service_code: step.serviceCode,
      is_call_event_needed: true,
      ...(call.call_responsible === undefined ? {} : { call_responsible: call.call_responsible }),
    },
    _embedded: {
      leads: [
        {
          ...encodeLeadFields(lead),
          ...(lead.tags.length === 0 ? {} : { _embedded: { tags: encodeTags(lead.tags) } }),
        },
      ],
      contacts: [encodeContact(contact)],
    },
    request_id: requestId,
  };
};

export const savedUnsorted = (body: unknown): readonly JsonObject[] => embedded(body, "unsorted");

export type Unsorted = {
  readonly uid: string;
  readonly leadId: number;
  readonly contactId: number | undefined;
  /** Of the call; undefined in the answer to a POST. */
  readonly uniq: string | undefined;
  readonly createdAt: number | undefined;
};

export function decodeUnsorted(unsorted: JsonObject): Unsorted | undefined {
  const uid = asText(unsorted["uid"]);
  const leadId = asId(embedded(unsorted, "leads")[0]?.["id"]);
  if (uid === undefined || leadId === undefined) return undefined;
  return {
    uid,
    leadId,
    contactId: asId(embedded(unsorted, "contacts")[0]?.["id"]),
    uniq: asText(asObject(unsorted["metadata"])?.["uniq"]),
    createdAt: asInteger(unsorted["created_at"]),
  };
}

export const UNSORTED_CALLS_QUERY = [
  ["filter[category][]", "sip"],
  ["order[created_at]", "desc"],
] as const;
