/** The body of POST /v1/originate, as it comes from a browser. Pure. */
import type { CardRef } from "./widget-contract.ts";

export type ReadOriginate = {
  readonly phone: string;
  readonly card: CardRef | undefined;
  readonly extension: string | undefined;
  readonly userId: number | undefined;
  /** For the customization. */
  readonly request: Readonly<Record<string, unknown>>;
};

const LONGEST_TEXT = 256;
const CARD_TYPES: readonly unknown[] = ["leads", "contacts", "companies"];

/** @returns undefined: not as documented; what is wrong with a number is said later */
export function readOriginate(body: unknown): ReadOriginate | undefined {
  const asked = objectOf(body);
  if (asked === undefined) return undefined;
  const { phone, card, extension, user_id: userId } = asked;
  if (typeof phone !== "string" || phone.length > LONGEST_TEXT) return undefined;
  if (extension !== undefined && (typeof extension !== "string" || extension.length > 64))
    return undefined;
  if (userId !== undefined && !isId(userId)) return undefined;
  const read = card === undefined || card === null ? undefined : readCard(card);
  if (read === undefined && card !== undefined && card !== null) return undefined;
  return {
    phone,
    card: read,
    extension: extension === "" ? undefined : extension,
    userId,
    request: { phone, card: read ?? null, extension: extension ?? null, user_id: userId ?? null },
  };
}

function readCard(value: unknown): CardRef | undefined {
  const { type, id } = objectOf(value) ?? {};
  return CARD_TYPES.includes(type) && isId(id) ? { type: type as CardRef["type"], id } : undefined;
}

const isId = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0;

const objectOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
