/** POST /api/v4/calls: Kommo finds the card by the number. @source kommo-api, section 7 */
import { asArray, asId, asInteger, asObject, asObjects, asText, embedded } from "../json.ts";
import type { JsonObject } from "../json.ts";
import type { CallFields, Card, CardType } from "../step.ts";

export const CALLS_PATH = "/api/v4/calls";

/** CallFields has the wire's own names, and absent fields stay absent: null is refused (section 7). */
export const encodeCall = (call: CallFields, requestId: string): JsonObject => ({
  direction: call.direction,
  phone: call.phone,
  duration: call.duration,
  source: call.source,
  uniq: call.uniq,
  call_status: call.call_status,
  created_at: call.created_at,
  ...(call.link === undefined ? {} : { link: call.link }),
  ...(call.call_result === undefined ? {} : { call_result: call.call_result }),
  ...(call.call_responsible === undefined ? {} : { call_responsible: call.call_responsible }),
  ...(call.responsible_user_id === undefined
    ? {}
    : { responsible_user_id: call.responsible_user_id }),
  ...(call.created_by === undefined ? {} : { created_by: call.created_by }),
  ...call.custom,
  request_id: requestId,
});

export const savedCalls = (body: unknown): readonly JsonObject[] => embedded(body, "calls");

/**
 * Where the call stands now. A card that is none of ours (amoCRM's old "customers") is told with id 0:
 * the call is booked, and there is nothing to hang a task on.
 */
export function decodeCall(
  saved: JsonObject,
): { readonly card: Card; readonly noteId: number | undefined } | undefined {
  const id = asId(saved["entity_id"]);
  if (id === undefined) return undefined;
  const type = readCardType(saved["entity_type"]);
  const card: Card = type === undefined ? { type: "contacts", id: 0 } : { type, id };
  return { card, noteId: asId(saved["id"]) };
}

/** Singular here and plural elsewhere; also legacy numbers. @source kommo-api, sections 7.2 and 17 */
const CARD_TYPES: Readonly<Record<string, CardType>> = {
  lead: "leads",
  leads: "leads",
  "2": "leads",
  contact: "contacts",
  contacts: "contacts",
  "1": "contacts",
  company: "companies",
  companies: "companies",
  "3": "companies",
};

export function readCardType(value: unknown): CardType | undefined {
  const name = asText(value);
  return name !== undefined && Object.hasOwn(CARD_TYPES, name) ? CARD_TYPES[name] : undefined;
}

/** "No card has this number." @source kommo-api, sections 2 and 7.2 */
export const ENTITY_NOT_FOUND = 263;

export type CallError = {
  readonly code: number | undefined;
  readonly requestId: string | undefined;
  readonly detail: string;
};

/**
 * The list of errors stands beside the saved calls or above them; sources disagree.
 * @returns undefined when the body is no answer of this method but a refusal of its format.
 */
export function readCallErrors(body: unknown): readonly CallError[] | undefined {
  const answer = asObject(body);
  const errors = [answer?.["errors"], asObject(answer?.["_embedded"])?.["errors"]].find(
    Array.isArray,
  );
  if (errors === undefined || asArray(answer?.["validation-errors"]).length > 0) return undefined;
  return asObjects(errors).map((error) => ({
    code: asInteger(error["status"]) ?? asInteger(error["code"]),
    requestId: asText(error["request_id"]),
    detail: asText(error["detail"]) ?? asText(error["title"]) ?? "",
  }));
}
