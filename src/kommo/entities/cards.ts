/** What leads, contacts and companies have in common: their responsible user. @source kommo-api, 9 to 11 */
import { asId, asText, embedded, type JsonObject } from "../json.ts";
import type { CardType, UpdateCard } from "../step.ts";

export const cardsPath = (type: CardType): string => `/api/v4/${type}`;

export const encodeResponsible = (step: UpdateCard, requestId: string): JsonObject => ({
  id: step.card.id,
  responsible_user_id: step.responsible_user_id,
  request_id: requestId,
});

const PLURALS = ["leads", "contacts", "companies"] as const;

export const savedCards = (body: unknown): readonly JsonObject[] =>
  PLURALS.flatMap((plural) => embedded(body, plural));

export type CardOwner = {
  readonly id: number;
  readonly responsibleUserId: number | undefined;
  /** "" where it has none. */
  readonly name: string;
};

/** @returns undefined for a card that is deleted */
export function decodeOwner(card: JsonObject): CardOwner | undefined {
  const id = asId(card["id"]);
  if (id === undefined || card["is_deleted"] === true) return undefined;
  const name = asText(card["name"])?.trim() ?? "";
  return { id, responsibleUserId: asId(card["responsible_user_id"]), name };
}

export const byIdQuery = (ids: readonly number[]): readonly (readonly [string, string])[] =>
  ids.map((id) => ["filter[id][]", String(id)] as const);
