/** Calls as notes on cards that are known by their id, and how to read them. @source kommo-api, 14 */
import { asId, asInteger, asObject, asText, embedded, type JsonObject } from "../json.ts";
import type { AddCallNote, CardType } from "../step.ts";

export const notesPath = (type: CardType): string => `/api/v4/${type}/notes`;

export const encodeCallNote = (
  { card, call }: Pick<AddCallNote, "card" | "call">,
  requestId: string,
): JsonObject => ({
  entity_id: card.id,
  note_type: call.direction === "inbound" ? "call_in" : "call_out",
  created_at: call.created_at,
  ...(call.created_by === undefined ? {} : { created_by: call.created_by }),
  ...(call.responsible_user_id === undefined
    ? {}
    : { responsible_user_id: call.responsible_user_id }),
  params: {
    uniq: call.uniq,
    duration: call.duration,
    source: call.source,
    phone: call.phone,
    call_status: call.call_status,
    ...(call.link === undefined ? {} : { link: call.link }),
    ...(call.call_result === undefined ? {} : { call_result: call.call_result }),
    ...(call.call_responsible === undefined ? {} : { call_responsible: call.call_responsible }),
    ...call.custom,
  },
  request_id: requestId,
});

export const savedNotes = (body: unknown): readonly JsonObject[] => embedded(body, "notes");

export type CallNote = {
  readonly id: number;
  readonly cardId: number;
  readonly uniq: string;
  readonly createdAt: number | undefined;
};

/** @returns undefined for a note without a call's `uniq`: it cannot be one of ours. */
export function decodeCallNote(note: JsonObject): CallNote | undefined {
  const id = asId(note["id"]);
  const cardId = asId(note["entity_id"]);
  const uniq = asText(asObject(note["params"])?.["uniq"]);
  if (id === undefined || cardId === undefined || uniq === undefined) return undefined;
  return { id, cardId, uniq, createdAt: asInteger(note["created_at"]) };
}

/**
 * Call notes changed since `updatedFrom`, the newest first: a note that is added while we page moves
 * the others back, so that one may be seen twice and none is missed.
 * @param updatedFrom Unix seconds
 */
export const callNotesQuery = (updatedFrom: number): readonly (readonly [string, string])[] => [
  ["filter[note_type][]", "call_in"],
  ["filter[note_type][]", "call_out"],
  ["filter[updated_at][from]", String(updatedFrom)],
  ["order[id]", "desc"],
];
