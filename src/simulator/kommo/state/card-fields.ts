/**
 * Custom fields of cards: the rule for writing them, what is kept, and how they are read back.
 * @source kommo-api, section 9
 */
import {
  integer,
  integerOrText,
  listOf,
  notSupported,
  nullable,
  object,
  refined,
  text,
  violate,
} from "../wire/rule.ts";
import type { Passed, Place, Rule } from "../wire/rule.ts";
import type { Account, CardField, CardType, CustomField, FieldValue } from "./account.ts";
import type { IndexedValue } from "./phone-index.ts";

const anyValue: Rule<string | number | boolean | null> = {
  check(value, place) {
    if (typeof value === "object" && value !== null) {
      violate(place, "InvalidType", "This value should be of type string.");
    }
  },
};
const valueRule = object(
  { value: anyValue },
  { enum_id: nullable(integer), enum_code: nullable(text) },
);
const shape = object(
  { values: nullable(listOf(valueRule)) },
  { field_id: nullable(integer), field_code: nullable(text) },
);
type WrittenField = Passed<typeof shape>;
export type WrittenFields = WrittenField[] | null;

/** `custom_fields_values`: fields of the account only, enums of the field only. */
export function fieldsRule(account: Account, type: CardType, most = Infinity): Rule<WrittenFields> {
  const known = account.customFields[type];
  const one = refined(shape, (written, place) => {
    const field = findField(known, written);
    if (field === undefined) {
      const name = isUnset(written.field_id) ? "field_code" : "field_id";
      notSupported(below(place, name));
      return;
    }
    for (const [index, value] of (written.values ?? []).entries()) {
      checkValue(field, value, below(place, `values.${index}`));
    }
  });
  return nullable(listOf(one, most));
}

/** A null beside a filled key counts as left out: the PHP client always sends them. */
const isUnset = (value: unknown): value is null | undefined =>
  value === null || value === undefined;

const below = (place: Place, name: string): Place => ({
  path: place.path === "" ? name : `${place.path}.${name}`,
  found: place.found,
});

const findField = (known: readonly CustomField[], written: WrittenField): CustomField | undefined =>
  known.find(({ id, code }) =>
    isUnset(written.field_id)
      ? code !== null && code === written.field_code
      : id === written.field_id,
  );

function checkValue(field: CustomField, written: Passed<typeof valueRule>, place: Place): void {
  const at = below(place, "value");
  if (written.value === null) violate(at, "NotNullable", "This value should not be null.");
  else if (field.type === "numeric") integerOrText.check(written.value, at);
  else if (field.type !== "checkbox" && field.type !== "date_time") text.check(written.value, at);
  if (field.type !== "multitext") return;
  const hasId = isUnset(written.enum_id) || field.enums.some(({ id }) => id === written.enum_id);
  const hasCode =
    isUnset(written.enum_code) || field.enums.some(({ value }) => value === written.enum_code);
  if (!hasId) notSupported(below(place, "enum_id"));
  if (!hasCode) notSupported(below(place, "enum_code"));
}

/** The fields of a card after a write: a written field replaces all its values; none clears it. */
export function mergeFields(
  known: readonly CustomField[],
  before: readonly CardField[],
  written: WrittenFields,
): CardField[] {
  if (written === null) return [];
  const merged = new Map(before.map((one) => [one.field.id, one]));
  for (const item of written) {
    const field = findField(known, item);
    if (field === undefined) continue;
    const values = (item.values ?? []).flatMap(({ value, enum_id, enum_code }): FieldValue[] => {
      if (value === null) return [];
      const chosen = field.enums.find((one) => one.id === enum_id || one.value === enum_code);
      const enumId = (chosen ?? field.enums[0])?.id;
      return [enumId === undefined ? { value } : { value, enumId }];
    });
    if (values.length === 0) merged.delete(field.id);
    else merged.set(field.id, { field, values });
  }
  return [...merged.values()];
}

/** As cards are read: null when there is none. */
export function shownFields(fields: readonly CardField[]): object[] | null {
  if (fields.length === 0) return null;
  return fields.map(({ field, values }) => ({
    field_id: field.id,
    field_name: field.name,
    field_code: field.code,
    field_type: field.type,
    values: values.map(({ value, enumId }) =>
      enumId === undefined
        ? { value }
        : {
            value,
            enum_id: enumId,
            enum_code: field.enums.find(({ id }) => id === enumId)?.value ?? null,
          },
    ),
  }));
}

/** What the phone index holds of a card. */
export const indexedValues = (fields: readonly CardField[]): IndexedValue[] =>
  fields
    .filter(({ field }) => field.type === "multitext")
    .flatMap(({ field, values }) =>
      values.map(({ value }) => ({ value: String(value), isPhone: field.code === "PHONE" })),
    );
