/**
 * Reading of JSON whose shape is not ours. Kommo writes numbers as strings now and then, leaves keys
 * out and adds new ones, so each reader takes what it can use and answers undefined or [] otherwise.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;

export const asArray = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : [];

export const asObjects = (value: unknown): readonly JsonObject[] =>
  asArray(value)
    .map(asObject)
    .filter((object) => object !== undefined);

/** A string, or a number as its digits; undefined for all else and for an empty string. */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
}

/** A whole number, also one that came as a string of digits. */
export function asInteger(value: unknown): number | undefined {
  const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
}

/** Kommo's ids are whole numbers above 0. */
export function asId(value: unknown): number | undefined {
  const id = asInteger(value);
  return id !== undefined && id > 0 ? id : undefined;
}

/** The list of an answer in HAL. @source kommo-api, section 1: payload under `_embedded.<plural>` */
export const embedded = (body: unknown, plural: string): readonly JsonObject[] =>
  asObjects(asObject(asObject(body)?.["_embedded"])?.[plural]);
