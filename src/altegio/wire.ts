/**
 * Altegio's spelling of plain values. The same field comes as a boolean, as 0 and 1, and as text; a
 * telephone as text and as a number; an absent relation as null and as []; dates in three forms.
 * Nothing here throws: what cannot be read is undefined, or empty.
 * @source altegio, sections 1.1 to 1.4
 */
import { epochMs, type EpochMs } from "../lib/clock.ts";

export type WireFields = Readonly<Record<string, unknown>>;

/** An object; null, [] and everything else stand for "there is none". */
export const fieldsOf = (value: unknown): WireFields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as WireFields)
    : undefined;

/** The objects of a list. */
export const listOf = (value: unknown): readonly WireFields[] =>
  Array.isArray(value) ? value.map(fieldsOf).filter((row) => row !== undefined) : [];

export const isSet = (value: unknown): boolean =>
  value === true || value === 1 || value === "1" || value === "true";

/** Text and numbers as text, without what a log or a card must not get. */
export const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number"
    ? String(value)
        .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
        .trim()
    : "";

/** An id as text; 0 stands for none. */
export function idOf(value: unknown): string | undefined {
  const text = textOf(value);
  return /^[1-9]\d{0,18}$/.test(text) ? text : undefined;
}

/** The rows of a list that have an id. */
export const rowsWithId = (
  value: unknown,
): readonly { readonly id: string; readonly row: WireFields }[] =>
  listOf(value).flatMap((row) => {
    const id = idOf(row["id"]);
    return id === undefined ? [] : [{ id, row }];
  });

/** Sums come as numbers and as text. */
export function amountOf(value: unknown): number {
  const amount = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof amount === "number" && Number.isFinite(amount) ? amount : 0;
}

/** An ISO time with an offset, with or without its colon; a time without one is not understood. */
export function timeOf(value: unknown): EpochMs | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)$/.exec(
    typeof value === "string" ? value : "",
  );
  const [, day = "", time = "", offset = ""] = parts ?? [];
  const at = Date.parse(`${day}T${time}${offset.replace(/^(...)(\d\d)$/, "$1:$2")}`);
  return Number.isNaN(at) ? undefined : epochMs(at);
}
